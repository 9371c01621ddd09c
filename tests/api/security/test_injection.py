"""Text that means something to a database, in every place that takes text."""

from __future__ import annotations

import pytest

from ..documents import highlight, imported

HOSTILE = ["' OR '1'='1", '" OR 1=1 --', "%", "_", "\\", "'; DROP TABLE annotations; --", "*"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_filters_take_text_as_text(api, hostile):
    """No filter matches more because of what its text looks like to SQL."""
    imported(api, highlight("One.", tags=["t"], colour="red"))
    for name, value in (
        ("author", hostile), ("tags", [hostile]), ("colours", [hostile]), ("sources", [hostile]),
        ("publications", [hostile]),
    ):  # fmt: skip
        query = "query($f: AnnotationFilter!) { annotations(filter: $f) { totalCount } }"
        assert api.ask(query, {"f": {name: value}}) == {"annotations": {"totalCount": 0}}, name
    query = "query($t: String!) { publications(filter: {title: $t}) { totalCount } }"
    assert api.ask(query, {"t": hostile}) == {"publications": {"totalCount": 0}}


@pytest.mark.parametrize("hostile", [*HOSTILE, "a\0b"])
def test_text_is_stored_as_text(api, hostile):
    """What looks like SQL is kept letter by letter."""
    imported(api, highlight("One.", note=hostile, tags=[f"x{hostile}"]))
    (note,) = api.ask("{ annotations { nodes { note tags } } }")["annotations"]["nodes"]
    expected = hostile.replace("\0", "\ufffd")
    assert note == {"note": expected, "tags": [f"x{expected}"]}


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "W10=", "W251bGxd", "WyJhIl0=", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ==", "W1tdXQ=="],
)
def test_a_forged_cursor_is_no_error_inside(api, cursor):
    """A cursor that nobody gave out is refused, or leads nowhere."""
    document = f'{{ annotations(after: "{cursor}") {{ nodes {{ id }} }} }}'
    answer = api.post(document).json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"BAD_USER_INPUT"}
