"""Secret addresses, policies and held mail, through a running service."""

from __future__ import annotations

import pytest
from running import READER, Running, mail, notebook_html

pytestmark = pytest.mark.slow

STRANGER = "stranger@example.net"


def test_a_held_mail_is_approved_and_delivered(service: Running) -> None:
    """A proven stranger's mail waits, the kept mail is delivered, and his next one passes."""
    service.stop()
    service.settings["MARGINS_UNKNOWN"] = "hold"
    service.start()
    code, text = service.send(mail(notebook_html(2), sender=STRANGER), sender=STRANGER)
    [(mail_id, state, _)] = service.inbox()
    assert (code, text) == (250, f"2.6.0 Message held for approval as {mail_id}")
    assert state == "held"
    service.command("inbox", "approve", mail_id, "--register")
    [(_, state, sentence)] = service.settled()
    assert (state, "2 new" in sentence) == ("delivered", True)
    content = mail(notebook_html(3, title="Another"), sender=STRANGER)
    assert service.send(content, sender=STRANGER)[1].startswith("2.6.0 Message accepted as ")


def test_a_held_mail_is_refused(service: Running) -> None:
    """It ends rejected, and with --block so does the author's next one."""
    service.stop()
    service.settings["MARGINS_UNKNOWN"] = "hold"
    service.start()
    service.send(mail(notebook_html(2), sender=STRANGER), sender=STRANGER)
    service.command("inbox", "refuse", service.inbox()[0][0], "--block")
    assert service.inbox()[0][1] == "rejected"
    assert service.command("inbox", "approve", service.inbox()[0][0], check=False).returncode == 65
    code, _ = service.send(mail(notebook_html(3), sender=STRANGER), sender=STRANGER)
    assert code == 550


def test_an_account_that_asks_for_its_secret(service: Running) -> None:
    """Mail passes at the secret address only, until it is rotated; no row and no log shows it."""
    secret = service.command("accounts", "secret", READER).stdout.strip()
    service.command("accounts", "policy", READER, "authenticated+secret")
    assert service.send(mail(notebook_html(1)))[0] == 550
    assert service.send(mail(notebook_html(1)), to=secret)[0] == 250
    new = service.command("accounts", "rotate", READER).stdout.strip()
    again = [service.send(mail(notebook_html(2)), to=address) for address in (secret, new)]
    assert again[0] == (550, "5.7.1 Sender not registered here")
    assert again[1] == (250, f"2.6.0 Message accepted as {service.inbox()[0][0]}")
    service.stop()
    for address in (secret, new):
        token = address[2:34].encode()
        files = [f for f in service.data.rglob("*") if f.is_file() and f.suffix != ".eml"]
        kept = [f for f in files if token in f.read_bytes() and "mail" not in f.parts]
        assert kept == []
        assert token not in (service.data.parent / "data.log").read_bytes()
