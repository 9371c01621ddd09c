"""GraphQL documents, parsed and validated; what clients send again is not looked at again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from graphql.validation import NoSchemaIntrospectionCustomRule

__all__ = ["Documents"]

_Made = TypeVar("_Made")

_MOST_ERRORS = 20
_KEPT = 64
_KEPT_LENGTH = 8 * 1024


def _kept(make: Callable[[str], _Made]) -> Callable[[str], _Made]:
    """The same, but remembering what it made of short documents."""
    remembered = lru_cache(_KEPT)(make)
    return lambda query: (remembered if len(query) <= _KEPT_LENGTH else make)(query)


class Documents:
    """Documents for one schema. Threads may share it.

    Args:
        development: allow introspection, and suggest names in errors.
        tokens: lexical tokens of one document.
    """

    def __init__(self, schema: GraphQLSchema, *, development: bool, tokens: int) -> None:
        self._schema = schema
        self._tokens = tokens
        self._rules = (
            *specified_rules,
            *(() if development else (NoSchemaIntrospectionCustomRule,)),
        )
        self._suggests = development
        self.parsed = _kept(self._parse)
        self.errors = _kept(self._validate)

    def _parse(self, query: str) -> DocumentNode:
        return parse(query, max_tokens=self._tokens)

    def _validate(self, query: str) -> Sequence[GraphQLError]:
        return validate(
            self._schema,
            self.parsed(query),
            self._rules,
            max_errors=_MOST_ERRORS,
            hide_suggestions=not self._suggests,
        )
