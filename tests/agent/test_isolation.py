"""Mails are read in processes of their own, which may fail without harm."""

from __future__ import annotations

import os
import pickle
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Desk, export, mail

from margins.agent import isolation
from margins.agent.answers import Answer, dump, load
from margins.agent.deliver import deliver
from margins.agent.isolation import Bounds, IsolatedReader
from margins.agent.reading import read_message, read_through
from margins.annotation import Motivation
from margins.errors import MailError, NoNotes, Unavailable
from margins.mail import parse
from margins.plugins import BUILT_IN
from margins.ports import Status

FORMATS = "margins.plugins:load_formats"
# On a busy machine a second of computing takes long by the clock.
BOUNDS = Bounds(cpu_seconds=1, wall_seconds=60, memory=400 * 1024 * 1024)
_HOSTILE = """
import os, signal, socket, subprocess, time
from contextlib import suppress
from margins.formats import About

class Hostile:
    about = About(
        name="hostile", version=1, app="x", title="x", steps="x", media_types=(), suffixes=()
    )
    def identify(self, attachment):
        text = attachment.head
        if "SPIN" in text:
            while True: pass
        if "SLEEP" in text:
            time.sleep(60)
        if "GROW" in text:
            grown = []
            while True: grown.append(bytes(100_000_000))  # address space, and no work
        if "CRASH" in text:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "WRITE" in text:
            open("WRITTEN", "w").write("x")
        if "CONNECT" in text:
            socket.create_connection(("127.0.0.1", PORT), 5)
        if "SPAWN" in text:
            subprocess.run(["touch", "WRITTEN"])
        if "DELETE" in text:
            os.remove("KEPT")
        if "SNOOP" in text:
            raise ValueError(open("KEPT").read())
        if "LIE" in text:
            for n in range(3, 256):
                with suppress(OSError):
                    os.write(n, bytes(7) + bytes([5]) + b"wrong")
            time.sleep(60)
        if "PRINT" in text:
            print("x" * 100_000)
        return False
    def extract(self, attachment):
        return ()

class Loaded:
    formats = (Hostile(),)
"""


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    with closing(IsolatedReader(FORMATS)) as made:
        yield made


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Somebody who would hear from a child that gets out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.fixture
def hostile_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: socket.socket
) -> str:
    """A format with every fault a mail may find in one."""
    written = _HOSTILE.replace("WRITTEN", str(tmp_path / "written"))
    written = written.replace("KEPT", str(tmp_path / "kept")).replace(
        "PORT", str(listening.getsockname()[1])
    )
    (tmp_path / "kept").write_text("a secret")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "hostile_format.py").write_text(written)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "plugins"))
    monkeypatch.setattr(isolation, "_REMEDY", "Replay it.")
    return "hostile_format:Loaded"


@pytest.fixture
def hostile(hostile_format: str) -> Iterator[IsolatedReader]:
    """A reader with that format."""
    with closing(IsolatedReader(hostile_format, BOUNDS)) as made:
        yield made


def test_it_reads_what_the_library_reads(reader: IsolatedReader) -> None:
    """The same notebooks, claims and problems; only the attachments' bytes stay behind."""
    content = mail(export("One.", "Two.", note="Three"), "nothing a format knows")
    here, there = read_message(parse(content), BUILT_IN), reader(content)
    assert there.notebooks == here.notebooks
    assert there.problems == here.problems
    assert [c.format for c in there.claims] == [c.format for c in here.claims]
    assert all(c.attachment.content == b"" for c in there.claims)


def test_errors_keep_their_kind_and_sentences(reader: IsolatedReader) -> None:
    """A mail without notes fails as it would here."""
    with pytest.raises(NoNotes) as there:
        reader(mail())
    with pytest.raises(NoNotes) as here:
        read_message(parse(mail()), BUILT_IN)
    assert str(there.value) == str(here.value)


