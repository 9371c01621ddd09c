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


@pytest.mark.parametrize("outcome", Outcome)
def test_who_is_told_250_is_told_the_mail(outcome: Outcome) -> None:
    """Nobody else is, and a reply to what has no row names none."""
    reply, mail = TABLE[outcome], "01KB9Z5X3W8Q4J6T2V7R0N1M5C"
    assert reply.names == (reply.code == 250 and outcome is not Outcome.CONFIRMED)
    assert reply.smtp(mail).endswith(f" as {mail}") == reply.names
    assert reply.smtp().endswith(f" {reply.text}")
    assert len(reply.smtp(mail)) <= 510


def test_the_peer_never_hears_which_check_failed() -> None:
    """A stranger learns nothing about accounts or authentication."""
    for outcome in (Outcome.UNKNOWN_SENDER, Outcome.UNAUTHENTICATED):
        assert not re.search("SPF|DKIM|DMARC|account|disabled", TABLE[outcome].text, re.IGNORECASE)
