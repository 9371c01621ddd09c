"""One mutation of the operator's: what is sent with it, and what its answer says of each note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from margins.clients.answer import Answered, FieldError
from margins.sink.custom.document import Document
from margins.sink.custom.expression import Expression

__all__ = ["Operation", "Request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A GraphQL request."""

    document: str
    operation: str
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A mutation and what goes into it.

    Attributes:
        repeat: it takes one note, and is repeated for the others of the same request.
        variables: by name. They see one note where `repeat` is set, else all of them as `notes`.
        remember: where the API's own id stands in the answer to one note.
        refused: where the reason stands when the API says no without an error.
    """

    document: Document
    repeat: bool
    variables: Mapping[str, Expression]
    remember: Expression | None = None
    refused: Expression | None = None

    def inputs(self, notes: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        """The variables: once for all notes, or once for each where `repeat` is set.

        Raises:
            Refused: an expression does not fit what it sees.
        """
        seen = notes if self.repeat else [{"notes": notes}]
        return [
            {name: expression.of(each) for name, expression in self.variables.items()}
            for each in seen
        ]

    def request(self, notes: Sequence[Mapping[str, object]]) -> Request:
        """The request that sends the notes.

        Raises:
            Refused: an expression does not fit what it sees.
        """
        name, inputs = self.document.operation, self.inputs(notes)
        if not self.repeat:
            return Request(document=self.document.text, operation=name, variables=inputs[0])
        return Request(
            document=self.document.repeated(len(notes)),
            operation=name,
            variables={
                f"{variable}_{number}": value
                for number, each in enumerate(inputs)
                for variable, value in each.items()
            },
        )

    def outcomes(self, answer: Answered, notes: int) -> Sequence[str | FieldError]:
        """For each note the API's own id, or an empty text, or why it was not taken.

        Raises:
            Refused: an expression does not fit the answer.
        """
        if not self.repeat:
            worst = next(iter(answer.errors), None)
            return [worst or self._outcome(answer.data)] * notes
        errors = {str(error.path[0]): error for error in answer.errors}
        aliases = [f"n{number}" for number in range(notes)]
        return [errors.get(alias) or self._outcome(answer.data.get(alias)) for alias in aliases]

    def _outcome(self, said: object) -> str | FieldError:
        if said is None:
            return _no("The API answered null.")
        if self.refused is not None and (reason := self.refused.of(said)):
            return _no(str(reason))
        remote = self.remember.of(said) if self.remember is not None and self.repeat else None
        return "" if remote is None else str(remote)


def _no(message: str) -> FieldError:
    return FieldError(path=(), message=message, extensions={}, temporary=False)
