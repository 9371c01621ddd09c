"""JMESPath: what of a note goes where. Source: https://jmespath.org/specification.html"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jmespath import compile as compile_path
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from margins.errors import ConfigError, Refused

__all__ = ["Expression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A JMESPath expression, and the file and key it stands at."""

    place: str
    text: str
    compiled: ParsedResult = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: object, place: str) -> Expression:
        """Raises ConfigError: it is none."""
        if not isinstance(text, str):
            raise ConfigError(
                "It is no JMESPath expression.", place=place, remedy="Put it in quotes."
            )
        try:
            return cls(place=place, text=text, compiled=compile_path(text))
        except JMESPathError as error:
            what = " ".join(str(error).split())
            raise ConfigError(what, place=place, remedy="See https://jmespath.org/.") from error

    def of(self, value: object) -> Any:
        """What it makes of a JSON value.

        Raises:
            Refused: it does not fit the value.
        """
        try:
            return self.compiled.search(value)
        except JMESPathError as error:
            what = " ".join(str(error).split())
            raise Refused(what, place=self.place, remedy="Mend the expression.") from error
