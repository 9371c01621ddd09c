"""Metrics out of the embedded metric format, and what is drawn of them."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout

from hypothesis import given
from hypothesis import strategies as st

from margins.aws.telemetry import emit
from margins.local.metrics import BUCKETS, SECONDS, Point, Series, points_of, polyline


def _series(unit: str = "Count") -> Series:
    return Series(namespace="n", name="m", unit=unit, dimensions=())


def _point(value: float, at: float) -> Point:
    return Point(namespace="n", name="m", unit="Count", dimensions=(), value=value, at=at)


def test_what_the_functions_emit_is_understood() -> None:
    """Name, unit, dimensions, value and moment, of every metric in the line."""
    written = io.StringIO()
    with redirect_stdout(written):
        emit({"Created": 3, "Updated": 0, "Ended": 1}, now=1000.5, Status="delivered")
    points = points_of(json.loads(written.getvalue()), at=0.0)
    assert [(p.name, p.value, p.at, p.dimensions) for p in points] == [
        ("Created", 3.0, 1000.5, (("Status", "delivered"),)),
        ("Ended", 1.0, 1000.5, (("Status", "delivered"),)),
    ]
    assert {(p.namespace, p.unit) for p in points} == {("Margins", "Count")}


def test_several_values_and_sets_of_dimensions() -> None:
    """Each value counts once for each set."""
    directive = {"Namespace": "n", "Dimensions": [["a"], []], "Metrics": [{"Name": "m"}]}
    said = {"_aws": {"CloudWatchMetrics": [directive]}, "a": "x", "m": [1, 2.5]}
    points = points_of(said, at=7.0)
    assert [(p.value, p.dimensions, p.at) for p in points] == [
        (1.0, (("a", "x"),), 7.0), (1.0, (), 7.0), (2.5, (("a", "x"),), 7.0), (2.5, (), 7.0),
    ]  # fmt: skip


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Namespace", "Dimensions", "Metrics", "Name", "Unit"]), inner
        )
    ),
    max_leaves=12,
)


@given(_JUNK, _JUNK, _JUNK)
def test_anything_may_stand_in_a_line(meta: object, value: object, stamp: object) -> None:
    """What is no metric makes no point."""
    for said in (
        {"_aws": meta, "m": value},
        {"_aws": {"CloudWatchMetrics": meta, "Timestamp": stamp}, "m": value},
        {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "m"}], "Dimensions": meta}]},
         "m": value},
    ):  # fmt: skip
        for point in points_of(said, at=1.0):
            assert abs(point.value) < 1e300


def test_counts_are_added_up_and_durations_averaged() -> None:
    """Within a stretch of time; the oldest stretch first, and nothing from before it."""
    now = 1_000_000.0
    for unit, drawn in (("Count", 6.0), ("Milliseconds", 3.0)):
        series = _series(unit)
        for value, at in ((2.0, now), (4.0, now), (9.0, now - BUCKETS * SECONDS)):
            series.add(_point(value, at))
        assert series.drawn(now)[-1] == drawn
        assert sum(series.drawn(now)[:-1]) == 0
        assert (series.count, series.total, series.least, series.most) == (3, 15.0, 2.0, 9.0)


def test_a_line_is_as_high_as_its_largest_value() -> None:
    """The points of an SVG polyline; a line of nothing lies at the bottom."""
    assert polyline([0, 5, 10], width=100, height=20) == "0.0,20.0 50.0,10.0 100.0,0.0"
    assert polyline([0, 0], width=10, height=4) == "0.0,4.0 10.0,4.0"
