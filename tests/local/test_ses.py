"""Amazon SES receiving mail, played."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("awslambdaric")

from margins.local.events import VERDICTS
from margins.local.rules import Action, Rule, disposition_of
from margins.local.ses import Ses
from margins.local.settings import Outcome

MAIL = b"From: a@example.org\r\nTo: import@notes.example\r\nSubject: x\r\n\r\nbody\r\n"
KEEP = Action(bucket="mail", prefix="incoming/")


class Asked:
    """A function that gives an answer of one's choice and counts how often it is asked."""

    def __init__(self, *answers: bytes, failed: bool = False, seconds: float = 0.0) -> None:
        self.settings = type("Settings", (), {"arn": "arn:aws:lambda:::function:gate"})
        self._answers = list(answers)
        self._failed, self._seconds = failed, seconds
        self.events: list[dict] = []

    def invoke(self, event: dict) -> Outcome:
        self.events.append(event)
        more = len(self._answers) > 1
        answer = self._answers.pop(0) if more else self._answers[0]
        failed = self._failed and more
        return Outcome(answer=answer, failed=failed, duration=self._seconds, init=0.0, memory=1.0)


Kept = dict[str, bytes]
Make = Callable[..., Ses]


@pytest.fixture
def kept() -> Kept:
    """The objects that were written."""
    return {}


@pytest.fixture
def make(kept: Kept) -> Iterator[Make]:
    """Starts SES with rules, each a tuple of actions."""
    running: list[Ses] = []

    def ses(*rules: tuple[Action, ...], recipients: tuple[str, ...] = ("notes.example",)) -> Ses:
        made = [
            Rule(name=f"rule-{n}", recipients=recipients, actions=actions)
            for n, actions in enumerate(rules)
        ]
        running.append(
            Ses(made, lambda _, key, content: kept.update({key: content}), region="eu-west-1")
        )
        running[-1].start()
        kept.clear()
        return running[-1]

    yield ses
    for each in running:
        each.close()


def _send(ses: Ses, to: str = "import@notes.example", content: bytes = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", ses.port, timeout=20) as client:
        client.sendmail("a@example.org", [to], content)
    deadline = time.monotonic() + 20
    while not ses.idle and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_mail_is_kept_under_its_id(make: Make, kept: Kept) -> None:
    """The prefix and 40 letters, with what SES writes on top of the message, and the message."""
    ses = make((KEEP,))
    _send(ses)
    [(key, content)] = kept.items()
    id_ = key.removeprefix("incoming/")
    assert len(id_) == 40
    assert content.endswith(MAIL)
    top = content.removesuffix(MAIL).decode()
    assert top.startswith("Return-Path: <a@example.org>\r\nReceived: from ")
    assert f"id {id_} for import@notes.example" in top
    assert "X-SES-Virus-Verdict: PASS\r\n" in top


def test_the_object_of_the_set_up_is_written(kept: Kept) -> None:
    """As when a rule is first saved: it triggers the notification like any mail."""
    rule = Rule(name="keep", recipients=(), actions=(KEEP,))
    ses = Ses([rule], lambda _, key, content: kept.update({key: content}), region="eu-west-1")
    ses.start()
    ses.close()
    assert list(kept) == ["incoming/AMAZON_SES_SETUP_NOTIFICATION"]


@pytest.mark.parametrize(
    ("pattern", "address", "taken"),
    [
        ("notes.example", "Any.One@Notes.Example", True),
        ("notes.example", "a@sub.notes.example", False),
        (".notes.example", "a@sub.notes.example", True),
        ("import@notes.example", "import@notes.example", True),
        ("import@notes.example", "other@notes.example", False),
    ],
)
def test_recipients(make: Make, pattern: str, address: str, taken: bool) -> None:
    """An address, a domain, its sub-domains; anybody else is refused in the conversation."""
    ses = make((KEEP,), recipients=(pattern,))
    if taken:
        _send(ses, address)
    else:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            _send(ses, address)


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        (b'{"disposition": "CONTINUE"}', 2),
        (b'{"disposition": "STOP_RULE"}', 1),
        (b'{"disposition": "STOP_RULE_SET"}', 0),
        (b'{"disposition": "STOP"}', 2),
        (b"null", 2),
        (b'"STOP_RULE_SET"', 2),
    ],
)
def test_dispositions(make: Make, kept: Kept, answer: bytes, keys: int) -> None:
    """What SES does not know is CONTINUE; STOP_RULE ends one rule, STOP_RULE_SET all of them."""
    asking = Action(function=Asked(answer), synchronous=True)
    other = Action(bucket="mail", prefix="second/")
    _send(make((asking, KEEP), (other,)))
    assert len(kept) == keys


def test_an_error_is_tried_again(make: Make, kept: Kept) -> None:
    """The mail is neither dropped nor let through while the function fails."""
    gate = Asked(b'{"errorType": "E"}', b'{"disposition": "STOP_RULE_SET"}', failed=True)
    _send(make((Action(function=gate, synchronous=True), KEEP)))
    assert len(gate.events) == 2
    assert not kept


def test_an_answer_after_thirty_seconds_is_none() -> None:
    """SES waits no longer for a synchronous function."""
    slow = Outcome(answer=b"{}", failed=False, duration=29, init=2, memory=1)
    with pytest.raises(RuntimeError, match="30 seconds"):
        disposition_of(slow)


def test_the_event_has_no_body(make: Make) -> None:
    """Envelope, header fields and verdicts; an event that is not synchronous says so."""
    gate = Asked(b"null")
    ses = make((Action(function=gate, synchronous=True),))
    ses.verdicts["dmarc"] = "FAIL"
    _send(ses)
    [event] = gate.events
    told = event["Records"][0]["ses"]
    assert told["mail"]["source"] == "a@example.org"
    assert told["mail"]["commonHeaders"]["subject"] == "x"
    assert told["receipt"]["recipients"] == ["import@notes.example"]
    assert told["receipt"]["dmarcVerdict"] == {"status": "FAIL"}
    assert "body" not in str(event)


def test_a_mail_that_is_too_large(make: Make) -> None:
    """SES takes 40 MB with the header, and says so in the conversation."""
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        _send(make((KEEP,)), content=MAIL + b"x" * 50 * 1024 * 1024)
    assert refused.value.smtp_code == 552


def test_long_headers_are_cut_off() -> None:
    """The event has ten kilobytes of them, and says that there are more."""
    from margins.local.events import ses_event

    content = b"X-Long: " + b"y" * 900 + b"\r\n"
    event = ses_event(
        content * 12 + MAIL, id_="i", source="a@b.example", recipients=["c@d.example"], now=0.0,
        verdicts=VERDICTS,
    )  # fmt: skip
    mail = event["Records"][0]["ses"]["mail"]
    assert mail["headersTruncated"]
    assert len(mail["headers"]) == 11
