"""Traces as X-Ray draws them: segments in, the rows of a waterfall out. Pure.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Row", "Segment", "Trace", "parse_document"]

_MOST_DEPTH, _MOST_SEGMENTS, _TOLD = 8, 2000, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch of work.

    Attributes:
        parent: the segment it is part of; empty for the first.
        origin: AWS::Lambda, AWS::Lambda::Function, or empty for what a function reports.
        namespace: "aws" or "remote" for a call of another service.
        began, ended: seconds since 1970.
        note: what was called, and the answer's status: "GetItem 200".
        failed: it ended in an error.
    """

    trace: str
    id: str
    parent: str
    name: str
    origin: str = ""
    namespace: str = ""
    began: float
    ended: float
    note: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a waterfall: offsets in seconds from the beginning of the trace."""

    segment: Segment
    depth: int
    offset: float
    seconds: float


@dataclass(slots=True, kw_only=True)
class Trace:
    """All segments of one invocation.

    Attributes:
        request: id of the invocation, once its own segment is here.
    """

    id: str
    request: str = ""
    segments: list[Segment] = field(default_factory=list)

    def add(self, segments: Iterable[Segment]) -> None:
        """Take more of them, as far as there is room."""
        self.segments += list(segments)[: _MOST_SEGMENTS - len(self.segments)]

    @property
    def whole(self) -> Segment | None:
        """Lambda's own segment: everything from the event to the answer."""
        return next((s for s in self.segments if s.origin == "AWS::Lambda"), None)

    @property
    def began(self) -> float:
        """Seconds since 1970."""
        return min((s.began for s in self.segments), default=0.0)

    @property
    def seconds(self) -> float:
        """From its first moment to its last."""
        return max((s.ended for s in self.segments), default=0.0) - self.began

    @property
    def failed(self) -> bool:
        """The invocation did; a call that failed and was made again does not count."""
        return self.whole is not None and self.whole.failed

    @property
    def name(self) -> str:
        """Of the function."""
        return self.whole.name if self.whole else ""

    @property
    def summary(self) -> str:
        """On one line: how long it took, and its calls of other services."""
        called: dict[str, list[float]] = {}
        for call in self.calls():
            called.setdefault(call.name, []).append((call.ended - call.began) * 1000)
        told = [f"{name} {len(ms)} in {sum(ms):.0f} ms" for name, ms in called.items()][:_TOLD]
        return f"TRACE {self.id} {self.seconds * 1000:.0f} ms; {', '.join(told) or 'no calls'}"

    def calls(self) -> list[Segment]:
        """The calls of other services, in their order."""
        found = (s for s in self.segments if s.namespace in {"aws", "remote"})
        return sorted(found, key=lambda s: s.began)

    def rows(self) -> list[Row]:
        """Parents before their children, the earlier before the later."""
        known = {s.id for s in self.segments}
        children: dict[str, list[Segment]] = {}
        for segment in sorted(self.segments, key=lambda s: (s.began, -s.ended)):
            parent = segment.parent if segment.parent in known else ""
            children.setdefault(parent, []).append(segment)
        return list(self._below("", 0, children))

    def _below(self, parent: str, depth: int, children: dict[str, list[Segment]]) -> Iterator[Row]:
        # Taken out as they are drawn: two segments that call each other parent end the walk.
        for s in children.pop(parent, ()):
            offset, seconds = s.began - self.began, max(s.ended - s.began, 0.0)
            yield Row(segment=s, depth=depth, offset=offset, seconds=seconds)
            if depth < _MOST_DEPTH:
                yield from self._below(s.id, depth + 1, children)


def parse_document(datagram: bytes) -> tuple[str, list[Segment]]:
    """The segments of a document as X-Ray's daemon gets it, and the id of the request it names.

    Raises:
        ValueError: it is not such a document.
    """
    header, _, body = datagram.partition(b"\n")
    try:
        told, document = json.loads(header), json.loads(body)
        if told["format"] != "json" or told["version"] != 1:
            raise ValueError(header)
        trace = _text(document["trace_id"], 64)
        segments = list(_segments(document, trace, _text(document.get("parent_id", ""), 16), 0))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a segment: {error}") from error
    request = document.get("aws", {}) if document.get("origin") == "AWS::Lambda" else {}
    return _text(request.get("request_id", ""), 64), segments


def _text(value: object, most: int) -> str:
    return str(value)[:most]


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds < 1e11:
        raise ValueError(f"no moment: {seconds}")
    return seconds


def _segments(
    document: Mapping[str, Any], trace: str, parent: str, depth: int
) -> Iterator[Segment]:
    if depth > _MOST_DEPTH:
        raise ValueError("nested too deeply")
    segment = Segment(
        trace=trace,
        id=_text(document["id"], 16),
        parent=parent,
        name=_text(document["name"], 200),
        origin=_text(document.get("origin", ""), 64),
        namespace=_text(document.get("namespace", ""), 16),
        began=_seconds(document["start_time"]),
        ended=_seconds(document.get("end_time", document["start_time"])),
        note=_note(document),
        failed=any(document.get(k) is True for k in ("error", "fault", "throttle")),
    )
    yield segment
    for each in document.get("subsegments", ()):
        yield from _segments(each, trace, segment.id, depth + 1)


def _note(document: Mapping[str, Any]) -> str:
    operation = document.get("aws", {}).get("operation", "")
    status = document.get("http", {}).get("response", {}).get("status", "")
    return _text(f"{operation} {status}".strip(), 100)
