"""`margins explain`: what proved the author, or did not, of every mail there is a row for."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "authentication"))

from domains import MALLORYS_HOST, zone
from signing import NOW, mail, rsa_key, sign

from margins.agent.agent import Agent
from margins.agent.receive import receive
from margins.bootstrap import open_ledger, open_senders, open_store
from margins.catalogue import BUILT_IN
from margins.cli import main
from margins.config import load
from margins.gate import Sender
from margins.mail import Address, Envelope, MailObject
from margins.ports import Status
from margins.testing.fakes import ManualClock, MemorySenders, MemorySink
from margins.testing.resolver import FakeResolver

ADA = Sender(account="a1", address=Address("ada", "legit.example"))
EVIDENCE = "dkim=pass (strict alignment, 2048-bit key) header.d=legit.example header.s=mail"


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """Over the real ledger and store of a data directory, which the command reads."""
    monkeypatch.setenv("MARGINS_DATA", str(tmp_path))
    settings = load(None)
    return Agent(
        store=open_store(settings),
        ledger=open_ledger(settings),
        senders=MemorySenders([ADA]),
        sink=MemorySink(),
        clock=ManualClock(NOW),
        formats=lambda: BUILT_IN,
        resolver=FakeResolver(zone()),
    )


def _received(agent: Agent, *, author: str = "ada@legit.example") -> tuple[str, Status]:
    """The id and the state of a signed mail."""
    content = sign(mail(author), rsa_key("legit"), "legit.example")
    envelope = Envelope(
        reverse_path="", forward_paths=("notes@in.example",), peer=MALLORYS_HOST
    )  # fmt: skip
    entry = receive(agent, MailObject(envelope=envelope, content=content)).entry
    assert entry is not None
    assert EVIDENCE in entry.reason
    return entry.id, entry.status


@pytest.mark.parametrize(
    ("author", "hold_unknown", "status"),
    [
        ("ada@legit.example", False, Status.ACCEPTED),
        ("eve@legit.example", True, Status.HELD),
        ("eve@legit.example", False, Status.REJECTED),
    ],
)
def test_it_shows_selector_and_key_length(
    agent: Agent,
    author: str,
    hold_unknown: bool,
    status: Status,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of an accepted mail, of one somebody must decide about, and of one that was refused.

    Of the refused one nothing is kept but its row, which is enough.
    """
    id_, found = _received(
        replace(agent, hold_unknown=(lambda: True) if hold_unknown else None), author=author
    )
    assert found is status
    assert main(["explain", id_]) == 0
    said = capsys.readouterr().out
    assert EVIDENCE in said
    assert ("not kept, or no longer" in said) is (status is Status.REJECTED)
    assert ("sha256      " in said) is (status is not Status.REJECTED)


def test_it_is_still_told_when_the_mail_was_let_in_by_somebody(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    """The decision is put in front of the evidence it rests on."""
    id_, _ = _received(replace(agent, hold_unknown=lambda: True), author="eve@legit.example")
    open_senders(load(None)).create("Eve", now=NOW)
    assert main(["inbox", "approve", id_]) == 0
    capsys.readouterr()
    assert main(["explain", id_]) == 0
    assert EVIDENCE in capsys.readouterr().out
