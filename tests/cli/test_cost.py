"""`margins cost`: the bill."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from margins.aws.cost import ALARMS, Usage, bill
from margins.cli import main
from margins.cli.cost import LEFT_OUT, size_of
from margins.errors import InputError

ROOT = Path(__file__).parents[2]
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
    """A dashboard, alarms, the key, polling and the schedule; less than six dollars."""
    assert 4 < _total(mails=0) < 6


def test_a_cold_start_is_billed() -> None:
    """With its INIT, since August 2025; where none is, the lines cost nothing."""
    known = Usage(mails=1_000_000, size=1, cold=0.02, gate_cold_ms=500.0, gate_mb=1024)
    found = {line.item: line.dollars for line in bill(known, PRICES)}
    assert found["Lambda gate INIT"] == pytest.approx(20_000 * 0.5 * 0.0000133334)
    assert found["Lambda parser INIT"] > found["Lambda gate INIT"]
    warm = {line.item: line.dollars for line in bill(replace(known, cold=0.0), PRICES)}
    assert warm["Lambda gate INIT"] == warm["Lambda parser INIT"] == 0


def test_every_alarm_and_every_metric_of_the_template() -> None:
    """But for the one of the notes API, which is not in this bill."""
    template = (ROOT / "deploy" / "aws" / "template.yaml").read_text()
    declared = re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm", template, re.MULTILINE)
    assert len(set(declared) - {"ApiErrorsAlarm"}) == ALARMS
    assert template.count("Type: AWS::CloudWatch::Dashboard") == 1


def test_the_functions_have_the_memory_of_the_template() -> None:
    """Durations are billed by it."""
    template = (ROOT / "deploy" / "aws" / "template.yaml").read_text()
    usage = Usage(mails=1, size=1)
    for name, memory in (("Gate", usage.gate_mb), ("Parser", usage.parser_mb)):
        declared = template.partition(f"  {name}Function:")[2]
        assert re.search(r"MemorySize: (\d+)", declared)[1] == str(memory)  # type: ignore[index]


def test_what_is_left_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """After the total; a duration of one's own takes the place of ours."""
    assert main(["cost", "--mails", "1000000", "--parser-ms", "100", "--cold-percent", "5"]) == 0
    said = capsys.readouterr().out
    assert said.endswith(f"{LEFT_OUT}\n")
    assert "100 ms at 1024 MB" in said
    assert "50000 cold starts" in said


def test_letters_cost_what_mails_cost() -> None:
    """A million are 100 dollars at SES; without any there is no such line."""
    lines = {
        line.item: line.dollars for line in bill(Usage(mails=1, size=1, letters=10**6), PRICES)
    }
    assert lines["SES outbound"] == pytest.approx(100)
    assert 10 < lines["DynamoDB"] < 25
    assert "SES outbound" not in {line.item for line in bill(Usage(mails=1, size=1), PRICES)}


def test_the_bill_grows_with_the_mails() -> None:
    """Ten times the mails, ten times what mails cost; a metric is paid for once."""
    first = _total(mails=1000)
    more = _total(mails=2000) - first
    assert _total(mails=11_000) - first == pytest.approx(10 * more)
    assert _total(mails=100) - _total(mails=0) > 100 / 1000 * more


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
