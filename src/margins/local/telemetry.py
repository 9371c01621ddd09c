"""Logs, metrics and traces of all functions, in memory and within bounds; the newest stay."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from margins.local.metrics import Point, Series, points_of
from margins.local.records import LEVELS, TRACES, Record, about, parse_line
from margins.local.traces import Segment, Trace

__all__ = ["Telemetry", "Wanted"]

_MOST_RECORDS, _MOST_TRACES, _MOST_SERIES = 20_000, 500, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records are asked for; what is empty does not choose.

    Attributes:
        after: the number of the last one already seen.
        level: this one and graver ones.
        mail: an id of it, or the beginning of one.
    """

    after: int = 0
    function: str = ""
    level: str = ""
    mail: str = ""
    request: str = ""

    def takes(self, record: Record) -> bool:
        """It is one of them, as far as the record alone tells."""
        least = LEVELS.index(self.level) if self.level else 0
        return (
            record.number > self.after
            and self.function in {"", record.function}
            and self.request in {"", record.request}
            and LEVELS.index(record.level) >= least
        )


class Telemetry:
    """What the functions said and did. Threads share it.

    Args:
        show: called with every record as it comes.
    """

    def __init__(self, show: Callable[[Record], None]) -> None:
        self._show = show
        self._lock = threading.RLock()
        self._number = 0
        self._records: deque[Record] = deque(maxlen=_MOST_RECORDS)
        self._series: dict[tuple[object, ...], Series] = {}
        self._traces: OrderedDict[str, Trace] = OrderedDict()

    def log(self, function: str, line: str, *, stream: str = "", request: str = "") -> None:
        """Take a line of log, and the metrics it may hold."""
        at, said = time.time(), parse_line(line)
        with self._lock:
            self._number += 1
            record = Record(
                number=self._number,
                at=at,
                function=function,
                stream=stream,
                request=request,
                line=line,
                said=said,
            )
            self._records.append(record)
            for point in points_of(said, at=at):
                self._add(point)
            self._show(record)

    def measure(self, name: str, value: float, *, unit: str = "Count", **names: str) -> None:
        """Take a metric of the services themselves: of AWS/Lambda, with these dimensions."""
        point = Point(
            namespace="AWS/Lambda",
            name=name,
            unit=unit,
            dimensions=tuple(sorted(names.items())),
            value=value,
            at=time.time(),
        )
        with self._lock:
            self._add(point)

    def _add(self, point: Point) -> None:
        key = (point.namespace, point.name, point.unit, point.dimensions)
        series = self._series.get(key)
        if series is None:
            if len(self._series) >= _MOST_SERIES:
                return
            series = self._series[key] = Series(
                namespace=point.namespace,
                name=point.name,
                unit=point.unit,
                dimensions=point.dimensions,
            )
        series.add(point)

    def trace(self, request: str, segments: list[Segment]) -> None:
        """Take the segments of one document; Lambda's own comes last, and completes a trace."""
        with self._lock:
            for id_ in {segment.trace for segment in segments}:
                trace = self._traces.setdefault(id_, Trace(id=id_))
                trace.request = request or trace.request
                trace.add(segment for segment in segments if segment.trace == id_)
                if request:
                    self.log(trace.name, trace.summary, stream=TRACES, request=request)
            while len(self._traces) > _MOST_TRACES:
                self._traces.popitem(last=False)

    def records(self, wanted: Wanted) -> tuple[Record, ...]:
        """Those asked for, the oldest first."""
        with self._lock:
            found: tuple[Record, ...] = tuple(self._records)
        if wanted.mail:
            found = about(wanted.mail, found)
        return tuple(record for record in found if wanted.takes(record))

    def functions(self) -> list[str]:
        """Names of those that have said something."""
        with self._lock:
            return sorted({record.function for record in self._records})

    def series(self) -> list[Series]:
        """All metrics: the program's own before those of the services."""
        with self._lock:
            found = list(self._series.values())
        return sorted(
            found, key=lambda s: (s.namespace.startswith("AWS/"), s.namespace, s.name, s.dimensions)
        )

    def traces(self) -> list[Trace]:
        """Those that are complete, the newest first."""
        with self._lock:
            return [t for t in reversed(self._traces.values()) if t.whole is not None]

    def find_trace(self, *, id_: str = "", request: str = "") -> Trace | None:
        """The trace of this id, or of this invocation."""
        return next((t for t in self.traces() if t.id == id_ or (t.request == request != "")), None)
