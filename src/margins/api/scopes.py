"""What a token may ask for: everything in its account, or what an import needs and nothing else.

What an import needs is written down field by field, at every level. From a publication one comes to
all of a person's edits, so that a rule about root fields alone would hold nothing back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from margins.api.tokens import IMPORT, NOTES, Caller

__all__ = ["INGEST", "Tree", "is_ingest", "may_ask"]


@dataclass(frozen=True, slots=True)
class Tree:
    """Which fields may stand at one level.

    Attributes:
        fields: by name, with what may stand below each; None below a field: nothing may.
        leaves: any field may, so long as nothing stands below it.
    """

    fields: Mapping[str, Tree | None]
    leaves: bool = False


_WORDS_OF_THE_EXPORTS = Tree({}, leaves=True)

INGEST = Tree({
    "storedNotebooks": Tree({"revision": None, "annotations": _WORDS_OF_THE_EXPORTS}),
    "importNotebook": Tree({"created": None, "updated": None, "unchanged": None}),
})  # fmt: skip
"""All that the scope IMPORT allows."""

_Visited: TypeAlias = set[tuple[str, int]]


def _holds(
    tree: Tree,
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    visited: _Visited,
) -> bool:
    return all(_allows(tree, node, fragments, visited) for node in selections.selections)


def _allows(
    tree: Tree, node: object, fragments: Mapping[str, FragmentDefinitionNode], visited: _Visited
) -> bool:
    match node:
        case FieldNode(name=name, selection_set=None):
            known = name.value in tree.fields and tree.fields[name.value] is None
            return tree.leaves or known or name.value == "__typename"
        case FieldNode(name=name, selection_set=SelectionSetNode() as inner):
            below = tree.fields.get(name.value)
            return below is not None and _holds(below, inner, fragments, visited)
        case InlineFragmentNode(selection_set=inner):
            return _holds(tree, inner, fragments, visited)
        case FragmentSpreadNode(name=name):
            # Looked at once in each place, or fragments that spread each other twice take for ever.
            if (seen := (name.value, id(tree))) in visited or name.value not in fragments:
                return True  # validation says so when there is no such fragment
            visited.add(seen)
            return _holds(tree, fragments[name.value].selection_set, fragments, visited)
    return False


def is_ingest(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """The operation asks for nothing but what an import needs."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    return _holds(INGEST, operation.selection_set, fragments, set())


def may_ask(caller: Caller, document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """The scopes of the caller allow the operation."""
    if NOTES in caller.scopes:
        return True
    return IMPORT in caller.scopes and is_ingest(document, operation)
