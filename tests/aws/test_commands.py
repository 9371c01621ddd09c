"""The commands of the command line, over the tables and the bucket of a stack."""

from __future__ import annotations

import pytest
from arrivals import keep, letters, run, tick
from functions import READER
from running import mail, notebook_html

from margins.cli import main
from margins.local.stack import Local
from margins.mail.import_address import secret_of
from margins.ports import Status

STRANGER = "eve@example.net"


@pytest.fixture
def shell(answering: Local, monkeypatch: pytest.MonkeyPatch) -> Local:
    """What an operator sets in a shell, by the outputs of the stack."""
    names = answering.stack.physical
    database = f"dynamodb://{names['LedgerTable']}/{names['SendersTable']}"
    monkeypatch.setenv("MARGINS_DATABASE", database)
    monkeypatch.setenv("MARGINS_STORE", f"s3://{names['MailBucket']}")
    monkeypatch.setenv("MARGINS_ADDRESSES", "import@localhost")
    monkeypatch.setenv("MARGINS_RECEIPTS_RELAY", f"ses:{answering.cloud.region}")
    return answering


def _said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What a command prints; it succeeds."""
    capsys.readouterr()
    assert main(args) == 0
    return capsys.readouterr().out.strip()


def test_a_reader_is_registered(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """From then on mail of that address becomes notes."""
    assert STRANGER in _said(capsys, "accounts", "add", STRANGER)
    assert READER in _said(capsys, "accounts", "list")
    run(keep(shell, mail(notebook_html(2), sender=STRANGER), "one", sender=STRANGER))
    assert "delivered" in _said(capsys, "inbox", "list")


def test_policies_and_secret_addresses(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret address is shown once, and opens what the policy says."""
    secret = _said(capsys, "accounts", "secret", READER)
    assert secret_of(secret)
    assert _said(capsys, "accounts", "policy", "ada", "secret") == "ada: secret"
    content = mail(notebook_html(2), sender=STRANGER)
    run(keep(shell, content, "one", sender=STRANGER, to=secret))
    assert shell.ledger.entries()[0].status is Status.DELIVERED


def test_a_held_mail_is_approved(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """It is delivered with the next tick, and its author is registered where that was said."""
    run(keep(shell, mail(notebook_html(2), sender=STRANGER), "one", sender=STRANGER))
    [held] = shell.ledger.entries()
    assert held.id in _said(capsys, "inbox", "list", "--status", "held")
    assert "Notebook export" in _said(capsys, "inbox", "show", held.id)
    _said(capsys, "inbox", "approve", held.id, "--register")
    tick()
    assert shell.ledger.entries()[0].status is Status.DELIVERED
    assert STRANGER in _said(capsys, "accounts", "list")


def test_a_held_mail_is_refused(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """And its author blocked, for all accounts."""
    run(keep(shell, mail(notebook_html(2), sender=STRANGER), "one", sender=STRANGER))
    [held] = shell.ledger.entries()
    _said(capsys, "inbox", "refuse", held.id, "--block")
    assert STRANGER in _said(capsys, "accounts", "blocked")
    run(keep(shell, mail(notebook_html(3), sender=STRANGER), "two", sender=STRANGER))
    assert {entry.status for entry in shell.ledger.entries()} == {Status.REJECTED}


def test_an_alias_is_asked_by_mail(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """The code goes out with the next tick."""
    _said(capsys, "accounts", "alias", "add", READER, "other@example.org")
    tick()
    [(to, content)] = letters(shell)
    assert to == "other@example.org"
    assert "[margins-" in content


def test_states(shell: Local, capsys: pytest.CaptureFixture[str]) -> None:
    """What was held while an account was paused goes on with it."""
    _said(capsys, "accounts", "state", READER, "paused")
    run(keep(shell, mail(notebook_html(2)), "one"))
    assert shell.ledger.entries()[0].status is Status.HELD
    _said(capsys, "accounts", "state", READER, "active")
    tick()
    assert shell.ledger.entries()[0].status is Status.DELIVERED
