"""A person's edits: kept beside the words of the exports, and stronger than any import."""

from __future__ import annotations

import pytest

from .documents import BOOK, IMPORT, OTHER_BOOK, STORED, highlight, imported, notebooks, notes

EDIT = """
mutation Edit($input: EditAnnotationInput!) {
  editAnnotation(input: $input) {
    annotation { id quote originalQuote note tags colour }
  }
}
"""
ADD = """
mutation Add($input: AddAnnotationInput!) {
  addAnnotation(input: $input) { annotation { id quote note tags publication { title } } }
}
"""
DELETE = "mutation($ids: [ID!]!) { deleteAnnotations(ids: $ids) { annotations { deletedAt } } }"
RESTORE = "mutation($ids: [ID!]!) { restoreAnnotations(ids: $ids) { annotations { deletedAt } } }"
MERGE = """
mutation($from: ID!, $into: ID!) {
  mergePublications(from: $from, into: $into) { publication { id title year } }
}
"""


def _edit(api, **changes):
    return api.ask(EDIT, {"input": changes})["editAnnotation"]["annotation"]


def _stored(api, book=BOOK):
    ((found,),) = (
        each["annotations"] for each in api.ask(STORED, {"publications": [book]})["storedNotebooks"]
    )
    return found


def test_an_edit_shows_and_the_original_is_kept(api):
    """An edited highlight shows the new text; the words of the export stay beside it."""
    imported(api, highlight("Teh passage.", colour="pink"))
    (id_,) = notes(api, "id")
    edited = _edit(api, id=id_, quote="The passage.", note="typo", tags=["books"])
    assert edited == {
        "id": id_, "quote": "The passage.", "originalQuote": "Teh passage.", "note": "typo",
        "tags": ["books"], "colour": "pink",
    }  # fmt: skip


def test_no_import_overwrites_an_edit(api):
    """What a person edited stays through later imports, and what they did not edit follows them."""
    imported(api, highlight("One.", note="old", tags=["a"]))
    (id_,) = notes(api, "id")
    _edit(api, id=id_, note="mine", tags=["b"])
    imported(api, highlight("One.", note="new", tags=["c"], colour="blue"), key="k2")
    assert notes(api, "note tags colour") == [{"note": "mine", "tags": ["b"], "colour": "blue"}]


def test_imports_are_told_what_was_edited(api):
    """storedNotebooks names the edited fields and gives the words of the exports."""
    imported(api, highlight("One.", note="old"))
    (id_,) = notes(api, "id")
    _edit(api, id=id_, note="mine", colour="red")
    stored = _stored(api)
    assert (stored["edited"], stored["note"]) == (["note", "colour"], "old")


def test_an_edit_can_be_dropped(api):
    """Resetting fields brings the words of the exports back."""
    imported(api, highlight("One.", note="old", tags=["a"]))
    (id_,) = notes(api, "id")
    _edit(api, id=id_, note="mine", tags=[], quote="Uno.")
    back = _edit(api, id=id_, reset=["NOTE", "TAGS", "QUOTE"])
    assert (back["quote"], back["note"], back["tags"]) == ("One.", "old", ["a"])
    assert _stored(api)["edited"] == []


def test_a_note_can_be_emptied(api):
    """An empty text is an edit like any other."""
    imported(api, highlight("One.", note="old"))
    (id_,) = notes(api, "id")
    assert _edit(api, id=id_, note="")["note"] == ""


def test_a_note_is_added_by_hand(api):
    """A note that no export has is added, and no import changes it."""
    imported(api, highlight("One."))
    (book,) = api.ask("{ publications { nodes { id } } }")["publications"]["nodes"]
    by_hand = highlight("Two.", note="mine", tags=["x"], page="9")
    answer = api.ask(ADD, {"input": {"publication": book["id"], "annotation": by_hand}})
    assert answer["addAnnotation"]["annotation"]["tags"] == ["x"]
    imported(api, {**by_hand, "note": "theirs"}, key="k2")
    assert notes(api, "note") == ["", "mine"]
    again = {"input": {"publication": book["id"], "annotation": by_hand}}
    assert api.refused(ADD, again) == "BAD_USER_INPUT"


