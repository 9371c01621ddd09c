"""Who may write, and what readers hear: the same in one process and in Lambdas."""

from __future__ import annotations

import pytest
from running import mail, notebook_html, wait_for
from shapes import READER, Shape

pytestmark = pytest.mark.slow

STRANGER = "stranger@example.net"
SHELF = "{ publications(first: 10) { totalCount nodes { title } } }"


def _books(shape: Shape) -> list[str]:
    nodes = shape.graphql(SHELF)["publications"]["nodes"]
    return [node["title"] for node in nodes]


def _letter(shape: Shape) -> tuple[str, str]:
    """The one letter, once it has gone out."""
    wait_for(shape.letters, "a letter", 30)
    [letter] = shape.letters()
    return letter


def _held(shape: Shape) -> str:
    """The id of the one mail, once it is held."""
    wait_for(shape.states, "a mail in the ledger", 30)
    [(name, state)] = shape.states()
    assert state == "held"
    return name


def test_a_receipt_says_what_came_of_a_mail(answering: Shape) -> None:
    """To its author, from the address written to, as an automatic answer nobody should answer."""
    answering.send(mail(notebook_html(3)))
    assert answering.ended(1)[0][0] == "delivered"
    to, content = _letter(answering)
    assert to == READER
    assert "From: Margins <import@localhost>" in content
    assert "Auto-Submitted: auto-replied" in content
    assert "A Book of Tides (3)" in content


def test_a_stranger_is_held(answering: Shape) -> None:
    """Neither notes nor a receipt come of the mail, as long as nobody has decided."""
    answering.send(mail(notebook_html(2), sender=STRANGER), sender=STRANGER)
    _held(answering)
    answering.send(mail(notebook_html(3)))
    assert _letter(answering)[0] == READER
    assert _books(answering) == ["A Book of Tides"]
    assert [state for _, state in answering.states()] == ["delivered", "held"]


def test_an_approved_mail_is_delivered(answering: Shape) -> None:
    """Without being sent again; its author is answered."""
    answering.send(mail(notebook_html(2), sender=STRANGER), sender=STRANGER)
    answering.approve(_held(answering))
    assert answering.ended(1)[0][0] == "delivered"
    assert _books(answering) == ["A Book of Tides"]
    assert _letter(answering)[0] == STRANGER


def test_a_secret_address_takes_what_it_is_for(answering: Shape) -> None:
    """Under the policy that says so, whoever writes; the owner is told, without the secret."""
    secret = answering.open_secret("secret")
    content = mail(notebook_html(2), sender=STRANGER).replace(b"import@localhost", secret.encode())
    answering.send(content, sender=STRANGER, to=secret)
    assert answering.ended(1)[0][0] == "delivered"
    assert _books(answering) == ["A Book of Tides"]
    to, letter = _letter(answering)
    assert to == READER
    assert secret.partition("@")[0] not in letter


def test_a_secret_address_is_no_way_around_the_policy(answering: Shape) -> None:
    """Where the author has to be registered and proven as well, a stranger is only held."""
    secret = answering.open_secret("authenticated+secret")
    content = mail(notebook_html(2), sender=STRANGER).replace(b"import@localhost", secret.encode())
    answering.send(content, sender=STRANGER, to=secret)
    _held(answering)
    assert _books(answering) == []


def test_who_is_blocked_is_refused(answering: Shape) -> None:
    """Not held either."""
    answering.block("@example.net")
    answering.send(mail(notebook_html(2), sender=STRANGER), sender=STRANGER)
    assert answering.quiet() == 0
    assert "held" not in [state for _, state in answering.states()]
    assert _books(answering) == []
