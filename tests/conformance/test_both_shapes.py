"""The same mails and the same assertions, in one process and in Lambdas."""

from __future__ import annotations

import pytest
from running import mail, notebook_html
from shapes import READER, SECOND, Shape

pytestmark = pytest.mark.slow

SHELF = """
{ publications(first: 10) { totalCount nodes { title creators { name role }
    annotations(first: 100) { totalCount nodes { quote note tags page colour headings } } } } }
"""


def test_a_mailed_notebook_becomes_notes(shape: Shape) -> None:
    """The book, its author, and every highlight with its note and tags are in the notes API."""
    shape.send(mail(notebook_html(6)))
    assert shape.ended(1) == [
        (
            "delivered",
            "8 entries make 6 annotations: 6 new, 0 updated, 0 unchanged; 0 entries skipped.",
        )
    ]
    [book] = shape.graphql(SHELF)["publications"]["nodes"]
    assert book["title"] == "A Book of Tides"
    assert book["creators"] == [{"name": "Ines Marlow", "role": "author"}]
    assert book["annotations"]["totalCount"] == 6
    assert book["annotations"]["nodes"][0] == {
        "quote": "The tide number 0 came in over the flats and left.",
        "note": "Remember tide 0. #tides",
        "tags": ["tides"],
        "page": "1",
        "colour": "yellow",
        "headings": ["Part One", "Chapter 1"],
    }


def test_a_grown_export_adds_only_what_is_new(shape: Shape) -> None:
    """Sending the export again, and then a longer one, says how many were new and unchanged."""
    for count, notes in enumerate((4, 4, 7), start=1):
        shape.send(mail(notebook_html(notes)))
        found = shape.ended(count)
    assert [said.split(": ", 1)[1] for _, said in found] == [
        "4 new, 0 updated, 0 unchanged; 0 entries skipped.",
        "0 new, 0 updated, 4 unchanged; 0 entries skipped.",
        "3 new, 0 updated, 4 unchanged; 0 entries skipped.",
    ]


def test_the_same_message_again_is_a_duplicate(shape: Shape) -> None:
    """A message delivered twice by the network, over another route, is imported once."""
    message = mail(notebook_html(2))
    shape.send(message)
    shape.ended(1)
    shape.send(
        b"Received: from relay.example by here; Sun, 1 Nov 2026 10:00:01 +0000\r\n" + message
    )
    assert shape.quiet() == 1
    assert len(shape.ended(1)) == 1


def test_strangers_bring_nothing(shape: Shape) -> None:
    """Mail of an author nobody registered makes no notes, whatever the shape tells the peer."""
    shape.send(mail(notebook_html(1), sender="stranger@example.net"), sender="stranger@example.net")
    assert shape.quiet() == 0
    assert shape.graphql(SHELF)["publications"]["totalCount"] == 0


def test_one_account_never_sees_another_one(shape: Shape) -> None:
    """Two readers who mail exports each see their own notes and nothing else."""
    shape.send(mail(notebook_html(2)))
    shape.send(mail(notebook_html(3, title="Other"), sender=SECOND), sender=SECOND)
    shape.ended(2)
    for account, title in ((READER, "A Book of Tides"), (SECOND, "Other")):
        nodes = shape.graphql(SHELF, account=account)["publications"]["nodes"]
        assert [node["title"] for node in nodes] == [title]


def test_a_mail_without_notes_says_so(shape: Shape) -> None:
    """It ends as failed, with a sentence."""
    shape.send(mail(None))
    [(state, said)] = shape.ended(1)
    assert state == "failed"
    assert said.endswith(".")


def test_mails_are_delivered_again(shape: Shape) -> None:
    """One by its id, or all in a state; a dry run says what that would change."""
    shape.send(mail(None))
    shape.ended(1)
    shape.send(mail(notebook_html(4)))
    shape.ended(2)
    (good, _), (bad, _) = shape.states()
    assert shape.replay(good, "--dry-run") == (
        0,
        "A Book of Tides: 0 new, 0 updated, 4 unchanged\n",
    )
    status, said = shape.replay(good)
    assert (status, "0 new, 0 updated, 4 unchanged" in said) == (0, True)
    status, said = shape.replay("--status", "failed")
    assert (status, said.splitlines()[-1]) == (65, "0 mails delivered, 1 not")
    assert said.startswith(bad)


def test_a_large_export(shape: Shape) -> None:
    """Two thousand notes come through."""
    shape.send(mail(notebook_html(2000)))
    [(state, said)] = shape.ended(1)
    assert (state, "2000 new" in said) == ("delivered", True)
