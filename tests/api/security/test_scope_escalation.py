"""A stolen token of the pipeline is worth an import, and nothing else."""

from __future__ import annotations

import pytest

from ..documents import BOOK, IMPORT, STORED, highlight, notebooks

PIPELINE = {"scope": "notes:import"}


def test_the_pipeline_may_import(api):
    """A token for imports may read what imports need, and import."""
    assert api.ask(IMPORT, notebooks(highlight("One.")), **PIPELINE)
    assert api.ask(STORED, {"publications": [BOOK]}, **PIPELINE)


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { id } }",
        "{ annotations { nodes { quote } } }",
        '{ a: search(query: "x") { totalCount } }',
        "{ ...on Query { viewer { id } } }",
        "{ ...f } fragment f on Query { tags { totalCount } }",
        '{ node(id: "acc_ada") { id } }',
        "{ export(format: CSV) { content } }",
        "mutation { deleteAnnotations(ids: []) { annotations { id } } }",
        "query A { storedNotebooks(publications: []) { __typename } viewer { id } }",
        "{ __schema { types { name } } }",
    ],
)
def test_the_pipeline_may_do_nothing_else(api, document):
    """Whatever way it is asked, a token for imports is refused everything else."""
    assert api.refused(document, **PIPELINE) == "FORBIDDEN"


@pytest.mark.parametrize("scope", [None, "", "openid", "notes:read", "NOTES", "notesx", ["notes"]])
def test_a_token_needs_a_scope(api, scope):
    """A token without one of the scopes may do nothing."""
    assert api.refused("{ viewer { id } }", scope=scope) == "FORBIDDEN"
    assert api.refused(STORED, {"publications": []}, scope=scope) == "FORBIDDEN"
