"""Small documents that ask for very much."""

from __future__ import annotations

import time

import pytest

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
