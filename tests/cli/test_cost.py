"""`margins cost`: the bill."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from margins.aws.cost import Usage, bill
from margins.cli.cost import size_of
from margins.errors import InputError

PRICES = tomllib.loads(files("margins.aws").joinpath("prices.toml").read_text("utf-8"))


def _total(**usage: int) -> float:
    known = {"mails": 1_000_000, "size": 75_000}
    return sum(line.dollars for line in bill(Usage(**known | usage), PRICES))


def test_receiving_dominates() -> None:
    """A million mails of 75 KB cost 100 dollars at SES, which is most of the bill."""
    lines = {line.item: line.dollars for line in bill(Usage(mails=1_000_000, size=75_000), PRICES)}
    assert lines["SES inbound"] == pytest.approx(100)
    assert lines["SES inbound"] > sum(lines.values()) / 2
    assert max(lines, key=lambda item: lines[item]) == "SES inbound"


def test_only_complete_chunks_count() -> None:
    """A mail of 300 KiB has one."""
    line = bill(Usage(mails=1000, size=300 * 1024), PRICES)[1]
    assert (line.item, line.dollars) == ("SES chunks", pytest.approx(0.09))


def test_a_month_without_mail_costs_what_stands_by() -> None:
    """The key, polling and the schedule; no more than two dollars."""
    assert 1 < _total(mails=0) < 2


def test_letters_cost_what_mails_cost() -> None:
    """A million are 100 dollars at SES; without any there is no such line."""
    lines = {
        line.item: line.dollars for line in bill(Usage(mails=1, size=1, letters=10**6), PRICES)
    }
    assert lines["SES outbound"] == pytest.approx(100)
    assert 10 < lines["DynamoDB"] < 25
    assert "SES outbound" not in {line.item for line in bill(Usage(mails=1, size=1), PRICES)}


def test_the_bill_grows_with_the_mails() -> None:
    """Ten times the mails, ten times what mails cost."""
    idle = _total(mails=0)
    assert _total(mails=1000) - idle == pytest.approx((_total(mails=10_000) - idle) / 10)


@pytest.mark.parametrize(
    ("text", "size"), [("75KB", 75_000), ("2 mb", 2_000_000), ("10", 10), ("7B", 7)]
)
def test_sizes(text: str, size: int) -> None:
    """In bytes, KB or MB."""
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "KB", "-1KB", "1GB", "1.5MB"])
def test_what_is_no_size(text: str) -> None:
    """Says how to write one."""
    with pytest.raises(InputError, match="75KB"):
        size_of(text)
