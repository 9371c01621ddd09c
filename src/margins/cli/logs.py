"""The log: one line per event, as text for people or as a JSON object.

What a mail says reaches the log only in sentences of ours, and in any of them a line break, a
terminal's escape sequence, a token or a secret import address may hide. None gets through.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from margins.mail.import_address import mask

__all__ = ["Lines", "begin", "clean"]

_LONGEST = 4_000
_TOKEN = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
_BEARER = re.compile(r"(?i)\b(bearer|authorization:?)\s+[^\s\"',]{8,}")
# C0, DEL and C1 controls, line and paragraph separators, bidirectional overrides, lone surrogates.
_CONTROL = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def clean(text: str) -> str:
    """On one line, in plain sight, and without what nobody may read."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    text = _BEARER.sub(r"\1 ***", _TOKEN.sub("***", mask(text)))
    return _CONTROL.sub(lambda c: c[0].encode("unicode_escape").decode("ascii"), text)


class Lines(logging.Formatter):
    """A record as one line.

    Args:
        as_json: `{"time", "level", "logger", "event", ...}`, with what the record carries besides;
            else text.
    """

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trouble = self.formatException(record.exc_info) if record.exc_info else ""
        event = clean(record.getMessage())
        if not self._as_json:
            line = f"{when} {record.levelname} {record.name}: {event}"
            return f"{line} {clean(trouble)}" if trouble else line
        fields = {"time": when, "level": record.levelname.lower(), "logger": record.name}
        fields["event"] = event
        for name, value in vars(record).items():
            if name not in _STANDARD:
                fields[name] = clean(str(value))
        if trouble:
            fields["exception"] = clean(trouble)
        return json.dumps(fields, ensure_ascii=False)


def begin(log_format: str, *, level: int) -> None:
    """Send every record to standard error, as "json" or "text"."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(as_json=log_format == "json"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