def test_adding_what_was_deleted_brings_it_back(api):
    """Under the id it had, with what is written now: nobody can see that it is still there."""
    imported(api, highlight("One.", note="before", tags=["old"], colour="red"))
    (book,) = api.ask("{ publications { nodes { id } } }")["publications"]["nodes"]
    (one,) = notes(api, "id")
    _edit(api, id=one, note="between", quote="Won.")
    api.ask(DELETE, {"ids": [one]})
    by_hand = highlight("One.", note="after", tags=["new"])
    answer = api.ask(ADD, {"input": {"publication": book["id"], "annotation": by_hand}})
    added = answer["addAnnotation"]["annotation"]
    assert (added["id"], added["quote"], added["note"]) == (one, "One.", "after")
    assert notes(api, "id tags colour") == [{"id": one, "tags": ["new"], "colour": ""}]
    assert api.ask('{ search(query: "after") { totalCount } }')["search"]["totalCount"] == 1
    imported(api, highlight("One.", note="before", tags=["old"], colour="red"), key="k2")
    assert notes(api, "note") == ["after"]


def test_deleting_hides_and_imports_do_not_bring_it_back(api):
    """A deleted note leaves the lists, stays away when imported again, and can be restored."""
    imported(api, highlight("One."), highlight("Two."))
    one, _two = notes(api, "id")
    api.ask(DELETE, {"ids": [one]})
    imported(api, highlight("One."), key="k2")
    assert notes(api) == ["Two."]
    assert notes(api, arguments="(filter: {deleted: true})") == ["One."]
    api.ask(RESTORE, {"ids": [one]})
    assert notes(api) == ["One.", "Two."]


def test_imports_are_told_what_was_deleted(api):
    """storedNotebooks still lists a deleted note, marked with a star."""
    imported(api, highlight("One."))
    api.ask(DELETE, {"ids": notes(api, "id")})
    assert _stored(api)["edited"] == ["*"]


def test_deleting_is_all_or_nothing(api):
    """One unknown id keeps every note where it is."""
    imported(api, highlight("One."))
    assert api.refused(DELETE, {"ids": [*notes(api, "id"), "ann_0"]}) == "NOT_FOUND"
    assert notes(api) == ["One."]


@pytest.fixture
def two_books(api):
    """The same book under two titles: ids of the first and the second."""
    imported(api, highlight("One.", note="first"), highlight("Two.", page="2"))
    imported(api, highlight("One."), highlight("Three.", page="3"), key="k2", book=OTHER_BOOK)
    nodes = api.ask("{ publications { nodes { id title } } }")["publications"]["nodes"]
    ids = {node["title"]: node["id"] for node in nodes}
    return ids[BOOK["title"]], ids[OTHER_BOOK["title"]]


def test_merging_books_moves_notes_and_joins_repeats(api, two_books):
    """Merged books hold each note once, and one book remains."""
    first, second = two_books
    api.ask(MERGE, {"from": second, "into": first})
    found = notes(api, "quote note publication { id }")
    assert [(note["quote"], note["note"]) for note in found] == [
        ("One.", "first"), ("Two.", ""), ("Three.", ""),
    ]  # fmt: skip
    assert {note["publication"]["id"] for note in found} == {first}


def test_later_imports_of_a_merged_book_land_in_the_one_that_stays(api, two_books):
    """After a merge, importing under either title adds to the same book and doubles nothing."""
    first, second = two_books
    api.ask(MERGE, {"from": second, "into": first})
    sent = notebooks(highlight("Three.", page="3"), highlight("Four."), key="k3", book=OTHER_BOOK)
    answer = api.ask(IMPORT, sent)["importNotebook"]
    assert (answer["created"], answer["unchanged"]) == (1, 1)
    assert [book["id"] for book in answer["publications"]] == [first]


def test_merging_keeps_edits_of_either(api, two_books):
    """An edit made in the book that goes is kept when its note is joined with another."""
    first, second = two_books
    found = notes(api, "id quote publication { id }")
    (twin,) = [n["id"] for n in found if n["quote"] == "One." and n["publication"]["id"] == second]
    _edit(api, id=twin, colour="red")
    api.ask(MERGE, {"from": second, "into": first})
    assert notes(api, "colour")[0] == "red"


def test_a_book_is_not_merged_with_itself(api, two_books):
    """Merging a book with itself is refused."""
    first, _ = two_books
    assert api.refused(MERGE, {"from": first, "into": first}) == "BAD_USER_INPUT"
