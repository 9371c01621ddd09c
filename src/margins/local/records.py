"""Lines of log as values: whose they are, how grave, and which mails they are about. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from margins.local.report import spoken

__all__ = ["LEVELS", "TRACES", "Record", "about", "parse_line"]

TRACES = "x-ray"
"""The stream of the lines that traces become: they are none of CloudWatch's."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_OWN = {
    "timestamp", "time", "level", "message", "logger", "requestId", "location", "type", "record",
    "errorType", "errorMessage", "stackTrace", "_aws",
}  # fmt: skip
_PLATFORM = {"INIT_START", "INIT_REPORT", "START", "END", "REPORT"}
_TEXT_ERRORS = ("[ERROR]", "Traceback", "Task timed out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of a function's log.

    Attributes:
        number: its place among all lines, from 1.
        at: seconds since 1970.
        function: the name in the template.
        stream: the log stream: one per execution environment.
        request: the invocation it was written in; empty before the first.
        line: as CloudWatch has it.
        said: the object the line holds; empty when it is text.
    """

    number: int
    at: float
    function: str
    stream: str
    request: str
    line: str
    said: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    @property
    def kind(self) -> str:
        """platform, metric, trace or log."""
        if self.stream == TRACES:
            return "trace"
        if "_aws" in self.said:
            return "metric"
        ours = spoken(self.said) or self.line.split(" ", 1)[0] in _PLATFORM
        return "platform" if ours else "log"

    @property
    def level(self) -> str:
        """One of LEVELS."""
        level = str(self.said.get("level", "")).upper()
        if level in LEVELS:
            return level
        status = self.said.get("record")
        if isinstance(status, Mapping) and status.get("status", "success") != "success":
            return "ERROR"
        return "ERROR" if any(each in self.line[:200] for each in _TEXT_ERRORS) else "INFO"

    @property
    def text(self) -> str:
        """The line for people: a message without its wrapping."""
        if (words := spoken(self.said)) is not None:
            return words
        if self.kind == "metric":
            return "METRIC " + " ".join(f"{name}={value}" for name, value in self.points)
        if "message" in self.said:
            return str(self.said["message"])
        if "errorMessage" in self.said:
            return f"{self.said.get('errorType', 'Error')}: {self.said['errorMessage']}"
        return self.line

    @property
    def trace(self) -> tuple[str, ...]:
        """The stack trace, one frame each."""
        frames = self.said.get("stackTrace", ())
        return tuple(map(str, frames)) if isinstance(frames, list) else ()

    @property
    def extra(self) -> dict[str, str]:
        """What the line carries besides its message."""
        if self.kind != "log":
            return {}
        return {k: str(v) for k, v in self.said.items() if k not in _OWN and v not in ("", None)}

    @property
    def points(self) -> list[tuple[str, object]]:
        """What a line of metrics says."""
        return [(name, value) for name, value in self.said.items() if name != "_aws"]

    @property
    def mails(self) -> frozenset[str]:
        """Ids it names: the ledger's and that of SES, which is also the object's."""
        named = (str(self.said.get(name, "")) for name in ("mail", "ses", "key"))
        return frozenset(each.rpartition("/")[2] for each in named if each)


def parse_line(line: str) -> Mapping[str, Any]:
    """The object a line holds; empty when it holds none."""
    if not line.startswith("{"):
        return {}
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def about(mail: str, records: Iterable[Record]) -> tuple[Record, ...]:
    """Those of the invocations that name a mail, by any of its ids or the beginning of one."""
    kept = tuple(records)
    ids = {each for record in kept for each in record.mails if each.startswith(mail)}
    # The gate knows a mail by the id SES gave it; one line of the parser's has that and the
    # ledger's together.
    ids |= {each for record in kept if record.mails & ids for each in record.mails}
    requests = {record.request for record in kept if record.mails & ids} - {""}
    return tuple(record for record in kept if record.request in requests)
