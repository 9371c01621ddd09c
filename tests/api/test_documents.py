"""GraphQL documents, and what is remembered of them."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, build_schema

from margins.api.documents import Documents

SCHEMA = build_schema("type Query { sea: Int, salt: Int }")


def _documents(*, development: bool = False) -> Documents:
    return Documents(SCHEMA, development=development, tokens=2_000)


def test_a_document_is_looked_at_once() -> None:
    """The same text is the same document, whoever sends it."""
    documents = _documents()
    assert documents.parsed("{ sea }") is documents.parsed("{ sea }")
    assert documents.errors("{ sea }") is documents.errors("{ sea }")
    assert documents.parsed("{ sea }") is not documents.parsed("{ salt }")


def test_errors_are_those_of_the_document() -> None:
    """A wrong document stays wrong, and makes no other one so."""
    documents = _documents()
    for _ in range(2):
        assert [error.message for error in documents.errors("{ lake }")] == [
            "Cannot query field 'lake' on type 'Query'."
        ]
        assert documents.errors("{ sea }") == []
        with pytest.raises(GraphQLError, match="Syntax Error"):
            documents.errors("{ sea")


def test_long_documents_are_not_kept() -> None:
    """Nobody fills the memory with documents, neither with long ones nor with many."""
    documents = _documents()
    long = "{ sea }" + " " * 10_000
    assert documents.parsed(long) is not documents.parsed(long)
    first = documents.parsed("{ sea }")
    for number in range(100):
        documents.parsed(f"{{ sea{number}: sea }}")
    assert documents.parsed("{ sea }") is not first


def test_only_developers_may_look_around() -> None:
    """Introspection and suggestions are errors elsewhere, or are not made."""
    look, typo = "{ __schema { types { name } } }", "{ se }"
    assert _documents().errors(look)
    assert _documents(development=True).errors(look) == []
    assert "Did you mean" not in _documents().errors(typo)[0].message
    assert "Did you mean" in _documents(development=True).errors(typo)[0].message
