"""Checks of SES and of the way to it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from margins.doctor import Finding, Level, receiving
from margins.doctor.deployment import Deployment
from margins.local.stack import Local
from margins.testing.resolver import FakeResolver

INBOUND = "inbound-smtp.eu-west-1.amazonaws.com"


def _levels(found: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in found]


def test_regions() -> None:
    """Most regions receive no mail; those that do are named."""
    assert _levels(receiving.region(Deployment("eu-west-1", "local"))) == [Level.OK]
    [finding] = receiving.region(Deployment("eu-north-1", "local"))
    assert finding.level is Level.FAILED
    assert "eu-west-1" in finding.remedy


def test_the_account_and_the_clock(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's own answer says what time it is there."""
    [finding] = receiving.account(deployment)
    assert (finding.level, finding.what) == (Level.OK, "Signed in to account 123456789012.")
    theirs = deployment.identity[1]
    for off, level in ((60, Level.WARNING), (-300, Level.FAILED)):
        monkeypatch.setattr(receiving.time, "time", lambda off=off: theirs + off)
        assert _levels(receiving.account(deployment)) == [Level.OK, level]


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ([f"10 {INBOUND}"], Level.OK),
        ([f"20 {INBOUND.upper()}", "10 mx.elsewhere.example"], Level.WARNING),
        (["10 mx.elsewhere.example"], Level.FAILED),
        ([], Level.FAILED),
    ],
)
def test_the_mx_record(deployment: Deployment, records: list[str], level: Level) -> None:
    """It leads to the region's own name, and the record to publish is in the remedy."""
    resolver = FakeResolver({"notes.example": [("MX", record) for record in records]})
    [finding] = receiving.mx(deployment, resolver)
    assert finding.level is level
    assert level is Level.OK or f"MX 10 {INBOUND}" in finding.remedy


def test_the_rule_set(deployment: Deployment, local: Local) -> None:
    """Ours and active, with a rule for the recipient; another one is named."""
    assert _levels(receiving.rule_set(deployment)) == [Level.OK]
    other = {**deployment.outputs, "Recipient": "else@notes.example"}
    [finding] = receiving.rule_set(Deployment("eu-west-1", "local", outputs=other))
    assert finding.what == "No rule of it is for the recipient."
    ses = local.cloud.client("ses")
    ses.create_receipt_rule_set(RuleSetName="theirs")
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    [finding] = receiving.rule_set(deployment)
    assert finding.level is Level.FAILED
    assert "theirs" in finding.what


def test_an_identity(deployment: Deployment) -> None:
    """Verified, with DKIM; an unknown one fails."""
    assert _levels(receiving.identity(deployment)) == [Level.OK, Level.OK]
    other = Deployment("eu-west-1", "local", outputs={"Recipient": "a@unknown.example"})
    [finding] = receiving.identity(other)
    assert finding.level is Level.FAILED


def test_the_sandbox(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred mails a day are its mark; receiving works in it, hence a warning."""
    assert _levels(receiving.quota(deployment)) == [Level.WARNING]
    for most, sent, level in ((50_000, 10, Level.OK), (50_000, 49_000, Level.WARNING)):
        said = f"<Max24HourSend>{most}</Max24HourSend><SentLast24Hours>{sent}</SentLast24Hours>"
        monkeypatch.setattr(deployment, "query", lambda *_, said=said: said)
        assert _levels(receiving.quota(deployment)) == [level]
