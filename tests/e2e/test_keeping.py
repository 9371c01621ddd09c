"""What an operator does with what is kept: replay, export, backup, restore, receipts."""

from __future__ import annotations

import json
import mailbox
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from relay import Relay
from running import READER, Running, mail, notebook_html, wait_for

from margins.ledger.sqlite import SqliteLedger
from margins.sink.custom.memory import Memory
from margins.store.fs import FileStore

pytestmark = pytest.mark.slow

COUNT = "{ annotations(first: 1) { totalCount } }"


def _notes(service: Running) -> int:
    return service.graphql(COUNT)["annotations"]["totalCount"]


def test_replay_by_state_and_by_format(service: Running) -> None:
    """All that failed, or all that one format read; a dry run writes nothing."""
    service.send(mail(notebook_html(3)))
    service.send(mail(None))
    service.settled(2)
    dry = service.command("inbox", "replay", "--format", "kindle-notebook", "--dry-run").stdout
    assert "A Book of Tides: 0 new, 0 updated, 3 unchanged" in dry
    assert "1 mails read, 0 not" in dry
    failed = service.command("inbox", "replay", "--status", "failed", check=False)
    assert failed.returncode == 65
    assert "has no attachment" in failed.stdout
    again = service.command("inbox", "replay", "--format", "kindle-notebook/1").stdout
    assert "1 mails delivered, 0 not" in again
    assert "0 mails" in service.command("inbox", "replay", "--format", "kindle-notebook/99").stdout
    shown = service.command("inbox", "list").stdout
    replays = [service.command("inbox", "show", line[:26]).stdout for line in shown.splitlines()]
    assert all("replays:   1" in text for text in replays)
    assert _notes(service) == 3


def test_replay_wants_to_know_which(service: Running) -> None:
    """Neither nothing nor an id and a choice at once; and only end states."""
    for args in ([], ["x", "--status", "failed"], ["--status", "held"]):
        wrong = service.command("inbox", "replay", *args, check=False)
        assert wrong.returncode == 65


def test_export_takes_everything_out(service: Running, tmp_path: Path) -> None:
    """Every raw message in an mbox, every row in JSON; "From " lines come back as they were."""
    text = "From here on it is quoted.\n>From there too.\n"
    service.send(mail(notebook_html(2), text=text, subject="First"))
    service.send(mail(None, text=text, subject="Second"))
    service.send(mail(notebook_html(1), sender="stranger@example.net"))
    service.settled(3)
    folder = tmp_path / "out"
    assert "3 mails, 2 of them" in service.command("inbox", "export", str(folder)).stdout
    rows = json.loads((folder / "mail.json").read_text())
    assert [row["status"] for row in rows] == ["rejected", "failed", "delivered"]
    messages = list(mailbox.mbox(folder / "mail.mbox"))
    assert [message["Subject"] for message in messages] == ["Second", "First"]
    store = FileStore(service.data / "mail")
    raw = (folder / "mail.mbox").read_bytes()
    for row in rows[1:]:
        quoted = store.get(row["digest"]).replace(b"\r\n", b"\n")
        assert quoted.replace(b"\n>From", b"\n>>From").replace(b"\nFrom h", b"\n>From h") in raw
    assert service.command("inbox", "export", str(folder), check=False).returncode == 65


def test_an_export_takes_out_what_it_can(service: Running, tmp_path: Path) -> None:
    """One raw message that is missing and one that is damaged are told; all others come out."""
    for number in range(3):
        service.send(mail(notebook_html(1, title=f"Book {number}"), subject=f"Number {number}"))
    service.settled(3)
    damaged, missing, _ = [p for p in (service.data / "mail").rglob("*") if len(p.name) == 64]
    damaged.write_bytes(b"x")
    missing.unlink()
    folder = tmp_path / "out"
    done = service.command("inbox", "export", str(folder), check=False)
    assert done.returncode == 74
    assert "its raw message is not there" in done.stderr
    assert "the file is damaged" in done.stderr
    assert len(json.loads((folder / "mail.json").read_text())) == 3
    assert len(list(mailbox.mbox(folder / "mail.mbox"))) == 1


def test_a_backup_taken_while_mail_arrives_is_whole(service: Running, tmp_path: Path) -> None:
    """Whatever was acknowledged before it is found after a restore, with its notes, once."""
    folder, other = tmp_path / "backup", tmp_path / "restored"
    service.stop()
    service.settings |= {"MARGINS_LEASE_SECONDS": "3", "MARGINS_API_SECONDS": "2"}
    service.start()
    acknowledged: list[int] = []
    stopping = threading.Event()

    def send() -> None:
        number = 0
        while not stopping.is_set():
            service.send(mail(notebook_html(1, title=f"Book {number}"), subject=f"{number}"))
            acknowledged.append(number)
            number += 1

    sending = threading.Thread(target=send)
    sending.start()
    try:
        wait_for(lambda: len(acknowledged) > 5, "mails to be sent", 30)
        service.command("backup", str(folder))
        wait_for(lambda: len(acknowledged) > 15, "more mails", 30)
        before = len(acknowledged)
        service.command("backup", str(folder))
    finally:
        stopping.set()
        sending.join()
    service.stop()
    restored = Running(other, settings=service.settings)
    restored.command("restore", str(folder))
    restored.start()
    try:
        rows = restored.settled(before)
        assert {state for _, state, _ in rows} == {"delivered"}
        assert len(rows) >= before
        assert _notes(restored) == len(rows)
    finally:
        restored.stop()


