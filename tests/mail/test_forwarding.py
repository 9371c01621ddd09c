"""Requests to confirm forwarding, and mail robots of reading apps."""

from __future__ import annotations

import pytest

from margins.mail import Address, parse
from margins.mail.forwarding import Confirmation, forwarding_confirmation
from margins.mail.providers import PROVIDERS, provider_of

LINK = "https://mail-settings.google.com/mail/vf-%5BANGjdJ_x%5D-Q1w2E3"


def _mail(sender: str, subject: str, text: str, kind: str = "text/plain") -> bytes:
    return (
        f"From: Team <{sender}>\r\nTo: u-x@in.example\r\nSubject: {subject}\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


CASES = {
    "Gmail": (
        _mail(
            "forwarding-noreply@google.com",
            "(#304200958) Gmail Forwarding Confirmation - Receive Mail from ada@example.org",
            f"Confirmation code: 304200958\r\nPlease open:\r\n{LINK}\r\nNot you? Do nothing.",
        ),
        Confirmation(service="Gmail", code="304200958", link=LINK),
    ),
    "Gmail in another language": (
        _mail("forwarding-noreply@google.com", "(#304200958) x", f"y\r\n{LINK}."),
        Confirmation(service="Gmail", code="304200958", link=LINK),
    ),
    "Fastmail": (
        _mail(
            "noreply@fastmail.com",
            "Confirm your forwarding address",
            '<p>Verify: <a href="https://app.fastmail.com/verify/1a2b">here</a></p>',
            "text/html",
        ),
        Confirmation(service="Fastmail", code="", link="https://app.fastmail.com/verify/1a2b"),
    ),
    "iCloud": (
        _mail("noreply@email.apple.com", "Verify forwarding", "Your code is 123456."),
        Confirmation(service="iCloud", code="123456", link=""),
    ),
    "Gmail without a code": (
        _mail(
            "forwarding-noreply@google.com",
            "(Gmail Forwarding confirmation - Receive mail from ada@example.org",
            f"To cancel: https://mail-settings.google.com/mail/uf-%5BANx%5D-1\r\n{LINK}",
        ),
        Confirmation(service="Gmail", code="", link=LINK),
    ),
    "Google Workspace": (
        _mail(
            "forwarding-noreply@google.com",
            "(#239314021) Tidal Press Forwarding Confirmation - Receive Mail from a@b.example",
            f"Confirmation code: 239314021\r\n{LINK}",
        ),
        Confirmation(service="Gmail", code="239314021", link=LINK),
    ),
    "Yahoo": (
        _mail("no-reply@cc.yahoo-inc.com", "Verify your forwarding address", "Code 482913"),
        Confirmation(service="Yahoo", code="482913", link=""),
    ),
    "Proton": (
        _mail(
            "no-reply@notify.proton.me",
            "Please confirm forwarding",
            "Ada wants to forward mail: https://account.proton.me/forwarding#x1",
        ),
        Confirmation(service="Proton", code="", link="https://account.proton.me/forwarding#x1"),
    ),
    "Zoho": (
        _mail("noreply@zoho.com", "Forward verification", "Your confirmation code is 9182736."),
        Confirmation(service="Zoho", code="9182736", link=""),
    ),
    "Outlook in German": (
        _mail("noreply@outlook.com", "Weiterleitung bestätigen", "Code: 7654321"),
        Confirmation(service="Outlook", code="7654321", link=""),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_code_and_link_are_found(name: str) -> None:
    """Whoever asks, in text or HTML."""
    content, expected = CASES[name]
    assert forwarding_confirmation(parse(content)) == expected


def test_the_owner_is_told_in_a_sentence() -> None:
    """With the code, the link, and a warning not to follow what one did not ask for."""
    said = str(CASES["Gmail"][1])
    assert "code is 304200958" in said
    assert "if you asked for this yourself" in said
    assert LINK in said


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("forwarding-noreply@google.example", "(#304200958) Gmail Forwarding Confirmation", LINK),
        ("ada@icloud.com", "My notes", "I forward you my notes of chapter 123456."),
        ("noreply@fastmail.com", "Your bill", "Please confirm 12345678."),
        ("ada@outlook.com", "Fwd: Confirm", "I forward this; please confirm 123456."),
        ("ada@proton.me", "Forwarded notes", "To confirm: chapter 123456."),
        ("no-reply@accounts.google.com", "Confirm forwarding", LINK),
    ],
)
def test_other_mail_is_none(sender: str, subject: str, text: str) -> None:
    """Neither a look-alike domain nor a person who mentions forwarding."""
    assert forwarding_confirmation(parse(_mail(sender, subject, text))) is None


def test_links_elsewhere_are_not_shown() -> None:
    """Only those into the service's own domain."""
    evil = "https://mail-settings.google.com.evil.example/vf-1 https://evil.example/google.com/x"
    content = _mail("forwarding-noreply@google.com", "(#304200958) x", evil)
    found = forwarding_confirmation(parse(content))
    assert found is not None
    assert found.link == ""


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        (Address("no-reply", "amazon.com"), "Amazon Kindle"),
        (Address("no-reply", "amazon.co.jp"), "Amazon Kindle"),
        (Address("ada", "amazon.com"), ""),
        (Address("no-reply", "marketplace.amazon.com"), ""),
        (Address("no-reply", "amazon.example"), ""),
        (Address("noreply", "google.com"), ""),
    ],
)
def test_robots_of_reading_apps(address: Address, provider: str) -> None:
    """The very addresses on the very domains; where customers write, nobody is believed."""
    assert provider_of(address) == provider


def test_the_list_is_in_normal_form() -> None:
    """Or an entry would never match."""
    for robots, domains in PROVIDERS.values():
        assert all(text == text.lower() for text in (*robots, *domains))
        assert robots
        assert domains
