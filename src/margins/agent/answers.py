"""What a reading process answers, as bytes.

Pickle, but the reader of the bytes makes nothing except the values a Reading consists of: a child
that a hostile file has taken over must not be able to call anything in the service.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, is_dataclass, replace
from enum import Enum
from typing import Any

from margins import errors
from margins.agent.reading import Reading

__all__ = ["Answer", "dump", "load", "raise_or_return"]

_ROOMS = ("margins.agent.answers", "margins.agent.reading", "margins.mail.entity")
_ANNOTATION = ("margins.annotation.", "margins.formats")
_PLAIN = {
    ("datetime", "datetime"),
    ("datetime", "date"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("builtins", "frozenset"),
    ("builtins", "set"),
}
_ERRORS: dict[str, type[errors.MarginsError]] = {
    kind.__name__: kind for kind in (errors.MailError, errors.FormatError)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read, or the error it ended in, or both; and what it cost.

    Attributes:
        reading: there also when it holds no notes, which is an error.
        error: class name, sentence, place and remedy of an error in the mail.
        reasons: of NoNotes.
        trace: where our own code failed, without the text of the mail; for the log.
        exhausted: the process ran out of memory.
        seconds: processor time.
        peak: resident memory at its highest, bytes, what is shared with the parent included.
    """

    reading: Reading | None = None
    error: tuple[str, str, str, str] = ("", "", "", "")
    reasons: tuple[str, ...] = ()
    trace: str = ""
    exhausted: bool = False
    seconds: float = 0.0
    peak: int = 0


class _Pickler(pickle.Pickler):
    """Enumerations by their value: Python 3.11.0 to 3.11.3 would have getattr called for them."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, Enum):
            return type(value), (value.value,)
        return NotImplemented


def dump(answer: Answer) -> bytes:
    """The answer as bytes, attachments without their content."""
    if answer.reading is not None:
        claims = tuple(
            replace(claim, attachment=replace(claim.attachment, content=b""))
            for claim in answer.reading.claims
        )
        answer = replace(answer, reading=replace(answer.reading, claims=claims))
    content = io.BytesIO()
    _Pickler(content, pickle.HIGHEST_PROTOCOL).dump(answer)
    return content.getvalue()


class _Values(pickle.Unpickler):
    """Knows dataclasses and enumerations of the value rooms, and no functions."""

    def find_class(self, module: str, name: str) -> type:
        plain = (module, name) in _PLAIN
        if not (plain or module in _ROOMS or module.startswith(_ANNOTATION)) or "." in name:
            raise pickle.UnpicklingError(f"{module}.{name} is no value")
        found = super().find_class(module, name)
        if isinstance(found, type) and (plain or is_dataclass(found) or issubclass(found, Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


def load(content: bytes) -> Answer:
    """The answer in these bytes.

    Raises:
        OSError: they hold none; the process is not to be believed.
    """
    try:
        answer = _Values(io.BytesIO(content)).load()
    except Exception as error:
        raise ConnectionAbortedError(f"no answer: {error}") from error
    if not isinstance(answer, Answer):
        raise ConnectionAbortedError("no answer")
    return answer


def raise_or_return(answer: Answer) -> Reading:
    """The reading.

    Raises:
        MailError, NoNotes: the error the answer holds.
    """
    kind, what, place, remedy = answer.error
    if answer.reading is not None and not kind:
        return answer.reading
    if kind == errors.NoNotes.__name__:
        raise errors.NoNotes(what, place=place, remedy=remedy, reasons=answer.reasons)
    raise _ERRORS.get(kind, errors.MailError)(what, place=place, remedy=remedy)
