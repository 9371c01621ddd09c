"""Mail in an ordinary mailbox becomes notes: a whole service, a Dovecot, a name server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import READER, Running, mail, notebook_html, wait_for

from margins.testing.nameserver import serve

sys.path.append(str(Path(__file__).parents[1] / "authentication"))
sys.path.append(str(Path(__file__).parents[1] / "ingress" / "imap"))

from dovecot import PASSWORD, Dovecot, Mailbox, dovecot
from signing import rsa_key, sign

pytestmark = pytest.mark.slow

KEY = rsa_key("reader")
ZONE = {
    "mail._domainkey.example.org": [("TXT", KEY.record())],
    "_dmarc.example.org": [("TXT", b"v=DMARC1; p=none")],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    """One for all tests."""
    with dovecot() as running:
        yield running


@pytest.fixture
def mailbox(server: Dovecot) -> Mailbox:
    """With a folder for what was taken."""
    made = server.mailbox()
    made.create("Done")
    return made


@pytest.fixture
def service(tmp_path: Path, mailbox: Mailbox) -> Iterator[Running]:
    """One registered reader, and the mailbox in the settings; not started yet."""
    with serve(ZONE) as names:
        running = Running(tmp_path / "data")
        running.settings = {
            "MARGINS_NAMESERVERS": f"127.0.0.1:{names.port}",
            "MARGINS_IMAP_HOST": "127.0.0.1",
            "MARGINS_IMAP_PORT": str(mailbox.port),
            "MARGINS_IMAP_USER": mailbox.user,
            "MARGINS_IMAP_PASSWORD": PASSWORD,
            "MARGINS_IMAP_DONE": "Done",
        }
        running.command("accounts", "add", READER)
        yield running
        if running.process is not None:
            running.stop()


def _signed(title: str) -> bytes:
    return sign(mail(notebook_html(2, title=title)), KEY, "example.org")


def _titles(service: Running) -> list[str]:
    shelf = service.graphql("{ publications(first: 9) { nodes { title } } }")["publications"]
    return sorted(book["title"] for book in shelf["nodes"])


def test_what_comes_into_the_mailbox_becomes_notes(service: Running, mailbox: Mailbox) -> None:
    """Before the start and after it; what is forged stays, and a stop is a stop."""
    mailbox.put(_signed("Before"), mail(notebook_html(1, title="Forged")))
    service.start()
    assert {state for _, state, _ in service.settled(2)} == {"delivered", "rejected"}
    mailbox.put(_signed("After"))
    service.settled(3, seconds=10)
    assert _titles(service) == ["After", "Before"]
    wait_for(lambda: len(mailbox.flags("Done")) == 2, "both to be moved", 5)
    assert mailbox.flags() == [{"$MarginsRefused"}]
    assert service.stop() == 0
    assert PASSWORD not in (service.data.parent / f"{service.data.name}.log").read_text()


def test_one_look_for_cron(service: Running, mailbox: Mailbox) -> None:
    """It says what it did, and ends with 75 when mail has to wait; delivering is the service's."""
    mailbox.put(_signed("By cron"))
    good = service.settings["MARGINS_NAMESERVERS"]
    with serve({}, broken=ZONE) as names:
        service.settings["MARGINS_NAMESERVERS"] = f"127.0.0.1:{names.port}"
        waiting = service.command("fetch", check=False)
    assert (waiting.returncode, waiting.stdout) == (75, "INBOX: 1 left for later\n")
    service.settings["MARGINS_NAMESERVERS"] = good
    assert service.command("fetch").stdout == "INBOX: 1 taken\n"
    assert [state for _, state, _ in service.inbox()] == ["accepted"]
    assert len(mailbox.flags("Done")) == 1


def test_what_is_wrong_with_the_settings_is_said(service: Running) -> None:
    """By the command, and by the doctor, with the remedy."""
    said = json.loads(service.command("doctor", "--only", "mailbox", "--json", check=False).stdout)
    assert [each["level"] for each in said] == ["ok", "warning"]
    assert "Set addresses" in said[1]["remedy"]
    service.settings["MARGINS_IMAP_PASSWORD"] = "hush hush"
    refused = service.command("fetch", check=False)
    assert refused.returncode == 77
    assert "app password" in refused.stderr
    sick = service.command("doctor", "--only", "mailbox", check=False)
    assert sick.returncode == 1
    assert "app password" in sick.stdout
    service.settings["MARGINS_IMAP_HOST"] = ""
    assert "docs/mailbox.md" in service.command("fetch", check=False).stderr
