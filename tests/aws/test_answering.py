"""Who may write on AWS, and what readers hear: held, blocked, by a secret address, by a code."""

from __future__ import annotations

import logging
import time

import pytest
from arrivals import forget, keep, letters, run, tick
from functions import READER
from running import mail, notebook_html

from margins.gate import Policy
from margins.local.stack import Local
from margins.mail.address import Address
from margins.ports import Status

STRANGER = "eve@example.net"
EVE = Address("eve", "example.net")


def _secret(stack: Local, policy: Policy) -> str:
    """A secret address of ada's, and what her account asks from now on."""
    access = stack.senders.access
    secret = access.renew_secret("ada", "localhost", now=time.time())
    access.set_policy("ada", policy)
    return secret


def _from_stranger(to: str = "import@localhost") -> bytes:
    return mail(notebook_html(3), sender=STRANGER).replace(b"import@localhost", to.encode())


def test_a_reader_gets_a_receipt(answering: Local) -> None:
    """Right after the import, from the address written to, and as an automatic answer."""
    run(keep(answering, mail(notebook_html(3)), "one"))
    [(to, content)] = letters(answering)
    assert to == READER
    assert "From: Margins <import@localhost>" in content
    assert "Auto-Submitted: auto-replied" in content
    assert "A Book of Tides (3)" in content
    tick()
    assert len(letters(answering)) == 1


def test_a_letter_that_could_not_go_out_waits(
    answering: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SES is away: the mail is done with all the same, and a later tick sends its letter."""
    with monkeypatch.context() as away:
        away.setattr("margins.mailer.ses._PATH", "/nowhere")
        assert run(keep(answering, mail(notebook_html(3)), "one")) == []
    assert answering.ledger.entries()[0].status is Status.DELIVERED
    assert letters(answering) == []
    time.sleep(2.1)  # the first wait of a letter
    tick()
    assert [to for to, _ in letters(answering)] == [READER]


def test_a_letter_ses_refuses_is_given_up(
    answering: Local, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason in the log; nobody's mail comes back because of it."""
    answering.cloud.client("sesv2").delete_email_identity(EmailIdentity="localhost")
    with caplog.at_level(logging.INFO, logger="margins.agent"):
        assert run(keep(answering, mail(notebook_html(3)), "one")) == []
    assert "Verify the import address's domain in SES" in caplog.text
    assert answering.ledger.outbox.take(now=time.time() + 1e6, seconds=1) is None


def test_without_an_identity_nobody_is_answered(stack: Local) -> None:
    """No letter is even written."""
    run(keep(stack, mail(notebook_html(3)), "one"))
    assert stack.ledger.outbox.take(now=time.time() + 1e6, seconds=1) is None


def test_a_stranger_is_held_until_somebody_decides(answering: Local) -> None:
    """Approved, his mail is delivered with the next tick, and he is answered."""
    assert run(keep(answering, _from_stranger(), "one", sender=STRANGER)) == []
    [held] = answering.ledger.entries()
    assert held.status is Status.HELD
    tick()
    assert letters(answering) == []
    answering.ledger.decide(
        held.id, Status.ACCEPTED, account="ada", now=time.time(), reason="Approved by hand."
    )
    tick()
    [done] = answering.ledger.entries()
    assert (done.status, done.account, done.counts.created) == (Status.DELIVERED, "ada", 3)
    assert done.admitted == "Approved by hand."
    assert [to for to, _ in letters(answering)] == [STRANGER]


def test_who_is_blocked_is_not_even_held(answering: Local) -> None:
    """Nothing of the mail is kept."""
    answering.senders.access.block("@example.net", now=time.time())
    run(keep(answering, _from_stranger(), "one", sender=STRANGER))
    [entry] = answering.ledger.entries()
    assert (entry.status, entry.digest) == (Status.REJECTED, "")
    assert "blocked" in entry.reason


def test_a_paused_account_holds_its_mail(stack: Local) -> None:
    """Neither gate nor parser lets it in or turns it away."""
    stack.senders.pause("ada", True)
    run(keep(stack, mail(notebook_html(3)), "one"))
    assert stack.ledger.entries()[0].status is Status.HELD


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (Policy.SECRET, Status.DELIVERED),
        (Policy.SECRET_PROVIDER, Status.REJECTED),
        (Policy.AUTHENTICATED_SECRET, Status.REJECTED),
        (Policy.AUTHENTICATED, Status.REJECTED),
    ],
)
def test_what_a_secret_address_opens(stack: Local, policy: Policy, status: Status) -> None:
    """To a stranger nothing, unless the owner said that it is enough; it is never written down."""
    secret = _secret(stack, policy)
    run(keep(stack, _from_stranger(secret), "one", sender=STRANGER, to=secret))
    [entry] = stack.ledger.entries()
    assert entry.status is status
    assert entry.envelope.forward_paths == ("u-***@localhost",)


@pytest.mark.parametrize(
    ("dmarc", "status"), [("PASS", Status.DELIVERED), ("GRAY", Status.REJECTED)]
)
def test_a_reading_app_writes_to_a_secret_address(
    answering: Local, dmarc: str, status: Status
) -> None:
    """Its robot is enough where it is proven; the owner is told, and the robot never answered."""
    secret = _secret(answering, Policy.SECRET_PROVIDER)
    content = mail(notebook_html(3), sender="no-reply@amazon.com")
    told = keep(answering, content, "one", sender="bounces@amazon.com", to=secret, dmarc=dmarc)
    run(told)
    assert answering.ledger.entries()[0].status is status
    assert [to for to, _ in letters(answering)] == [READER][: status is Status.DELIVERED]


@pytest.mark.parametrize("policy", Policy)
def test_a_reader_writes_to_his_secret_address(stack: Local, policy: Policy) -> None:
    """Whatever the account asks, a registered and proven author with the secret has it all."""
    secret = _secret(stack, policy)
    run(keep(stack, mail(notebook_html(3)), "one", to=secret))
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.account) == (Status.DELIVERED, "ada")


def test_the_owner_hears_of_mail_to_the_secret_address(answering: Local) -> None:
    """Not the stranger who sent it; and the letter shows no secret."""
    secret = _secret(answering, Policy.SECRET)
    run(keep(answering, _from_stranger(secret), "one", sender=STRANGER, to=secret))
    [(to, content)] = letters(answering)
    assert to == READER
    assert "From: Margins <import@localhost>" in content
    assert secret.partition("@")[0] not in content


@pytest.mark.parametrize(("named", "status"), [(True, Status.DELIVERED), (False, Status.REJECTED)])
def test_a_secret_address_the_gate_could_not_pass_on(
    stack: Local, named: bool, status: Status
) -> None:
    """Then it counts where the message itself names it."""
    secret = _secret(stack, Policy.SECRET)
    content = _from_stranger(secret if named else "import@localhost")
    told = keep(stack, content, "one", sender=STRANGER, to=secret)
    forget(stack, "one")
    run(told)
    assert stack.ledger.entries()[0].status is status


def test_a_code_comes_back_from_a_new_address(stack: Local) -> None:
    """The gate lets through who was asked; from then on the address writes."""
    code = stack.senders.access.propose("ada", EVE, now=time.time())
    answer = mail(None, sender=STRANGER, subject=f"Re: Is this your address? [margins-{code}]")
    assert run(keep(stack, answer, "one", sender=STRANGER)) == []
    found = stack.senders.find(EVE)
    assert found is not None
    assert found.account == "ada"
    run(keep(stack, _from_stranger(), "two", sender=STRANGER))
    assert [entry.status for entry in stack.ledger.entries()] == [Status.DELIVERED]
