"""The letter that carries a code; who may answer it is in tests/security."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from margins.agent.alias import ask, compose_question
from margins.errors import InputError
from margins.mail import Address
from margins.ports import Letter
from margins.senders.sqlite import SqliteSenders
from margins.testing.fakes import MemoryLedger

NOW = 1_795_000_000.0
OTHER = Address("ada", "work.example")


def test_the_code_is_where_an_answer_keeps_it() -> None:
    """In the subject, and once more for those who are asked for it; answers come to us."""
    content = compose_question(
        "ABCD2345",
        account="Ada\r\nBcc: eve@example.net",
        sender="import@notes.example",
        to=str(OTHER),
        now=NOW,
    )
    letter = message_from_bytes(content, policy=default)
    assert letter["Subject"] == "Is this your address? [margins-ABCD2345]"
    assert letter["From"].addresses[0].addr_spec == "import@notes.example"
    assert (letter["To"], letter["Bcc"]) == (str(OTHER), None)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "    ABCD2345" in letter.get_content()


@pytest.fixture
def registry(tmp_path: Path) -> SqliteSenders:
    """With one account."""
    made = SqliteSenders(tmp_path / "senders.db")
    made.create("Ada", now=NOW)
    return made


def _ask(registry: SqliteSenders, ledger: MemoryLedger, served: str) -> None:
    ask(
        registry.access,
        ledger.outbox,
        OTHER,
        account=registry.account("Ada").id,
        name="Ada",
        served=served,
        now=NOW,
    )


@pytest.mark.parametrize("served", ["@notes.example", "import@notes.example"])
def test_it_is_mailed_to_the_address_alone(registry: SqliteSenders, served: str) -> None:
    """From one that takes mail here."""
    ledger = MemoryLedger()
    _ask(registry, ledger, served)
    outgoing = ledger.outbox.take(now=NOW, seconds=60)
    assert outgoing is not None
    assert outgoing.letter.to == str(OTHER)
    assert b"From: Margins <import@notes.example>" in outgoing.letter.content
    assert [address for _, address in registry.access.asked(now=NOW)] == [OTHER]


def test_an_address_that_had_its_share_of_letters_gets_no_code(registry: SqliteSenders) -> None:
    """Receipts and codes together; whoever asks hears when to try again."""
    ledger = MemoryLedger()
    for n in range(40):
        ledger.outbox.put(f"{n}", Letter(to=str(OTHER), content=b""), now=NOW)
    with pytest.raises(InputError, match="Wait an hour"):
        _ask(registry, ledger, "@notes.example")
