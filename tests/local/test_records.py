"""Lines of log as values."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from margins.local.records import LEVELS, Record, about, parse_line


def _record(line: object, *, number: int = 1, request: str = "r") -> Record:
    text = line if isinstance(line, str) else json.dumps(line)
    return Record(
        number=number, at=0.0, function="F", stream="s", request=request, line=text,
        said=parse_line(text),
    )  # fmt: skip


def test_a_line_of_the_json_format() -> None:
    """Message, level, what it carries besides, and the ids of mails."""
    record = _record(
        {"timestamp": "t", "level": "WARNING", "message": "hm", "logger": "x", "requestId": "r",
         "mail": "01A", "key": "incoming/abc"}
    )  # fmt: skip
    assert (record.kind, record.level, record.text) == ("log", "WARNING", "hm")
    assert record.extra == {"mail": "01A", "key": "incoming/abc"}
    assert record.mails == {"01A", "abc"}


def test_an_error_has_its_stack() -> None:
    """Type and message on the line, the frames beside."""
    record = _record(
        {"level": "ERROR", "errorType": "LookupError", "errorMessage": "no", "stackTrace": ["a"]}
    )
    assert (record.level, record.text, record.trace) == ("ERROR", "LookupError: no", ("a",))


def test_text_that_tells_an_error() -> None:
    """In the text format the level is part of the line."""
    assert _record("[ERROR] LookupError: no").level == "ERROR"
    assert _record("something else").level == "INFO"
    assert _record("INIT_START Runtime Version: python:3.13").kind == "platform"


def test_about_a_mail() -> None:
    """Everything of the invocations that name it, by either id or the beginning of one."""
    records = [
        _record({"message": "gate", "mail": "ses1"}, number=1, request="gate"),
        _record("START", number=2, request="parser"),
        _record({"message": "taken", "mail": "01A", "ses": "ses1"}, number=3, request="parser"),
        _record({"message": "later", "mail": "01A"}, number=4, request="tick"),
        _record({"message": "another", "mail": "01B"}, number=5, request="other"),
    ]
    for asked in ("ses1", "01A", "se"):
        assert [record.number for record in about(asked, records)] == [1, 2, 3, 4]
    assert about("nothing", records) == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["type", "record", "level", "message", "stackTrace", "_aws", "errorMessage", "mail", "key"]
)


@given(st.text(max_size=40) | st.dictionaries(_NAMES, _JSON) | _JSON)
def test_any_line_can_be_shown(line: object) -> None:
    """A function may print whatever it likes, half a platform event too."""
    record = _record(line)
    assert record.level in LEVELS
    assert record.kind in {"log", "metric", "platform"}
    assert isinstance(record.text, str)
    assert all(isinstance(each, str) for each in (*record.trace, *record.mails, *record.extra))
    assert isinstance(record.points, list)


def test_braces_without_end() -> None:
    """A line that is nested beyond reason is text."""
    assert _record('{"a":' * 100_000).said == {}
