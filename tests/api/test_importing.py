"""Importing: recognised by what they say, all or nothing, once only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from margins.annotation.identity import annotation_key
from margins.api.values import annotation_of

from .documents import BOOK, IMPORT, OTHER_BOOK, STORED, highlight, notebooks


def _stored(api, *books, account="ada"):
    asked = {"publications": list(books or (BOOK,))}
    found = api.ask(STORED, asked, account=account)["storedNotebooks"]
    return [book["annotations"] for book in found]


def _counts(api, variables, **who):
    answer = api.ask(IMPORT, variables, **who)["importNotebook"]
    return answer["created"], answer["updated"], answer["unchanged"]


def test_everything_sent_comes_back_as_it_was(api):
    """storedNotebooks returns each field of an annotation exactly as it was imported."""
    sent = highlight(
        "A passage.", note="see #later", tags=["later"], colour="yellow", style="underline",
        page="xii", locationStart=10, locationEnd=12, headings=["Part I", "One"], fragment="/4/2",
        conformsTo="http://idpf.org/epub/linking/cfi/", progress=0.25,
        created="2024-05-01T10:00:00", modified="2024-05-02T10:00:00+02:00", truncated=True,
    )  # fmt: skip
    assert _counts(api, notebooks(sent)) == (1, 0, 0)
    ((found,),) = _stored(api)
    assert {name: found[name] for name in sent} == sent
    assert found["edited"] == []


def test_the_same_notes_again_change_nothing(api):
    """A second import of the same notes under a new key finds all of them unchanged."""
    notes = [highlight("One."), highlight("Two.", page="2")]
    assert _counts(api, notebooks(*notes)) == (2, 0, 0)
    before = _stored(api)
    assert _counts(api, notebooks(*notes, key="k2")) == (0, 0, 2)
    assert _stored(api) == before


def _revision(api):
    return api.ask(STORED, {"publications": [BOOK]})["storedNotebooks"][0]["revision"]


def test_what_was_planned_for_another_revision_is_not_imported(api):
    """Nothing of it is written, the client hears CONFLICT, and what it sends for the new one is."""
    read = _revision(api)
    assert _counts(api, notebooks(highlight("The tide was"), revision=read)) == (1, 0, 0)
    late = notebooks(highlight("The tide was turning."), key="k2", revision=read)
    assert api.refused(IMPORT, late) == "CONFLICT"
    assert [[note["quote"] for note in book] for book in _stored(api)] == [["The tide was"]]
    late["input"]["publications"][0]["revision"] = _revision(api)
    assert _counts(api, late) == (1, 0, 0)


def test_the_first_answer_comes_again_whatever_the_revision(api):
    """A request sent once more, since its answer was lost, is known by its key."""
    sent = notebooks(highlight("One."), revision=_revision(api))
    assert _counts(api, sent) == _counts(api, sent) == (1, 0, 0)


def test_an_import_that_changes_nothing_leaves_the_revision(api):
    """Whoever has read in the meantime may still write."""
    _counts(api, notebooks(highlight("One.")))
    before = _revision(api)
    _counts(api, notebooks(highlight("One."), key="k2"))
    assert _revision(api) == before


def test_imports_of_one_state_side_by_side_go_one_at_a_time(api):
    """Eight plans of one revision, sent at once under keys of their own: one is carried out."""
    read = _revision(api)

    def send(number):
        said = highlight("The tide " * (number + 1), locationStart=10, locationEnd=12)
        answer = api.post(IMPORT, notebooks(said, key=f"k{number}", revision=read)).json()
        return [error["extensions"]["code"] for error in answer.get("errors", ())]

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(send, range(8)))
    assert codes == [[], *[["CONFLICT"]] * 7]
    assert len(_stored(api)[0]) == 1


def test_a_key_is_applied_once(api):
    """The same idempotency key gives the first answer and changes nothing."""
    first = api.ask(IMPORT, notebooks(highlight("One.")))
    again = api.ask(IMPORT, notebooks(highlight("Two.")))
    assert again == first
    assert [[note["quote"] for note in book] for book in _stored(api)] == [["One."]]


def test_a_key_answers_after_its_book_was_merged(api):
    """The answer that was lost names the book in which the notes are now."""
    sent = notebooks(highlight("One."))
    ((first,), (other,)) = (
        api.ask(IMPORT, each)["importNotebook"]["publications"]
        for each in (sent, notebooks(highlight("Two."), key="k2", book=OTHER_BOOK))
    )
    merge = "mutation($a: ID!, $b: ID!) { mergePublications(from: $a, into: $b) { __typename } }"
    api.ask(merge, {"a": first["id"], "b": other["id"]})
    assert api.ask(IMPORT, sent)["importNotebook"] == {
        "created": 1, "updated": 0, "unchanged": 0, "publications": [other],
    }  # fmt: skip


def test_a_key_belongs_to_its_account(api):
    """Two accounts may use the same idempotency key."""
    assert _counts(api, notebooks(highlight("One."))) == (1, 0, 0)
    assert _counts(api, notebooks(highlight("One.")), account="ben") == (1, 0, 0)


def test_spelling_that_does_not_matter_does_not_double(api):
    """Quotes, case and the order of an author's names do not make another book or note."""
    api.ask(IMPORT, notebooks(highlight("It’s “here”")))
    respelt = {"title": "ON THE KEEPING OF NOTES", "creators": [{"name": "Example, Ada"}]}
    sent = notebooks(highlight('It\'s "here"'), key="k2", book=respelt)
    created, updated, _ = _counts(api, sent)
    assert (created, updated) == (0, 1)
    assert len(_stored(api, respelt)[0]) == 1


