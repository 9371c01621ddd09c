"""The function that takes mails out of S3 and posts their notes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from arrivals import REGION, forget, keep, keys, run, tick
from functions import READER, Context, Ending, silence
from running import mail, notebook_html

from margins.aws import parser, parts
from margins.aws.taking import take
from margins.errors import Unavailable
from margins.local.events import s3_event
from margins.local.stack import Local
from margins.ports import Entry, Status


def test_a_mail_becomes_notes(stack: Local) -> None:
    """It is delivered, kept under its digest, and gone from where SES put it."""
    assert run(keep(stack, mail(notebook_html(3)), "one")) == []
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.account, entry.counts.created) == (Status.DELIVERED, "ada", 3)
    assert entry.envelope.forward_paths == ("import@localhost",)
    assert keys(stack, "incoming/") == []
    assert keys(stack, "mail/") == [f"mail/{entry.digest[:2]}/{entry.digest}"]


def test_the_same_event_again_changes_nothing(stack: Local) -> None:
    """S3 and SQS deliver at least once."""
    event = keep(stack, mail(notebook_html(3)), "one")
    assert run(event) == []
    assert run(event, event) == []
    assert len(stack.ledger.entries()) == 1


def test_the_same_event_a_hundred_times_at_once(stack: Local) -> None:
    """As many functions at one moment; those that cross are brought back. One set of notes."""
    event = keep(stack, mail(notebook_html(3)), "one")
    together = Barrier(100)

    def function(_: int) -> bool:
        together.wait()
        return any(run(event) == [] for _ in range(5))

    with ThreadPoolExecutor(100) as pool:
        assert all(pool.map(function, range(100)))
    tick()
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.replays, entry.counts.created) == (Status.DELIVERED, 0, 3)


def test_a_tick_that_is_faster_makes_no_replay(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its recording and its lease somebody else delivers the mail: it says 3 new, once."""

    def slow(*args: Any, **named: Any) -> Entry | None:
        entry = take(*args, **named)
        tick()
        return entry

    monkeypatch.setattr(parser, "take", slow)
    assert run(keep(stack, mail(notebook_html(3)), "one")) == []
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.replays, entry.counts.created) == (Status.DELIVERED, 0, 3)


def test_one_bad_mail_does_not_hold_up_the_others(stack: Local) -> None:
    """Only the message whose object cannot be read comes back."""
    good = keep(stack, mail(notebook_html(3)), "one")
    bad = s3_event("no-such-bucket", "incoming/x", size=1, region=REGION, now=0.0)
    bad["Records"][0]["s3"]["object"]["key"] = ""
    assert run(bad, good) == [0]
    assert stack.ledger.entries()[0].status is Status.DELIVERED


@pytest.mark.parametrize("dmarc", ["GRAY", "FAIL", "PROCESSING_FAILED", "DISABLED"])
def test_a_mail_nobody_proves_is_rejected(stack: Local, dmarc: str) -> None:
    """Without a DMARC PASS only a DKIM signature of one's own counts, and there is none."""
    run(keep(stack, mail(notebook_html(3)), "one", dmarc=dmarc))
    [entry] = stack.ledger.entries()
    assert entry.status is Status.REJECTED
    assert entry.digest == ""


@pytest.mark.parametrize("dmarc", ["PASS", "GRAY"])
def test_a_genuine_mail_to_somebody_else_is_rejected(stack: Local, dmarc: str) -> None:
    """Whoever has got one may hand it to SES for us: its signature passes, and DMARC with it."""
    content = mail(notebook_html(3)).replace(b"import@localhost", b"friend@elsewhere.example")
    run(keep(stack, content, "one", dmarc=dmarc, signed=True))
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.digest) == (Status.REJECTED, "")
    assert "wrote this to somebody else" in entry.reason


def test_a_signature_of_ones_own_is_enough(stack: Local) -> None:
    """Of a domain whose DMARC policy lets SES say GRAY whatever comes."""
    run(keep(stack, mail(notebook_html(3)), "one", dmarc="GRAY", signed=True))
    assert stack.ledger.entries()[0].status is Status.DELIVERED


def test_dmarc_alone_does_not_say_whom_a_mail_was_for(stack: Local) -> None:
    """A domain without DKIM passes by its hosts, which may be anybody's: it needs a secret."""
    run(keep(stack, mail(notebook_html(3)), "one", signed=False))
    assert stack.ledger.entries()[0].status is Status.REJECTED
    access = stack.senders.access
    secret = access.renew_secret("ada", "localhost", now=time.time())
    run(keep(stack, mail(notebook_html(2)), "two", to=secret, signed=False))
    assert stack.ledger.entries()[0].status is Status.DELIVERED


