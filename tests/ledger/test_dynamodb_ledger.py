"""The ledger in a DynamoDB table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.errors import Unavailable
from margins.ledger.dynamodb import TABLE, DynamoLedger
from margins.local.cloud import Cloud
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Letter, Status
from margins.testing.contracts import ApprovalsContract, LedgerContract

pytestmark = pytest.mark.slow  # moto copies every table for every transaction

NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """DynamoDB in this process."""
    with Cloud() as running:
        yield running


@pytest.fixture
def ledger(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoLedger]:
    """A ledger in a table of its own."""
    for name, value in cloud.environ.items():
        monkeypatch.setenv(name, value)
    name = f"ledger-{uuid4()}"
    cloud.client("dynamodb").create_table(TableName=name, **TABLE)
    yield DynamoLedger(Table(Aws("dynamodb", cloud.region), name))
    cloud.client("dynamodb").delete_table(TableName=name)


class TestContract(LedgerContract, ApprovalsContract):
    """What every ledger promises, about held mails too."""

    @pytest.fixture
    def ledger(self, ledger: DynamoLedger) -> DynamoLedger:
        return ledger


def _mail(status: Status = Status.ACCEPTED, *, number: int = 0, **other: str) -> Acceptance:
    known = {"account": f"account-{number}", "digest": "d" * 64, "fingerprint": f"{number:064x}"}
    return Acceptance(
        status=status,
        size=1,
        envelope=Envelope(reverse_path="", forward_paths=("import@notes.example",)),
        author="ada@example.org",
        subject="",
        reason="",
        **known | other,
    )


def test_a_table_that_is_not_there_is_unavailable(cloud: Cloud, ledger: DynamoLedger) -> None:
    """A wrong name must never look like an empty ledger; the message names the table."""
    missing = DynamoLedger(Table(Aws("dynamodb", cloud.region), "no-such-table"))
    with pytest.raises(Unavailable, match="no-such-table"):
        missing.record(_mail(), now=NOW)


def test_a_service_that_is_not_there_is_unavailable(
    ledger: DynamoLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: temporary."""
    nowhere = DynamoLedger(Table(Aws("dynamodb", "eu-west-1", endpoint="http://127.0.0.1:9"), "t"))
    with pytest.raises(Unavailable, match="dynamodb did not answer"):
        nowhere.lease(now=NOW, seconds=1)


def test_more_than_a_transaction_holds_is_recorded(ledger: DynamoLedger) -> None:
    """A hundred and twenty mails, each once, in their order."""
    mails = [_mail(number=n) for n in range(120)]
    recorded = ledger.record_many([*mails, mails[3]], now=NOW)
    assert [new for _, new in recorded] == [True] * 120 + [False]
    assert recorded[3][0] == recorded[120][0]
    assert len(ledger.entries(limit=200)) == 120


def test_rejected_mails_expire(cloud: Cloud, ledger: DynamoLedger) -> None:
    """Anybody can make more of them, so the table forgets them after 30 days; others it keeps."""
    ledger.record(_mail(Status.REJECTED, account="", digest=""), now=NOW)
    ledger.record(_mail(), now=NOW)
    table = cloud.client("dynamodb").list_tables()["TableNames"]
    rows = [
        row
        for name in table
        for row in cloud.client("dynamodb").scan(TableName=name)["Items"]
        if row["pk"]["S"] == "mail" and row["received_at"]["N"].startswith("1700000000")
    ]
    expiring = {row["status"]["S"] for row in rows if "expires" in row}
    assert expiring == {"rejected"}


def test_one_address_gets_thirty_letters_an_hour(ledger: DynamoLedger) -> None:
    """The next is never written, and the mail is settled all the same (RFC 3834 s2)."""
    letter = Letter(to="ada@example.org", content=b"Subject: done\r\n\r\n")
    for number in range(31):
        entry, _ = ledger.record(_mail(number=number), now=NOW)
        leased = ledger.lease(now=NOW, seconds=60, only=entry.id)
        assert leased is not None
        done = ledger.settle(leased, Status.DELIVERED, now=NOW, reason="", letter=letter)
        assert done.status is Status.DELIVERED
    taken = [ledger.outbox.take(now=NOW, seconds=60) for _ in range(31)]
    assert [letter is not None for letter in taken] == [True] * 30 + [False]


def test_no_attribute_name_is_reserved() -> None:
    """DynamoDB refuses expressions with reserved words unless they are aliased (`#status`)."""
    import moto

    words = Path(moto.__file__).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    reserved = {word.strip().lower() for word in words.read_text().splitlines()}
    used = {
        "account", "attempts", "replays", "takeovers", "begun_at", "changed_at", "next_try_at",
        "queue", "due", "kept", "digest", "reason", "formats", "counts", "mail", "written",
        "expires", "content", "pk", "sk", "admitted",
    }  # fmt: skip
    assert "status" in reserved
    assert not used & reserved