def test_a_note_moves_to_its_new_words(api):
    """An annotation sent with an id replaces that row, which is found by its new words after."""
    api.ask(IMPORT, notebooks(highlight("A passage", locationStart=5)))
    ((row,),) = _stored(api)
    longer = highlight("A passage that grew", locationStart=4, id=row["id"])
    assert _counts(api, notebooks(longer, key="k2")) == (0, 1, 0)
    assert _counts(api, notebooks({**longer, "id": None}, key="k3")) == (0, 0, 1)
    ((after,),) = _stored(api)
    assert (after["id"], after["quote"]) == (row["id"], "A passage that grew")


def test_words_win_over_an_id(api):
    """An id that would make two rows say the same gives way to the row that says it already."""
    api.ask(IMPORT, notebooks(highlight("One."), highlight("Two.")))
    one, two = _stored(api)[0]
    assert _counts(api, notebooks(highlight("Two.", id=one["id"]), key="k2")) == (0, 0, 1)
    assert _stored(api) == [[one, two]]


def test_the_id_of_another_account_is_no_id(api):
    """An id that is not the caller's own touches nothing and makes a new note."""
    api.ask(IMPORT, notebooks(highlight("Mine.")))
    ((mine,),) = _stored(api)
    theirs = notebooks(highlight("Yours.", id=mine["id"]))
    assert _counts(api, theirs, account="ben") == (1, 0, 0)
    assert _stored(api) == [[mine]]


def test_an_empty_field_never_erases_a_filled_one(api):
    """An export that lacks a note, a colour or tags leaves those of an earlier one."""
    api.ask(IMPORT, notebooks(highlight("One.", note="why", colour="pink", tags=["a"])))
    before = _stored(api)
    assert _counts(api, notebooks(highlight("One."), key="k2")) == (0, 0, 1)
    assert _stored(api) == before


def test_an_export_never_deletes(api):
    """Notes that a later export lacks stay."""
    api.ask(IMPORT, notebooks(highlight("One."), highlight("Two.")))
    api.ask(IMPORT, notebooks(highlight("Three."), key="k2"))
    assert [note["quote"] for note in _stored(api)[0]] == ["One.", "Two.", "Three."]


