"""The commands of the command line, over the tables and the bucket of a stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from arrivals import keep, letters, run, tick
from front import front
from functions import READER, Context
from running import mail, notebook_html

from margins.agent.answers import Answer
from margins.aws import parser
from margins.cli import main
from margins.cli.status import Exit
from margins.errors import MailError
from margins.local.stack import Local
from margins.mail.import_address import secret_of
from margins.ports import Entry, Status

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


@pytest.fixture
def replaying(shell: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """The same, where the parser can be called by its name."""
    handlers = {"ParserFunction": lambda event, _: parser.handler(event, Context(90))}
    with front(shell.cloud.url, handlers) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        monkeypatch.setenv("MARGINS_PARSER", "ParserFunction")
        yield shell


def _failed(stack: Local, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A mail that nothing could be made of, until today."""
    with monkeypatch.context() as broken:
        broken.setattr("margins.agent.isolation.IsolatedReader.answer", _no_answer)
        run(keep(stack, mail(notebook_html(2)), "one"))
    [entry] = stack.ledger.entries()
    assert entry.status is Status.FAILED
    return entry


def _no_answer(*_: object) -> Answer:
    raise MailError("The format of yesterday does not know it.")


def test_a_failed_mail_is_replayed(
    replaying: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the function, with its own key; a dry run says what would change, and changes nothing."""
    entry = _failed(replaying, monkeypatch)
    said = _said(capsys, "inbox", "replay", entry.id[:10], "--dry-run")
    assert "A Book of Tides: 2 new, 0 updated, 0 unchanged" in said
    assert replaying.ledger.entries()[0].status is Status.FAILED
    assert "delivered" in _said(capsys, "inbox", "replay", entry.id[:10])
    [done] = replaying.ledger.entries()
    assert (done.status, done.replays, done.counts.created) == (Status.DELIVERED, 1, 2)
    assert len(letters(replaying)) == 1  # the reader has been told that it failed


def test_all_that_failed_are_replayed(
    replaying: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or all of a format; one that goes wrong does not stop the others."""
    _failed(replaying, monkeypatch)
    run(keep(replaying, mail(None), "two"))
    capsys.readouterr()
    assert main(["inbox", "replay", "--status", "failed"]) == Exit.DATA
    assert "1 mails delivered, 1 not" in capsys.readouterr().out
    assert "1 mails read, 0 not" in _said(
        capsys, "inbox", "replay", "--format", "kindle-notebook", "--dry-run"
    )


def test_what_cannot_be_replayed(
    replaying: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence is the function's, or says that there is none of this name, or no name."""
    run(keep(replaying, mail(notebook_html(2), sender=STRANGER), "one", sender=STRANGER))
    [held] = replaying.ledger.entries()
    for parser_, sentence in {
        "ParserFunction": "A mail that is held cannot be replayed now",
        "GateFunction": "The function",
        "": "is not named",
    }.items():
        monkeypatch.setenv("MARGINS_PARSER", parser_)
        assert main(["inbox", "replay", held.id]) != 0
        assert sentence in capsys.readouterr().err


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
