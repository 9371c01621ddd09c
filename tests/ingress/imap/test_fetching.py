"""Mail is fetched from a real Dovecot, judged, and filed there."""

from __future__ import annotations

import pytest
from counter import Counter
from dovecot import dovecot
from reader import ADA, TO, signed
from signing import mail, rsa_key, sign

from margins.agent.receive import Receipt
from margins.errors import Unavailable
from margins.ingress.imap.session import REFUSED, TAKEN
from margins.mail import MailObject, Outcome
from margins.mail.reply import Filing

pytestmark = pytest.mark.slow


def test_a_signed_mail_is_taken_and_marked(counter: Counter) -> None:
    """It is accepted as it is, stays, does not become \\Seen, and is not fetched again."""
    content = signed()
    counter.mailbox.put(content)
    assert counter.look().outcomes == [Outcome.ACCEPTED]
    [entry] = counter.ledger.entries()
    assert counter.store.get(entry.digest) == content
    assert (entry.envelope.ingress, entry.envelope.forward_paths) == ("imap", (TO,))
    assert counter.mailbox.flags() == [{TAKEN}]
    counter.restart()
    assert counter.look().outcomes == []


def test_taken_mail_is_moved_where_a_folder_is_named(counter: Counter) -> None:
    """With its flags; the name of the folder may be of any language."""
    counter.mailbox.create('"Gelesen &AOQ-"')
    counter.mailbox.put(signed(), flags="\\Flagged")
    assert counter.look(done="Gelesen ä").outcomes == [Outcome.ACCEPTED]
    assert counter.mailbox.flags() == []
    assert counter.mailbox.flags('"Gelesen &AOQ-"') == [{"\\Flagged"}]


def test_mail_that_is_refused_stays_with_a_mark(counter: Counter) -> None:
    """Forged, of a stranger, broken or too large: judged once, and never deleted."""
    counter.mailbox.create("Done")
    forged = sign(mail(ADA, to=TO), rsa_key("mallory"), "attack.example")
    stranger = sign(mail("eve@attack.example", to=TO), rsa_key("mallory"), "attack.example")
    broken = f"To: {TO}\r\nSubject: nobody wrote this\r\n\r\n".encode()
    counter.mailbox.put(forged, stranger, broken, signed("x" * 200_000))
    assert counter.look(done="Done").outcomes == [
        Outcome.UNAUTHENTICATED,
        Outcome.UNKNOWN_SENDER,
        Outcome.MALFORMED,
        Outcome.TOO_LARGE,
    ]
    assert counter.mailbox.flags() == [{REFUSED}] * 4
    counter.restart()
    assert counter.look(done="Done").outcomes == []
    assert counter.ledger.outbox.take(now=2e9, seconds=1) is None


def test_a_refused_mail_whose_mark_is_taken_away_is_judged_again(counter: Counter) -> None:
    """Also while the process runs, once it has seen that the mark was there."""
    counter.mailbox.put(mail(ADA, to=TO))
    assert counter.look().outcomes == [Outcome.UNAUTHENTICATED]
    assert counter.look().outcomes == []
    with counter.mailbox.opened() as client:
        client.uid("STORE", "1:*", "-FLAGS", f"({REFUSED})")
    assert counter.look().outcomes == [Outcome.UNAUTHENTICATED]


def test_mail_for_others_leaves_no_trace(counter: Counter) -> None:
    """Nothing of private mail in the same folder is fetched or written down."""
    counter.mailbox.put(signed(to="friend@else.example"), b"Subject: no recipient\r\n\r\n")
    outcomes = counter.look(hand_over=lambda _: pytest.fail("it was fetched")).outcomes
    assert outcomes == [Outcome.UNKNOWN_RECIPIENT] * 2
    assert counter.rows() == []
    assert counter.mailbox.flags() == [{REFUSED}] * 2