def test_people_see_what_came_of_a_mail_without_notes(reader: IsolatedReader) -> None:
    """Each attachment, its size and why it gave nothing; the contents stay behind."""
    content = mail("nothing a format knows")
    here, there = read_through(parse(content), BUILT_IN), reader.examine(content)
    assert [(c.size, c.problem) for c in there.claims] == [(c.size, c.problem) for c in here.claims]
    assert there.claims[-1].size > 0
    assert "No format recognises this file" in there.claims[-1].problem
    assert all(c.attachment.content == b"" for c in there.claims)
    with pytest.raises(NoNotes):
        reader(content)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("SPIN", "more than 1 s of computing"),
        ("SLEEP", "more than 2 s"),
        ("GROW", "more memory than one mail may"),
        ("LIE", "cannot be believed"),
        ("CRASH", f"status -{signal.SIGSEGV.value}"),
    ],
)
def test_a_mail_that_breaks_its_bounds_fails_and_the_next_is_read(
    hostile_format: str, fault: str, sentence: str
) -> None:
    """With a sentence that says which; its process is gone, and another reads on."""
    bounds = replace(BOUNDS, wall_seconds=2) if fault == "SLEEP" else BOUNDS
    with closing(IsolatedReader(hostile_format, bounds)) as hostile:
        with pytest.raises(MailError, match=sentence):
            hostile(mail(fault))
        with pytest.raises(NoNotes):
            hostile(mail("harmless"))


def test_what_a_format_prints_goes_into_no_answer(hostile: IsolatedReader) -> None:
    """The answer has a socket of its own."""
    with pytest.raises(NoNotes):
        hostile(mail("PRINT"))


@pytest.mark.parametrize("fault", ["CONNECT", "WRITE", "SPAWN", "DELETE", "SNOOP"])
def test_a_format_that_reaches_out_of_its_process_fails_its_mail(
    desk: Desk, hostile: IsolatedReader, listening: socket.socket, tmp_path: Path, fault: str
) -> None:
    """It meets nobody, changes nothing, learns nothing; the mail is kept, and the next is read."""
    desk.receive(mail(export("One."), fault))
    agent = replace(desk.agent, reader=hostile)
    entry = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert entry is not None
    failed = deliver(agent, entry)
    assert failed.status is Status.FAILED
    assert "PermissionError" in failed.reason
    with pytest.raises(TimeoutError):
        listening.accept()
    assert {file.name for file in tmp_path.iterdir()} >= {"kept"}
    assert not (tmp_path / "written").exists()
    with pytest.raises(NoNotes):
        hostile(mail("harmless"))


def test_no_child_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without processes or descriptors the mail is deferred, not failed."""
    with pytest.raises(Unavailable, match="No process could be started"):
        IsolatedReader("no.such.module:formats")(mail(export("One.")))


def test_nothing_is_called_that_an_answer_names() -> None:
    """A child that was taken over can send values and nothing else."""

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, ("true",)

    class Child:
        def __reduce__(self) -> tuple[object, ...]:
            return isolation.IsolatedReader, ("os:system",)

    for evil in (Evil(), Child(), "text"):
        with pytest.raises(OSError, match="no answer"):
            load(pickle.dumps(evil))
    answer = Answer(error=("MailError", "x", "", ""))
    assert load(dump(answer)) == answer


def test_every_python_sends_enumerations(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.11.0 to 3.11.3 pickle them as a call of getattr, which no answer may ask for."""
    monkeypatch.setattr(
        Motivation, "__reduce_ex__", lambda each, _: (getattr, (Motivation, each.name))
    )
    reading = read_message(parse(mail(export("tide"))), BUILT_IN)
    (claim,) = (claim for claim in reading.claims if claim.notebooks)
    assert claim.notebooks[0].annotations[0].motivation is Motivation.HIGHLIGHTING
    sent = load(dump(Answer(reading=reading))).reading
    assert sent is not None
    assert [claim.notebooks for claim in sent.claims if claim.notebooks] == [claim.notebooks]


def test_a_delivery_through_it(desk: Desk, reader: IsolatedReader) -> None:
    """The agent settles the mail as ever."""
    desk.receive(mail(export("One.")))
    agent = replace(desk.agent, reader=reader)
    entry = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert entry is not None
    assert deliver(agent, entry).status is Status.DELIVERED