def test_all_or_nothing(api):
    """One impossible annotation keeps the whole mail out, and its key stays free."""
    broken = notebooks(highlight("One."), highlight("Two.", locationStart=9, locationEnd=3))
    assert api.refused(IMPORT, broken) == "BAD_USER_INPUT"
    assert _stored(api) == [[]]
    assert _counts(api, notebooks(highlight("One."))) == (1, 0, 0)


def test_names_of_our_own_are_refused(api):
    """A pointer cannot claim to be the kind of selector that pages are written as."""
    pointer = highlight("One.", fragment="x", conformsTo="urn:margins:page")
    assert api.refused(IMPORT, notebooks(pointer)) == "BAD_USER_INPUT"


def test_many_books_in_one_import(api):
    """One request files each note under its own book and answers in the order sent."""
    sent = {
        "input": {
            "idempotencyKey": "k1",
            "publications": [
                {"publication": BOOK, "annotations": [highlight("One.")]},
                {"publication": OTHER_BOOK, "annotations": [highlight("One.")]},
                {"publication": BOOK, "annotations": [highlight("Two.")]},
            ],
        }
    }
    answer = api.ask(IMPORT, sent)["importNotebook"]
    titles = [book["title"] for book in answer["publications"]]
    assert titles == [BOOK["title"], OTHER_BOOK["title"], BOOK["title"]]
    assert answer["created"] == 3
    ones, twos = _stored(api, BOOK, OTHER_BOOK)
    assert [len(ones), len(twos)] == [2, 1]


def test_unknown_books_have_nothing_stored(api):
    """storedNotebooks answers for each publication asked, in order, known or not."""
    api.ask(IMPORT, notebooks(highlight("One.")))
    found = api.ask(STORED, {"publications": [OTHER_BOOK, BOOK]})["storedNotebooks"]
    assert [book["publication"] and book["publication"]["title"] for book in found] == [
        None,
        BOOK["title"],
    ]


def test_what_was_empty_about_a_book_is_filled_in(api):
    """A later export adds the year and identifiers; what the first one said of a book stays."""
    api.ask(IMPORT, notebooks(highlight("One."), book={**BOOK, "publisher": "First House"}))
    more = {
        **BOOK, "publisher": "Other House", "year": 1999,
        "identifiers": [{"scheme": "isbn", "value": "9780000000002"}],
    }  # fmt: skip
    api.ask(IMPORT, notebooks(highlight("One."), key="k2", book=more))
    (book,) = api.ask("{ publications { nodes { publisher year identifiers { value } } } }")[
        "publications"
    ]["nodes"]
    assert book == {
        "publisher": "First House", "year": 1999, "identifiers": [{"value": "9780000000002"}],
    }  # fmt: skip


def test_what_no_database_keeps_is_replaced(api):
    """NUL and half surrogates in a note do not keep a mail out."""
    assert _counts(api, notebooks(highlight("a\0b \ud800c"))) == (1, 0, 0)
    assert _counts(api, notebooks(highlight("a\0b \ud800c"), key="k2")) == (0, 0, 1)
    ((found,),) = _stored(api)
    assert found["quote"] == "a\ufffdb ?c"


def test_two_deliveries_at_once_are_one(api):
    """The same mail delivered by two workers at once is imported once, and both get one answer."""
    sent = notebooks(*(highlight(f"Passage {n}.", page=str(n)) for n in range(50)))
    with ThreadPoolExecutor(4) as workers:
        answers = list(workers.map(lambda _: api.ask(IMPORT, sent), range(4)))
    assert answers == [answers[0]] * 4
    assert len(_stored(api)[0]) == 50


