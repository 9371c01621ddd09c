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
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from margins.api.connections import DEFAULT_PAGE
from margins.api.faults import Code, Fault
from margins.api.settings import Limits

__all__ = ["Measure", "check", "measure"]

# The lists of these fields are as long as their page.
_PAGED = frozenset({"publications", "annotations", "tags", "search"})
# Others are as long as what was sent: where that stands in the arguments, and which fields of the
# answer are there once for each of it.
_ANSWERING: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "deleteAnnotations": (("ids",), frozenset({"annotations"})),
    "restoreAnnotations": (("ids",), frozenset({"annotations"})),
    "mergeTags": (("ids",), frozenset()),
    "importNotebook": (("input", "publications"), frozenset({"publications"})),
    "storedNotebooks": (("publications",), frozenset({"publication"})),
}
# And these have a limit of their own, with nothing below them that is looked up.
_LIMITED = {"storedNotebooks": frozenset({"annotations"})}
_MOST = 1_000_000  # of what is no number: it will be refused, and must not look cheap until then
_NO_LENGTHS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a selection asks for.

    Attributes:
        names: of the fields at its own level, fragments included.
        fields: how many those are, repeats counted.
        depth: levels of nested fields, its own included.
        aliases: renamed fields at every level.
        cost: fields to resolve, items of lists counted one by one, and things sent to be changed.
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
    def __init__(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._variables: dict[str, object] = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
        }
        self._variables.update(variables)
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[tuple[str, object], Measure | None] = {}

    def selection(
        self, selections: SelectionSetNode | None, lengths: Mapping[str, int] = _NO_LENGTHS
    ) -> Measure:
        """`lengths`: of those of the fields that are lists as long as what was sent."""
        total = Measure()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    total += self._field(node, lengths)
                case InlineFragmentNode():
                    total += self.selection(node.selection_set, lengths)
                case FragmentSpreadNode():
                    total += self._fragment(node.name.value, lengths)
        return total

    def _fragment(self, name: str, lengths: Mapping[str, int]) -> Measure:
        if name not in self._fragments:
            return Measure()  # validation will say so
        known = (name, tuple(sorted(lengths.items())))
        if known not in self._measured:
            self._measured[known] = None
            self._measured[known] = self.selection(self._fragments[name].selection_set, lengths)
        found = self._measured[known]
        if found is None:
            raise Fault(Code.BAD_USER_INPUT, f"The fragment {name} contains itself.")
        return found

    def _field(self, node: FieldNode, lengths: Mapping[str, int]) -> Measure:
        name, sent, below = node.name.value, 0, _NO_LENGTHS
        if name in _ANSWERING:
            path, answering = _ANSWERING[name]
            sent = self._length(node, path)
            below = dict.fromkeys(answering, sent) | dict.fromkeys(_LIMITED.get(name, ()), 1)
        inner = self.selection(node.selection_set, below)
        items = lengths[name] if name in lengths else self._page(node)
        return Measure(
            names=frozenset({name}),
            fields=1,
            depth=1 + inner.depth,
            aliases=inner.aliases + (node.alias is not None),
            cost=1 + sent + inner.cost * max(1, items),
        )

    def _page(self, node: FieldNode) -> int:
        if node.name.value not in _PAGED or node.selection_set is None:
            return 1
        asked = [a.value for a in node.arguments or () if a.name.value in {"first", "last"}]
        return max((_number(self._given(value)) for value in asked), default=DEFAULT_PAGE)

    def _length(self, node: FieldNode, path: tuple[str, ...]) -> int:
        """How long the list is that stands there in the field's arguments."""
        given = {a.name.value: a.value for a in node.arguments or ()}
        value: object = given
        for name in path:
            value = self._given(_member(value, name))
        match value:
            case ListValueNode(values=values):
                return len(values)
            case list():
                return len(value)
        return 0 if value is None or isinstance(value, NullValueNode) else 1

    def _given(self, value: object) -> object:
        """A value of the document or of the variables; None where there is none."""
        return self._variables.get(value.name.value) if isinstance(value, VariableNode) else value


def _member(value: object, name: str) -> object:
    match value:
        case dict():
            return value.get(name)
        case ObjectValueNode(fields=fields):
            return next((field.value for field in fields if field.name.value == name), None)
    return None


def _number(value: object) -> int:
    match value:
        case None | NullValueNode():
            return DEFAULT_PAGE
        case IntValueNode(value=digits) if len(digits) < 10:
            return int(digits)
        case bool():
            return _MOST
        case int() | float() if value == value // 1:  # 100.0 is an Int too
            return int(value)
    return _MOST


def measure(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Measure:
    """What the operation asks for.

    Raises:
        Fault: BAD_USER_INPUT when a fragment contains itself; TOO_COMPLEX when it is nested deeper
            than can be measured.
    """
    try:
        return _Ruler(document, operation, variables).selection(operation.selection_set)
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