def test_a_silent_name_server_brings_the_mail_back(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom the mail was for cannot be looked up now: neither dropped nor let in."""
    monkeypatch.setenv("MARGINS_NAMESERVER", "127.0.0.1:1")
    parts.close_all()
    assert run(keep(stack, mail(notebook_html(3)), "one")) == [0]
    assert keys(stack, "incoming/") == ["incoming/one"]


@pytest.mark.parametrize(
    ("field", "address"),
    [("To", "import@localhost"), ("Cc", "import@localhost"), ("To", "import+books@localhost")],
)
def test_a_signed_mail_of_which_the_gate_passed_nothing_on(
    stack: Local, field: str, address: str
) -> None:
    """Its recipients are those of ours that it names, and the author has signed that it does."""
    content = mail(notebook_html(3)).replace(
        b"To: import@localhost", f"{field}: Me <{address.upper()}>".encode()
    )
    told = keep(stack, content, "one")
    forget(stack, "one")
    assert run(told) == []
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.envelope.forward_paths) == (
        Status.DELIVERED,
        (address,),
    )


def test_nothing_passed_on_and_nothing_signed(stack: Local) -> None:
    """What the message says of itself proves nothing."""
    told = keep(stack, mail(notebook_html(3)), "one", signed=False)
    forget(stack, "one")
    run(told)
    assert stack.ledger.entries()[0].status is Status.REJECTED


@pytest.mark.parametrize(("sender", "back"), [(READER, [0]), ("eve@example.net", [])])
def test_where_a_mail_went_that_nobody_knows(stack: Local, sender: str, back: list[int]) -> None:
    """A reader's is kept for whoever looks at the dead letters; a stranger's is rejected."""
    content = mail(notebook_html(3), sender=sender).replace(b"import@localhost", b"x@y.example")
    told = keep(stack, content, "one")
    forget(stack, "one")
    assert run(told) == back
    assert keys(stack, "incoming/") == (["incoming/one"] if back else [])


def test_the_header_proves_nothing(stack: Local) -> None:
    """A message may say of itself what SES would have said."""
    forged = b"Authentication-Results: amazonses.com; dmarc=pass header.from=example.org\r\n"
    run(keep(stack, forged + mail(notebook_html(3)), "one", dmarc="FAIL"))
    assert stack.ledger.entries()[0].status is Status.REJECTED


def test_a_stranger_the_gate_let_through_is_judged_again(stack: Local) -> None:
    """The parser does not take the gate's word."""
    content = mail(notebook_html(3), sender="eve@example.net")
    run(keep(stack, content, "one", sender="eve@example.net"))
    assert stack.ledger.entries()[0].status is Status.REJECTED


def test_an_outage_of_the_registry_brings_the_mail_back(stack: Local) -> None:
    """Neither dropped nor let in: the message stays in the queue, the mail where it is."""
    event = keep(stack, mail(notebook_html(3)), "one")
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["SendersTable"])
    assert run(event) == [0]
    assert keys(stack, "incoming/") == ["incoming/one"]
    assert stack.ledger.entries() == []


def test_what_cannot_be_delivered_in_time_waits_in_the_ledger(stack: Local) -> None:
    """The message is done with; the next tick of the schedule delivers the mail."""
    assert run(keep(stack, mail(notebook_html(3)), "one"), seconds=30) == []
    assert stack.ledger.entries()[0].status is Status.ACCEPTED
    tick()
    assert stack.ledger.entries()[0].status is Status.DELIVERED


def test_what_cannot_be_taken_in_time_comes_back(stack: Local) -> None:
    """Rather than to begin with it and be killed, with all that came with it."""
    assert run(keep(stack, mail(notebook_html(3)), "one"), seconds=10) == [0]
    assert keys(stack, "incoming/") == ["incoming/one"]


def _damaged_pdf(objects: int) -> bytes:
    """Its table of objects is not where it says, so that all of them are looked for."""
    listed = b"".join(b"%d 0 obj<</Type/X>>endobj\n" % n for n in range(3, objects))
    return (
        b"%PDF-1.7\n"
        + listed
        + b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        + b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )


def test_a_mail_that_takes_too_long_to_read_fails_alone(stack: Local) -> None:
    """Once, with a sentence, and the other mail of the batch is delivered."""
    bad = mail(_damaged_pdf(700_000), filename="notes.pdf", media_type="application/pdf")
    told = [keep(stack, bad, "bad"), keep(stack, mail(notebook_html(3)), "good")]
    assert run(*told, seconds=90) == []
    good, slow = stack.ledger.entries()
    assert (slow.status, good.status) == (Status.FAILED, Status.DELIVERED)
    assert "took more than" in slow.reason


def test_a_silent_notes_api_leaves_time_to_say_so(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail waits in the ledger, with the reason, before the function would be killed."""
    told = keep(stack, mail(notebook_html(3)), "one")
    with silence() as url:
        monkeypatch.setenv("MARGINS_API_URL", f"{url}/graphql")
        parts.open_parser.cache_clear()
        began = time.monotonic()
        parser.handler(told, Ending(began + 50))
        assert time.monotonic() - began < 45
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.takeovers) == (Status.DEFERRED, 0)


@pytest.mark.parametrize("count", [1, 5])
def test_a_silent_table_leaves_time_to_say_so(
    stack: Local, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """However many mails there are: all of them come back."""
    told = [keep(stack, mail(notebook_html(n + 1)), str(n)) for n in range(count)]
    with silence() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        parts.close_all()
        began = time.monotonic()
        assert run(*told, context=Ending(began + 30)) == list(range(count))
        assert time.monotonic() - began < 28


def test_events_without_a_queue(stack: Local) -> None:
    """A direct S3 event works as well; when it cannot be handled, Lambda is told to try again."""
    parser.handler(keep(stack, mail(notebook_html(3)), "one"), Context())
    assert stack.ledger.entries()[0].status is Status.DELIVERED
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["LedgerTable"])
    with pytest.raises(Unavailable):
        parser.handler(keep(stack, mail(notebook_html(2)), "two"), Context())