def test_a_mail_to_somebody_else_is_not_ours_by_what_a_stranger_adds(counter: Counter) -> None:
    """A genuine mail to another is refused, whatever Delivered-To its forwarder writes."""
    counter.mailbox.put(signed(to="friend@else.example", extra=(f"Delivered-To: {TO}",)))
    assert counter.look().outcomes == [Outcome.UNAUTHENTICATED]


def test_a_secret_address_is_read_where_the_provider_wrote_it(counter: Counter) -> None:
    """The topmost field of delivery decides, and each copy belongs to one account."""
    secret, other = (f"u-{letter * 32}@in.example" for letter in "ab")
    delivered = (f"X-Original-To: {secret}", f"X-Original-To: {other}")
    counter.mailbox.put(signed(to=f"{TO}, {other}", extra=delivered))
    handed: list[MailObject] = []

    def hand_over(content: MailObject) -> Receipt:
        handed.append(content)
        return Receipt(outcome=Outcome.ACCEPTED, reason="")

    counter.look(hand_over)
    assert [each.envelope.forward_paths for each in handed] == [(secret, TO)]


def test_what_is_down_leaves_mail_untouched_until_it_is_up(counter: Counter) -> None:
    """Nothing is marked; it is not fetched before its time, and then taken."""
    counter.mailbox.put(signed())
    counter.ledger.failing = Unavailable("It is down.")
    assert counter.look().outcomes == [Outcome.UNAVAILABLE]
    assert counter.mailbox.flags() == [set()]
    counter.ledger.failing = None
    assert counter.look().outcomes == []
    counter.now += 3
    assert counter.look().outcomes == [Outcome.ACCEPTED]
    assert counter.mailbox.flags() == [{TAKEN}]


def test_an_outage_is_not_tried_on_every_mail(counter: Counter) -> None:
    """A look ends after some have failed, and the next takes up the others."""
    counter.mailbox.put(*(signed(f"{n}\n") for n in range(7)))
    counter.ledger.failing = Unavailable("It is down.")
    tally = counter.look()
    assert (tally.count(Filing.LEFT), tally.unfinished) == (5, True)
    assert str(tally) == "5 left for later"
    assert counter.look().count(Filing.LEFT) == 2


def test_a_crash_before_the_mark_makes_a_duplicate(counter: Counter) -> None:
    """The mail was durable: it is fetched again, known, filed, and there once."""
    counter.mailbox.create("Done")
    counter.mailbox.put(signed())

    def killed(_: object, uid: int) -> None:
        raise KeyboardInterrupt(uid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("margins.ingress.imap.session.Session._move", killed)
        with pytest.raises(KeyboardInterrupt):
            counter.look(done="Done")
    assert counter.rows() == [("accepted", ADA)]
    assert len(counter.mailbox.flags()) == 1
    counter.restart()
    assert counter.look(done="Done").outcomes == [Outcome.DUPLICATE]
    assert counter.rows() == [("accepted", ADA)]
    assert (len(counter.mailbox.flags()), len(counter.mailbox.flags("Done"))) == (0, 1)


@pytest.mark.parametrize("capability", ["IMAP4rev1 UIDPLUS", "IMAP4rev1"])
def test_a_server_that_cannot_move(capability: str) -> None:
    """Mail is copied and its original deleted; what others have deleted is left as it is."""
    with dovecot(capability=capability) as running:
        counter = Counter(mailbox=running.mailbox())
        counter.mailbox.create("Done")
        counter.mailbox.put(b"Subject: another program's\r\n\r\n", flags="\\Deleted")
        counter.mailbox.put(signed())
        assert counter.look(done="Done").outcomes == [Outcome.ACCEPTED]
        assert len(counter.mailbox.flags("Done")) == 1
        left = [{"\\Deleted"}] if "UIDPLUS" in capability else [{"\\Deleted"}] * 2
        assert counter.mailbox.flags() == left
        counter.restart()
        assert counter.look(done="Done").outcomes == []
