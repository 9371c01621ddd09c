"""Mail in a Maildir becomes notes: a whole service, a name server, and the library's Maildir."""

from __future__ import annotations

import mailbox
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from running import READER, Running, mail, notebook_html, wait_for

from margins.testing.nameserver import serve

sys.path.append(str(Path(__file__).parents[1] / "authentication"))

from signing import rsa_key, sign

pytestmark = pytest.mark.slow

KEY = rsa_key("reader")
ZONE = {
    "mail._domainkey.example.org": [("TXT", KEY.record())],
    "_dmarc.example.org": [("TXT", b"v=DMARC1; p=none")],
}


@pytest.fixture
def maildir(tmp_path: Path) -> mailbox.Maildir:
    """An empty one."""
    return mailbox.Maildir(tmp_path / "box")


@pytest.fixture
def service(tmp_path: Path, maildir: mailbox.Maildir) -> Iterator[Running]:
    """One registered reader, and the Maildir in the settings; not started yet."""
    with serve(ZONE) as names:
        running = Running(tmp_path / "data")
        running.settings = {
            "MARGINS_NAMESERVERS": f"127.0.0.1:{names.port}",
            "MARGINS_MAILDIR": str(tmp_path / "box"),
        }
        running.command("accounts", "add", READER)
        yield running
        if running.process is not None:
            running.stop()


def _signed(title: str) -> bytes:
    return sign(mail(notebook_html(2, title=title)), KEY, "example.org")


def test_what_is_delivered_becomes_notes(service: Running, maildir: mailbox.Maildir) -> None:
    """Before the start and after it; what is forged is flagged, and a stop is a stop."""
    maildir.add(_signed("Before"))
    maildir.add(mail(notebook_html(1, title="Forged")))
    service.start()
    assert {state for _, state, _ in service.settled(2)} == {"delivered", "rejected"}
    maildir.add(_signed("After"))
    service.settled(3, seconds=10)
    shelf = service.graphql("{ publications(first: 9) { nodes { title } } }")["publications"]
    assert sorted(book["title"] for book in shelf["nodes"]) == ["After", "Before"]
    wait_for(lambda: all(m.get_subdir() == "cur" for m in maildir), "all to be filed", 5)
    assert sorted(message.get_flags() for message in maildir) == ["F", "S", "S"]
    assert service.stop() == 0


def test_one_look_for_cron(service: Running, maildir: mailbox.Maildir) -> None:
    """It says what it did; the doctor says whether it could."""
    maildir.add(_signed("By cron"))
    waits = service.command("doctor", "--only", "maildir", check=False)
    assert "mails that wait: 1." in waits.stdout
    box = service.settings["MARGINS_MAILDIR"]
    assert service.command("fetch").stdout == f"{box}: 1 taken\n"
    assert [state for _, state, _ in service.inbox()] == ["accepted"]
    service.settings["MARGINS_MAILDIR"] = f"{box}/cur"
    wrong = service.command("fetch", check=False)
    assert wrong.returncode == 78
    assert "has new, cur and tmp in it" in wrong.stderr


def _taken(maildir: mailbox.Maildir) -> int:
    return sum(message.get_subdir() == "cur" for message in maildir)


def test_kills_lose_and_double_nothing(
    service: Running, maildir: mailbox.Maildir, seed: int
) -> None:
    """Killed in the middle of taking mail, six times: each mail is taken, and once."""
    chance = Random(seed)
    service.settings |= {"MARGINS_LEASE_SECONDS": "3", "MARGINS_API_SECONDS": "2"}
    titles = [f"Volume {n}" for n in range(60)]
    for begin in range(0, len(titles), 10):
        for title in titles[begin : begin + 10]:
            maildir.add(_signed(title))
        before = _taken(maildir)
        service.spawn()
        wait_for(lambda before=before: _taken(maildir) > before, "mail to be taken", 30)
        time.sleep(chance.uniform(0, 0.1))
        service.stop(signal.SIGKILL)
    service.start()
    rows = service.settled(len(titles))
    assert Counter(state for _, state, _ in rows) == {"delivered": len(titles)}
    wait_for(lambda: _taken(maildir) == len(titles), "all to be filed", 10)
    assert {message.get_flags() for message in maildir} == {"S"}
    shelf = service.graphql(
        "{ publications(first: 100) { nodes { title annotations { totalCount } } } }"
    )["publications"]["nodes"]
    found = Counter({book["title"]: book["annotations"]["totalCount"] for book in shelf})
    assert found == dict.fromkeys(titles, 2)