def test_two_mails_at_once_double_nothing(api):
    """Two mails with the same new book, delivered at once, make one book and each note once."""
    notes = [highlight(f"Passage {n}.", page=str(n)) for n in range(50)]
    mails = [notebooks(*notes, key=f"k{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as workers:
        counts = list(workers.map(lambda sent: _counts(api, sent), mails))
    assert sorted(counts) == [(0, 0, 50)] * 3 + [(50, 0, 0)]


def test_names_without_end_keep_no_mail_out(api):
    """Tags, identifiers and titles longer than any index takes are stored all the same."""
    endless = "x" * 20_000
    book = {
        "title": endless, "creators": [{"name": endless}],
        "identifiers": [{"scheme": endless, "value": endless}],
    }  # fmt: skip
    assert _counts(api, notebooks(highlight(endless, tags=[endless]), book=book)) == (1, 0, 0)
    page = api.ask("{ publications { pageInfo { endCursor } } }")["publications"]["pageInfo"]
    after = "query($c: String!) { publications(after: $c) { totalCount nodes { id } } }"
    assert api.ask(after, {"c": page["endCursor"]})["publications"] == {
        "totalCount": 1,
        "nodes": [],
    }


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_must_be_one(api, key):
    """An empty idempotency key, or one too long to be stored, is refused."""
    assert api.refused(IMPORT, notebooks(highlight("One."), key=key)) == "BAD_USER_INPUT"


_TEXT = st.text(alphabet='ab “”"AB', max_size=4)
_ANNOTATION = st.fixed_dictionaries(
    {
        "motivation": st.sampled_from(["HIGHLIGHTING", "COMMENTING", "BOOKMARKING"]),
        "quote": _TEXT,
        "note": _TEXT,
        "page": st.sampled_from(["", "1", "2"]),
        "locationStart": st.none() | st.integers(1, 3),
        "fragment": st.sampled_from(["", "/2", "/4"]),
        "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        "truncated": st.booleans(),
    }
)


def test_a_note_takes_the_place_that_another_gives_up(api):
    """Both change in one import, whichever of them is stored first."""
    _counts(api, notebooks(_at("one", 10), _at("two", 20), key="1"))
    first, second = (row["id"] for row in _stored(api)[0])
    moves = [{**_at("three", 30), "id": second}, {**_at("two", 20), "id": first}]
    assert _counts(api, notebooks(*moves, key="2")) == (0, 2, 0)
    assert [(row["id"], row["quote"]) for row in _stored(api)[0]] == [
        (first, "two"),
        (second, "three"),
    ]


def _at(quote, place):
    return {**highlight(quote), "locationStart": place, "locationEnd": place + 1}


_FIELDS = {*highlight(""), "note", "locationStart", "fragment", "tags", "truncated"}
_EXPORTS = st.lists(st.lists(_ANNOTATION, max_size=5), min_size=1, max_size=3)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings_of_hypothesis(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(exports=_EXPORTS, replaced=st.lists(st.integers(0, 9), max_size=3))
def test_any_imports_settle(api, exports, replaced):
    """Whatever is imported over whatever ids: counts add up, and what is stored is known."""
    account = uuid4().hex
    for number, export in enumerate(exports):
        ids = [row["id"] for row in _stored(api, account=account)[0]]
        chosen = {n: ids[at] for n, at in enumerate(replaced) if at < len(ids)}
        sent = [{**each, "id": chosen.get(n)} for n, each in enumerate(export)]
        counts = _counts(api, notebooks(*sent, key=f"k{number}"), account=account)
        assert len(_stored(api, account=account)[0]) == len(ids) + counts[0]
    stored = _stored(api, account=account)[0]
    keys = [annotation_key(annotation_of(_row(each))) for each in stored]
    assert len(set(keys)) == len(keys)
    own_words = [
        {name: value for name, value in each.items() if name in _FIELDS} for each in stored
    ]
    again = _counts(api, notebooks(*own_words, key="again"), account=account)
    assert again == (0, 0, len(own_words))


def _row(stored):
    names = {"locationStart": "location_start", "conformsTo": "conforms_to"}
    row = {names.get(name, name): value for name, value in stored.items()}
    return {**row, "motivation": stored["motivation"].lower()}
