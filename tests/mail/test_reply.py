"""The one outcome table."""

from __future__ import annotations

import re

import pytest

from margins.mail.reply import TABLE, Disposition, Outcome


def test_every_outcome_has_a_reply() -> None:
    """No way in can meet an outcome it has no words for."""
    assert set(TABLE) == set(Outcome)


@pytest.mark.parametrize("outcome", Outcome)
def test_dialects_agree(outcome: Outcome) -> None:
    """SMTP, enhanced status, HTTP, SES and exit status all mean success, refusal or "later"."""
    reply = TABLE[outcome]
    kind = reply.code // 100
    assert reply.enhanced.startswith(f"{kind}.")
    assert {2: {2}, 4: {5}, 5: {4}}[kind] == {reply.http // 100}
    assert (reply.exit == 0) == (kind == 2)
    assert (reply.exit == 75) == (kind == 4)
    if kind == 4:
        assert reply.ses is Disposition.CONTINUE  # kept, and decided later
    if kind == 5:
        assert reply.ses is Disposition.STOP_RULE_SET


@pytest.mark.parametrize("outcome", Outcome)
def test_smtp_line(outcome: Outcome) -> None:
    """One line of ASCII that fits the protocol (RFC 5321 s4.5.3.1.5)."""
    line = TABLE[outcome].smtp()
    assert re.fullmatch(r"[245]\d\d [245]\.\d\.\d{1,2} [ -~]+", line)
    assert len(line) <= 510


def test_the_peer_never_hears_which_check_failed() -> None:
    """A stranger learns nothing about accounts or authentication."""
    for outcome in (Outcome.UNKNOWN_SENDER, Outcome.UNAUTHENTICATED):
        assert not re.search("SPF|DKIM|DMARC|account|disabled", TABLE[outcome].text, re.IGNORECASE)
