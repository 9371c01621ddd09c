"""Small documents that ask for very much."""

from __future__ import annotations

import time
from importlib.resources import files

import pytest

STORED = files("margins.sink").joinpath("operations.graphql").read_text("utf-8")
STORED = STORED[: STORED.index("mutation")]
DEEP = "{ publications { nodes { annotations { nodes { publication { annotations { nodes {"
DEEP += " publication { annotations { nodes { id } } } } } } } } } } }"


def _fragments(levels):
    """Each fragment spreads the next one twice: 2**levels fields in a few lines."""
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"query {{ ...F0 }} {links} fragment F{levels} on Query {{ viewer {{ id }} }}"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(DEEP, id="depth"),
        pytest.param("{" + "viewer{id}" * 21 + "}", id="root fields"),
        pytest.param("{viewer{" + " ".join(f"a{n}:id" for n in range(21)) + "}}", id="aliases"),
        pytest.param(
            "{publications(first:99){nodes{annotations(first:99){nodes{id quote note page}}}}}",
            id="cost",
        ),
        pytest.param(_fragments(60), id="fragments"),
        pytest.param(
            "{viewer{" + "id " * 3_000 + "}}",
            id="tokens",
        ),
        pytest.param("{" + "a{" * 900 + "b" + "}" * 900 + "}", id="nesting"),
        pytest.param("query A{viewer{id}} query B" + DEEP, id="another operation"),
    ],
)
def test_too_much_is_refused_at_once(api, document):
    """The document is refused within a second, before anything is run."""
    began = time.process_time()
    answer = api.post(document)
    assert time.process_time() - began < 1
    codes = {error["extensions"]["code"] for error in answer.json()["errors"]}
    assert codes <= {"TOO_COMPLEX", "BAD_USER_INPUT"}
    assert "data" not in answer.json()


def test_variables_cost_like_literals(api):
    """A page size in a variable counts as much as one in the document."""
    query = "query($n: Int) {publications(first:$n){nodes{annotations(first:$n){nodes{%s}}}}}"
    document = query % "id quote note page tags"
    assert api.refused(document, {"n": 100}) == "TOO_COMPLEX"
    assert api.ask(document, {"n": 5})


PAGES = "{publications(first:$n){nodes{annotations(first:$n){nodes{id quote note page tags}}}}}"


def test_defaults_of_variables_cost_like_literals(api):
    """Also where a variable is not sent, or is sent as a number with a point."""
    assert api.refused("query($n: Int = 100)" + PAGES) == "TOO_COMPLEX"
    assert api.refused("query($n: Int = 5)" + PAGES, {"n": 100.0}) == "TOO_COMPLEX"
    assert api.ask("query($n: Int = 100)" + PAGES, {"n": 5})
    assert api.ask("query($n: Int = 100)" + PAGES, {"n": None})
    assert api.ask("query($n: Int = 5)" + PAGES)


@pytest.mark.parametrize("size", ["100", True, 1e300, 10**30, [100], {"n": 1}])
def test_what_is_no_page_size_is_not_cheap(api, size):
    """It is refused before anything is run, one way or the other."""
    assert api.refused("query($n: Int)" + PAGES, {"n": size}) == "TOO_COMPLEX"


IDS = ",".join(['"ann_1"'] * 100)
BOOKS = "publication { annotations(first: 100) { nodes { id quote } } }"
DELETE = "mutation($i: [ID!]!) { deleteAnnotations(ids: $i) { annotations { id BOOKS } } }"
DELETE_THESE = "mutation { deleteAnnotations(ids: [IDS]) { annotations { BOOKS } } }"
RESTORE = """
mutation($i: [ID!]! = [IDS]) { restoreAnnotations(ids: $i) { ...f } }
fragment f on AnnotationsPayload { annotations { BOOKS } }
"""
IMPORT = """
mutation($i: ImportNotebookInput!) {
  importNotebook(input: $i) { publications { annotations(first: 100) { nodes { id quote } } } }
}
"""
LOOK = "query($p: [PublicationInput!]!) { storedNotebooks(publications: $p) { BOOKS } }"
MERGE = 'mutation($i: [ID!]!) { mergeTags(ids: $i, into: "t") { tag { id } } }'


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (DELETE, {"i": ["ann_1"] * 100}),
        (DELETE_THESE, None),
        (RESTORE, None),
        (IMPORT, {"i": {"idempotencyKey": "k", "publications": [{}] * 100}}),
        (LOOK, {"p": [{"title": "x"}] * 100}),
        (MERGE, {"i": ["tag_1"] * 20_000}),
    ],
)
def test_lists_cost_what_was_sent(api, document, variables):
    """An answer with an item for each thing sent counts one for each, not one page."""
    document = document.replace("IDS", IDS).replace("BOOKS", BOOKS)
    assert api.refused(document, variables) == "TOO_COMPLEX"


def test_what_is_sent_may_be_much(api):
    """A thousand notes deleted, and the books of a very large mail, are no abuse."""
    delete = DELETE.replace("BOOKS", "deletedAt")
    assert api.refused(delete, {"i": ["ann_1"] * 1_000}) == "NOT_FOUND"
    asked = {"publications": [{"title": f"Volume {n}"} for n in range(5_000)]}
    assert len(api.ask(STORED, asked, scope="notes:import")["storedNotebooks"]) == 5_000


def test_fragments_that_contain_themselves(api):
    """A circle of fragments is refused."""
    document = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    assert api.refused(document) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "arguments", ["first: 101", "first: -1", "last: 1000", "first: 1, last: 1"]
)
def test_pages_are_small(api, arguments):
    """A page has a hundred items at most."""
    document = f"{{ annotations({arguments}) {{ totalCount }} }}"
    assert api.refused(document) == "BAD_USER_INPUT"


def test_no_batches(api):
    """Several requests in one body are refused."""
    headers = {"Authorization": f"Bearer {api.signer.token('ada')}"}
    body = [{"query": "{__typename}"}] * 2
    assert api.http.post("/graphql", json=body, headers=headers).status_code == 400


def test_a_filter_has_an_end(api):
    """A filter cannot carry thousands of alternatives."""
    query = "query($f: AnnotationFilter!) { annotations(filter: $f) { totalCount } }"
    assert api.refused(query, {"f": {"tags": ["x"] * 501}}) == "BAD_USER_INPUT"
