"""Metrics as CloudWatch draws them: points in, statistics over equal stretches of time out. Pure.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

__all__ = ["BUCKETS", "SECONDS", "Point", "Series", "points_of", "polyline"]

BUCKETS, SECONDS = 60, 10
"""What is drawn: ten minutes, in stretches of ten seconds."""

_MOST_METRICS, _MOST_SETS, _MOST_VALUES, _MOST_DIMENSIONS = 100, 30, 100, 30
_AVERAGED = {"Milliseconds", "Seconds", "Megabytes", "Percent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one metric.

    Attributes:
        dimensions: pairs, sorted.
    """

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    value: float
    at: float


def points_of(said: Mapping[str, Any], *, at: float) -> tuple[Point, ...]:
    """The metrics in a line of the embedded metric format; what is not such a line has none.

    At most so many of each as CloudWatch takes.
    """
    meta = said.get("_aws")
    directives = meta.get("CloudWatchMetrics") if isinstance(meta, Mapping) else None
    if not isinstance(directives, list):
        return ()
    stamp = meta.get("Timestamp") if isinstance(meta, Mapping) else None
    when = stamp / 1000 if _is_number(stamp) else at
    found = (p for each in directives if isinstance(each, dict) for p in _points(each, said, when))
    return tuple(point for point, _ in zip(found, range(_MOST_METRICS), strict=False))


def _points(directive: Mapping[str, Any], said: Mapping[str, Any], at: float) -> Iterator[Point]:
    sets = [s for s in _list(directive.get("Dimensions")) if isinstance(s, list)]
    for metric in _list(directive.get("Metrics"))[:_MOST_METRICS]:
        name = metric.get("Name") if isinstance(metric, dict) else None
        if not isinstance(name, str):
            continue
        values = said.get(name)
        for value in (values if isinstance(values, list) else [values])[:_MOST_VALUES]:
            if not _is_number(value):
                continue
            for names in (sets or [[]])[:_MOST_SETS]:
                named = sorted(str(each) for each in names[:_MOST_DIMENSIONS])
                yield Point(
                    namespace=str(directive.get("Namespace", "")),
                    name=name,
                    unit=str(metric.get("Unit", "None")),
                    dimensions=tuple((each, str(said.get(each, ""))) for each in named),
                    value=float(value),
                    at=at,
                )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


@dataclass(slots=True, kw_only=True)
class Series:
    """One metric with its dimensions, since the beginning and over the last minutes."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")
    recent: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=5000))

    def add(self, point: Point) -> None:
        """Take one more value."""
        self.count += 1
        self.total += point.value
        self.least, self.most = min(self.least, point.value), max(self.most, point.value)
        self.recent.append((point.at, point.value))

    @property
    def averaged(self) -> bool:
        """Its values are measured rather than counted: they are averaged, not added up."""
        return self.unit in _AVERAGED

    def drawn(self, now: float) -> tuple[float, ...]:
        """Its values over the last minutes, the oldest first; 0 where there were none."""
        sums, counts = [0.0] * BUCKETS, [0] * BUCKETS
        last = int(now // SECONDS)
        for at, value in self.recent:
            place = BUCKETS - 1 - (last - int(at // SECONDS))
            if 0 <= place < BUCKETS:
                sums[place] += value
                counts[place] += 1
        if not self.averaged:
            return tuple(sums)
        return tuple(s / c if c else 0.0 for s, c in zip(sums, counts, strict=True))


def polyline(values: Sequence[float], *, width: float, height: float) -> str:
    """The `points` of an SVG polyline through the values, the largest at the top."""
    top = max([*values, 0.0]) or 1.0
    step = width / max(len(values) - 1, 1)
    return _joined((i * step, height - max(v, 0.0) / top * height) for i, v in enumerate(values))


def _joined(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
