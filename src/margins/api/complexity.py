"""How much a GraphQL document asks for, known before anything is run or even validated.

Each fragment is measured once, however often it is spread, so that measuring is linear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from margins.api.connections import DEFAULT_PAGE
from margins.api.faults import Code, Fault
from margins.api.settings import Limits

__all__ = ["Measure", "check", "measure"]

# The lists of these fields are as long as their page; other lists are short or not paged at all.
_PAGED = frozenset({"publications", "annotations", "tags", "search"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a selection asks for.

    Attributes:
        names: of the fields at its own level, fragments included.
        fields: how many those are, repeats counted.
        depth: levels of nested fields, its own included.
        aliases: renamed fields at every level.
        cost: fields to resolve, items of a page counted one by one.
    """

    names: frozenset[str] = frozenset()
    fields: int = 0
    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def __add__(self, other: Measure) -> Measure:
        return Measure(
            names=self.names | other.names,
            fields=self.fields + other.fields,
            depth=max(self.depth, other.depth),
            aliases=self.aliases + other.aliases,
            cost=self.cost + other.cost,
        )


class _Ruler:
    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure | None] = {}

    def selection(self, selections: SelectionSetNode | None) -> Measure:
        total = Measure()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    total += self._field(node)
                case InlineFragmentNode():
                    total += self.selection(node.selection_set)
                case FragmentSpreadNode():
                    total += self._fragment(node.name.value)
        return total

    def _fragment(self, name: str) -> Measure:
        if name not in self._fragments:
            return Measure()  # validation will say so
        if name not in self._measured:
            self._measured[name] = None
            self._measured[name] = self.selection(self._fragments[name].selection_set)
        found = self._measured[name]
        if found is None:
            raise Fault(Code.BAD_USER_INPUT, f"The fragment {name} contains itself.")
        return found

    def _field(self, node: FieldNode) -> Measure:
        inner = self.selection(node.selection_set)
        return Measure(
            names=frozenset({node.name.value}),
            fields=1,
            depth=1 + inner.depth,
            aliases=inner.aliases + (node.alias is not None),
            cost=1 + inner.cost * self._items(node),
        )

    def _items(self, node: FieldNode) -> int:
        if node.name.value not in _PAGED or node.selection_set is None:
            return 1
        asked = [a.value for a in node.arguments or () if a.name.value in {"first", "last"}]
        if not asked:
            return DEFAULT_PAGE
        return max(1, *(self._number(value) for value in asked))

    def _number(self, value: object) -> int:
        if isinstance(value, IntValueNode) and len(value.value) < 10:
            return int(value.value)
        if isinstance(value, VariableNode):
            given = self._variables.get(value.name.value)
            return given if isinstance(given, int) else DEFAULT_PAGE
        return DEFAULT_PAGE


def measure(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Measure:
    """What the operation asks for.

    Raises:
        Fault: BAD_USER_INPUT when a fragment contains itself; TOO_COMPLEX when it is nested deeper
            than can be measured.
    """
    try:
        return _Ruler(document, variables).selection(operation.selection_set)
    except RecursionError as error:
        raise Fault(Code.TOO_COMPLEX, "The document is nested too deeply.") from error


def check(found: Measure, limits: Limits) -> None:
    """Refuse what is too much.

    Raises:
        Fault: TOO_COMPLEX, with the limit that was passed.
    """
    for name, amount, most in (
        ("levels of fields", found.depth, limits.depth),
        ("root fields", found.fields, limits.root_fields),
        ("aliases", found.aliases, limits.aliases),
        ("fields to resolve", found.cost, limits.cost),
    ):
        if amount > most:
            raise Fault(Code.TOO_COMPLEX, f"{amount} {name} are more than {most}.")
