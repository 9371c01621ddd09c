"""One more address: a code is mailed to it, its owner answers, and from then on it may write."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

import pytest
from relay import Relay
from running import Running, mail, notebook_html, wait_for

pytestmark = pytest.mark.slow

OTHER = "reader@work.example"


def _asked(service: Running, relay: Relay) -> tuple[str, str]:
    """Whom the code mail asks to answer to, and its subject."""
    account = service.command("accounts", "list").stdout.split()[0]
    said = service.command("accounts", "alias", "add", account, OTHER).stdout
    assert OTHER in said
    wait_for(lambda: relay.taken, "the code to be mailed", 30)
    [(path, to, content)] = relay.taken
    assert (path, to) == ("<>", [OTHER])
    letter = message_from_bytes(content, policy=default)
    return letter["From"].addresses[0].addr_spec, letter["Subject"]


def test_an_alias_is_verified_by_answering(service: Running) -> None:
    """Its mail is refused before the answer and delivered after it, to the same account."""
    with Relay() as relay:
        service.stop()
        service.settings["MARGINS_RECEIPTS_RELAY"] = f"127.0.0.1:{relay.port}"
        service.start()
        to, subject = _asked(service, relay)
        notes = mail(notebook_html(3), sender=OTHER)
        assert service.send(notes, sender=OTHER)[0] == 550
        wrong = re.sub(r"margins-\w{8}", "margins-AAAAAAAA", subject)
        for said, code in ((wrong, 550), (subject, 250)):
            answer = mail(None, sender=OTHER, subject=f"Re: {said}", text="Yes.\n")
            assert service.send(answer, sender=OTHER, to=to)[0] == code
        assert service.send(notes, sender=OTHER)[0] == 250
        wait_for(lambda: service.inbox()[0][1] == "delivered", "the notes", 30)
        assert OTHER in service.command("accounts", "list").stdout
        assert service.command("accounts", "alias", "list").stdout == ""


def test_without_a_relay_the_operator_vouches(service: Running) -> None:
    """Asking says what is missing; --verified registers at once."""
    account = service.command("accounts", "list").stdout.split()[0]
    refused = service.command("accounts", "alias", "add", account, OTHER, check=False)
    assert refused.returncode == 65
    assert "receipts_relay" in refused.stderr
    assert "--verified" in refused.stderr
    done = service.command("accounts", "alias", "add", account, OTHER, "--verified")
    assert OTHER in done.stdout
    service.command("accounts", "add", "eve@example.net")
    taken = service.command("accounts", "alias", "add", "eve@example.net", OTHER, check=False)
    assert taken.returncode == 65
    assert "already writes to the account" in taken.stderr


def test_a_paused_account_goes_on_where_it_stopped(service: Running) -> None:
    """Mail is held without a word to its sender, and delivered once the account goes on."""
    account = service.command("accounts", "list").stdout.split()[0]
    service.command("accounts", "state", account, "paused")
    assert service.send(mail(notebook_html(2)))[0] == 250
    [(mail_id, state, reason)] = service.inbox()
    assert (state, reason[:21]) == ("held", "the account is paused")
    assert "1 held mail goes on." in service.command("accounts", "state", account, "active").stdout
    service.settled()
    shown = service.command("inbox", "show", mail_id).stdout
    assert "let in:    The account goes on. reader@example.org is registered" in shown
    assert "let in:    The account goes on." in service.command("explain", mail_id).stdout
    service.command("accounts", "state", account, "closed")
    assert service.send(mail(notebook_html(1)))[0] == 550
