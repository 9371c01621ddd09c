"""The operator's GraphQL document, and how one mutation becomes many."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from margins.errors import ConfigError

__all__ = ["Document"]

_MOST_TOKENS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A mutation of a document.

    Attributes:
        path: of the file, for messages.
        text: as the operator wrote it.
        operation: the name of the mutation.
    """

    path: Path
    text: str
    operation: str
    _parsed: DocumentNode = field(repr=False)
    _mutation: OperationDefinitionNode = field(repr=False)

    @classmethod
    def load(cls, path: Path, operation: str) -> Document:
        """Read the file.

        Args:
            operation: the name of the mutation; may be empty where there is only one.

        Raises:
            ConfigError: it cannot be read, or has no such mutation.
        """
        try:
            text = path.read_text("utf-8")
            parsed = parse(text, max_tokens=_MOST_TOKENS)
        except (OSError, UnicodeError, GraphQLError) as error:
            at = getattr(error, "locations", None)
            place = f"{path}:{at[0].line}:{at[0].column}" if at else str(path)
            what = (
                error.message if isinstance(error, GraphQLError) else f"It cannot be read: {error}."
            )
            raise ConfigError(what, place=place, remedy="Mend the document.") from error
        mutations = [
            each
            for each in parsed.definitions
            if isinstance(each, OperationDefinitionNode)
            and each.operation is OperationType.MUTATION
            and each.name is not None
            and operation in {"", each.name.value}
        ]
        if len(mutations) != 1:
            raise ConfigError(
                f"There are {len(mutations)} mutations it could be.",
                place=str(path),
                remedy="Give the mutation a name, and write that name beside `document`.",
            )
        name = mutations[0].name
        assert name is not None
        return cls(path, text, name.value, parsed, mutations[0])

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables the mutation declares."""
        definitions = self._mutation.variable_definitions or ()
        return tuple(each.variable.name.value for each in definitions)

    def check_repeatable(self) -> None:
        """Raises ConfigError: it has more than one field, so that it cannot be repeated."""
        selections = self._mutation.selection_set.selections
        if len(selections) != 1 or not isinstance(selections[0], FieldNode):
            raise ConfigError(
                "A mutation that is repeated has exactly one field.",
                place=f"{self.path}, {self.operation}",
                remedy="Leave the others out, or leave `repeat` out.",
            )

    def repeated(self, times: int) -> str:
        """The mutation with its field under the aliases n0, n1, ..., each with its own variables:
        $input becomes $input_0, $input_1, ..."""
        definitions: list[str] = []
        fields: list[str] = []
        for number in range(times):
            mutation = visit(self._mutation, _Renaming(number))
            definitions += map(print_ast, mutation.variable_definitions or ())
            only = mutation.selection_set.selections[0]
            aliased = FieldNode(
                alias=NameNode(value=f"n{number}"),
                name=only.name,
                arguments=only.arguments,
                directives=only.directives,
                selection_set=only.selection_set,
            )
            fields.append(print_ast(aliased))
        variables = f"({', '.join(definitions)})" if definitions else ""
        head = f"mutation {self.operation}{variables} {{"
        fragments = (
            print_ast(each)
            for each in self._parsed.definitions
            if isinstance(each, FragmentDefinitionNode)
        )
        return "\n".join([head, *fields, "}", *fragments])


class _Renaming(Visitor):
    """Gives every variable a number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def enter_variable(self, node: VariableNode, *_: object) -> VariableNode:
        """Within fragments variables keep their names, so those cannot be repeated."""
        return VariableNode(name=NameNode(value=f"{node.name.value}_{self._number}"))
