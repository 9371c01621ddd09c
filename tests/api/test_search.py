"""Full-text search: folded, ranked, in scripts with and without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.api.search import parse_query, snippet
from margins.errors import InputError

from .documents import highlight, imported

SEARCH = """
query Search($query: String!, $filter: AnnotationFilter! = {}, $first: Int, $after: String) {
  search(query: $query, filter: $filter, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { quote } snippets { field parts { text found } } }
  }
}
"""
TEXTS = (
    "The café of the naïve painter",
    "Painters paint; a painter painted a painter.",
    "東京都に住んでいます",
    "京都の寺",
    "我们在读书会上讨论小说",
    "ภาษาไทยไม่มีช่องว่าง",
    "Straße, in German",
    "⑴ half is ½, ŀ is not, as ﷺ said",
)


@pytest.fixture
def library(api):
    """An account with one highlight per text."""
    imported(api, *(highlight(text, page=str(n)) for n, text in enumerate(TEXTS)))
    return api


def _found(api, query, **others):
    who = {name: others.pop(name) for name in ("account",) if name in others}
    edges = api.ask(SEARCH, {"query": query, **others}, **who)["search"]["edges"]
    return [edge["node"]["quote"] for edge in edges]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cafe", [0]),
        ("NAÏVE", [0]),
        ("strasse", [6]),
        ("painted", [1]),
        ('"naive painter"', [0]),
        ('"painter naive"', []),
        ("painter café", [0]),
        ("nothing", []),
        ("東京", [2]),
        ("京都", [2, 3]),
        ("東", [2]),
        ("寺", [3]),
        ("读书", [4]),
        ("小说", [4]),
        ("小", [4]),
        ("书读", []),
        ("ไทย", [5]),
        ("1", [7]),
        ("⑴", [7]),
        ('"half is 1/2"', [7]),
        ('"l is not as صلى الله"', [7]),
    ],
)
def test_what_is_found(library, query, expected):
    """Words are found by their beginning, phrases in order, unspaced scripts by any run."""
    assert sorted(_found(library, query)) == sorted(TEXTS[n] for n in expected)


def test_the_best_match_comes_first(library):
    """A note that says a word more often ranks higher."""
    assert _found(library, "painter") == [TEXTS[1], TEXTS[0]]


def test_notes_are_searched_too_and_edits_count(library):
    """The reader's note is searched, and an edit replaces what is found."""
    imported(library, highlight("Plain.", note="remember quokkas"), key="k2")
    assert _found(library, "quokka") == ["Plain."]
    (id_,) = [
        node["id"]
        for node in library.ask("{ annotations { nodes { id quote } } }")["annotations"]["nodes"]
        if node["quote"] == "Plain."
    ]
    edit = "mutation($input: EditAnnotationInput!) { editAnnotation(input: $input) { __typename } }"
    library.ask(edit, {"input": {"id": id_, "note": "remember wombats"}})
    assert (_found(library, "quokka"), _found(library, "wombats")) == ([], ["Plain."])


def test_a_search_stays_in_its_account(library):
    """Another account finds nothing of it, whatever its name is made of."""
    assert _found(library, "painter", account="ben") == []
    assert _found(library, "painter", account='" OR words : "painter') == []


@pytest.mark.parametrize("common", ["alpha", "gamma"])
def test_what_others_write_moves_nothing(api, common):
    """The order of what is found is the same whichever words are common in others' notes."""
    mine = ["alpha alpha gamma", "alpha gamma gamma", "alpha gamma"]
    imported(api, *(highlight(text, page=str(n)) for n, text in enumerate(mine)))
    alone = _found(api, "alpha gamma")
    others = (highlight(f"{common} {n} " + "and on " * 50, page=str(n)) for n in range(50))
    imported(api, *others, account="ben")
    assert _found(api, "alpha gamma") == alone


def test_a_search_is_filtered_and_paged(library):
    """A filter narrows a search, and cursors lead through it."""
    assert _found(library, "painter", filter={"tags": ["none"]}) == []
    first = library.ask(SEARCH, {"query": "painter", "first": 1})["search"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (2, True)
    rest = _found(library, "painter", after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["quote"] for edge in first["edges"]] + rest == [TEXTS[1], TEXTS[0]]


def test_snippets_show_what_was_found(library):
    """A snippet gives the text around the match in parts, the matches marked."""
    (edge,) = library.ask(SEARCH, {"query": "cafe painter"})["search"]["edges"]
    assert edge["snippets"] == [
        {
            "field": "quote",
            "parts": [
                {"text": "The ", "found": False},
                {"text": "café", "found": True},
                {"text": " of the naïve ", "found": False},
                {"text": "painter", "found": True},
            ],
        }
    ]


@pytest.mark.parametrize(
    "query", ["", "  ", '""', "…", "a " * 300, "a b c d e f g h i j k l m n o p q r s t u"]
)
def test_what_cannot_be_searched_is_refused(query):
    """A search for no words, or for too many, says so."""
    with pytest.raises(InputError):
        parse_query(query)


@pytest.mark.parametrize(
    "query", ["'", '"', "a'b", "a\\b", "a & b | !c", "a:*", "NEAR(a b)", "-a", "a*"]
)
def test_no_query_is_a_syntax_error(library, query):
    """What means something to a database's own query language is only text here."""
    answer = library.post(SEARCH, {"query": query}).json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"BAD_USER_INPUT"}


@given(text=st.text(max_size=400), query=st.text(min_size=1, max_size=5))
def test_snippets_are_pieces_of_the_text(text, query):
    """The parts of a snippet, put together, are a piece of the text."""
    try:
        parts = snippet(text, parse_query(query))
    except InputError:
        return
    inner = [p.text for p in parts]
    inner = inner[1:] if inner and inner[0] == "…" and not text.startswith("…") else inner
    inner = inner[:-1] if inner and inner[-1] == "…" and not text.endswith("…") else inner
    assert "".join(inner) in text