def test_a_renewed_backup_forgets_what_retention_removed(service: Running, tmp_path: Path) -> None:
    """A raw message whose time is over is in no copy either; keys come along from wherever."""
    keys, folder = tmp_path / "keys", tmp_path / "backup"
    service.stop()
    (service.data / "keys").rename(keys)
    service.settings["MARGINS_KEYS"] = str(keys)
    service.start()
    service.send(mail(notebook_html(1)))
    service.settled()
    assert "raw mails: 1;" in service.command("backup", str(folder)).stdout
    [raw] = [path for path in (service.data / "mail").rglob("*") if len(path.name) == 64]
    raw.unlink()
    assert "raw mails: 0;" in service.command("backup", str(folder)).stdout
    assert not [path for path in (folder / "mail").rglob("*") if len(path.name) == 64]
    other = Running(tmp_path / "other", settings={"MARGINS_KEYS": str(tmp_path / "restored")})
    other.command("restore", str(folder))
    assert sorted(p.name for p in (tmp_path / "restored").iterdir()) == sorted(
        p.name for p in keys.iterdir()
    )
    assert other.command("restore", str(folder), check=False).returncode == 65


def test_a_backup_remembers_what_an_api_was_sent(service: Running, tmp_path: Path) -> None:
    """The memory of a custom sink is in it; and where the notes are elsewhere, it says so."""
    service.stop()
    Memory(service.data / "sent.db")
    service.settings |= {"MARGINS_SINK": "jsonl", "MARGINS_SINK_PATH": str(tmp_path / "notes")}
    done = service.command("backup", str(tmp_path / "backup")).stdout
    assert "ledger.db, senders.db, sent.db" in done
    assert f"The notes are files, which are not in it: copy {tmp_path / 'notes'}" in done


def test_a_restore_mixes_nothing_and_takes_nothing_damaged(
    service: Running, tmp_path: Path
) -> None:
    """Neither over data that is there, nor from a backup with a wrong byte."""
    service.send(mail(notebook_html(1)))
    service.settled()
    folder = tmp_path / "backup"
    service.command("backup", str(folder))
    assert service.command("restore", str(folder), check=False).returncode == 65
    [raw] = [p for p in (folder / "mail").rglob("*") if len(p.name) == 64]
    content = raw.read_bytes()
    raw.unlink()
    raw.write_bytes(content + b"x")
    other = Running(tmp_path / "other")
    wrong = other.command("restore", str(folder), check=False)
    assert wrong.returncode == 65
    assert raw.name in wrong.stderr
    raw.write_bytes(content)
    with (folder / "notes.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))
    wrong = other.command("restore", str(folder), check=False)
    assert wrong.returncode == 65
    assert "notes.db" in wrong.stderr


def test_readers_get_receipts(service: Running) -> None:
    """Through the relay, once each: what arrived, and what was wrong."""
    with Relay() as relay:
        service.stop()
        service.settings["MARGINS_RECEIPTS_RELAY"] = f"127.0.0.1:{relay.port}"
        service.start()
        service.send(mail(notebook_html(2)))
        service.send(mail(None))
        service.settled(2)
        wait_for(lambda: len(relay.taken) >= 2, "two receipts", 30)
    assert [(path, to) for path, to, _ in relay.taken] == [("<>", [READER])] * 2
    assert "A Book of Tides (2)" in relay.taken[0][2].decode()
    assert "has no attachment" in relay.taken[1][2].decode()


def test_the_reconciler_removes_orphans_and_keeps_the_rest(service: Running) -> None:
    """A raw message stored by a process that died before its row was written goes at a start."""
    service.send(mail(notebook_html(1)))
    service.settled()
    service.stop()
    store = FileStore(service.data / "mail")
    orphan, young = store.put(b"old and unknown"), store.put(b"young and unknown")
    path = service.data / "mail" / orphan[0] / orphan
    os.utime(path, (1_700_000_000, 1_700_000_000))
    ledger = SqliteLedger(service.data / "ledger.db")
    [row] = ledger.entries()
    ledger.close()
    service.start()
    wait_for(lambda: not path.exists(), "the orphan to go", 30)
    assert set(store.digests()) == {young, row.digest}


def test_retention_removes_what_ended_long_ago(service: Running) -> None:
    """The raw message goes, the row stays, and a replay says why it cannot be."""
    service.send(mail(notebook_html(1)))
    [(mail_id, _, _)] = service.settled()
    service.stop()
    long_ago = 1_700_000_000
    with sqlite3.connect(service.data / "ledger.db") as ledger:
        ledger.execute("UPDATE mail SET changed_at = ?", (long_ago,))
    for path in (service.data / "mail").rglob("*"):
        os.utime(path, (long_ago, long_ago))
    service.start()
    store = FileStore(service.data / "mail")
    wait_for(lambda: not list(store.digests()), "the raw message to go", 30)
    assert service.settled()[0][:2] == (mail_id, "delivered")
    assert "no longer kept" in service.command("inbox", "replay", mail_id, check=False).stderr
