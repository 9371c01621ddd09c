"""Amazon SES receiving mail, played."""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes

import pytest

pytest.importorskip("awslambdaric")

from margins.local.rules import Action, Rule, disposition_of
from margins.local.ses import Ses
from margins.local.settings import Outcome

MAIL = b"From: a@example.org\r\nTo: import@notes.example\r\nSubject: x\r\n\r\nbody\r\n"
KEEP = Action(bucket="mail", prefix="incoming/")


class Asked:
    """A function that gives an answer of one's choice and counts how often it is asked."""

    def __init__(
        self, *answers: bytes, failed: bool = False, seconds: float = 0.0, broken_for: str = ""
    ) -> None:
        self._broken_for = broken_for
        self.settings = type("Settings", (), {"arn": "arn:aws:lambda:::function:gate"})
        self._answers = list(answers)
        self._failed, self._seconds = failed, seconds
        self.events: list[dict] = []

    def invoke_later(self, event: dict) -> None:
        self.events.append(event)

    def invoke(self, event: dict) -> Outcome:
        self.events.append(event)
        if self._broken_for and self._broken_for in str(event):
            raise RuntimeError("broken")
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


def _send(
    ses: Ses, to: str = "import@notes.example", content: bytes = MAIL, *, wait: bool = True
) -> None:
    with smtplib.SMTP("127.0.0.1", ses.port, timeout=20) as client:
        client.sendmail("a@example.org", [to], content)
    deadline = time.monotonic() + 20
    while wait and not ses.idle and time.monotonic() < deadline:
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


_SAID = [
    ("PASS", "pass"), ("FAIL", "fail"), ("GRAY", "none"), ("PROCESSING_FAILED", "temperror"),
    ("DISABLED", "none"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["spf", "dkim", "dmarc", "spam", "virus"])
@pytest.mark.parametrize(("verdict", "word"), _SAID)
def test_verdicts_on_top(make: Make, kept: Kept, name: str, verdict: str, word: str) -> None:
    """Each is told where SES tells it, in the words of RFC 7208 and RFC 8601, and no other."""
    ses = make((KEEP,))
    ses.verdicts = {**ses.verdicts, name: verdict}
    _send(ses)
    [content] = kept.values()
    header = message_from_bytes(content)
    said = {
        "spam": header["X-SES-Spam-Verdict"],
        "virus": header["X-SES-Virus-Verdict"],
        "Received-SPF": header["Received-SPF"].split()[0],
    } | dict(re.findall(r"(spf|dkim|dmarc)=(\w+)", header["Authentication-Results"]))
    usual = dict.fromkeys(("spf", "dkim", "dmarc", "Received-SPF"), "pass")
    usual |= {"spam": "PASS", "virus": "PASS"}
    changed = {name: verdict} if name in {"spam", "virus"} else {name: word}
    changed |= {"Received-SPF": word} if name == "spf" else {}
    assert header["Authentication-Results"].startswith("amazonses.com; spf=")
    assert said == usual | changed


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
        ("import@notes.example", "import+Label@notes.example", True),
        ("import+label@notes.example", "import+label@notes.example", True),
        ("import+label@notes.example", "import@notes.example", False),
        ("import+label@notes.example", "import+other@notes.example", False),
        ("import@notes.example", "other@notes.example", False),
    ],
)
def test_recipients(make: Make, pattern: str, address: str, taken: bool) -> None:
    """An address and its labels, a domain, its sub-domains; anybody else is refused in the
    conversation.
    """
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


def test_the_end_of_the_rules(make: Make, kept: Kept) -> None:
    """A stop action: nothing after it, in no rule."""
    _send(make((KEEP, Action(stops=True), Action(bucket="mail", prefix="b/")), (KEEP,)))
    assert len(kept) == 1


def test_a_mail_that_fails_holds_up_no_other(make: Make, kept: Kept) -> None:
    """More of them than SES has in hand at a time wait for their next try, and give way."""
    gate = Asked(b"null", broken_for="broken@notes.example")
    ses = make((Action(function=gate, synchronous=True), KEEP))
    for _ in range(12):
        _send(ses, "broken@notes.example", wait=False)
    began = time.monotonic()
    _send(ses, wait=False)
    while not kept:
        assert time.monotonic() - began < 5
        time.sleep(0.01)
    assert not ses.idle
    assert b"for import@notes.example" in next(iter(kept.values()))


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
    assert disposition_of(replace(slow, lifted=True)) == "CONTINUE"  # somebody debugs


def test_the_event_has_no_body(make: Make) -> None:
    """Envelope, header fields and verdicts; an event that is not synchronous says so."""
    gate, other = Asked(b"null"), Asked(b"null")
    ses = make((Action(function=gate, synchronous=True), Action(function=other)))
    ses.verdicts["dmarc"] = "FAIL"
    _send(ses)
    [event], [asynchronous] = gate.events, other.events
    for one, kind in ((event, "RequestResponse"), (asynchronous, "Event")):
        assert one["Records"][0]["ses"]["receipt"]["action"] == {
            "type": "Lambda",
            "functionArn": "arn:aws:lambda:::function:gate",
            "invocationType": kind,
        }
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
