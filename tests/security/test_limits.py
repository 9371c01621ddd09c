"""The limits as they are by default."""

from __future__ import annotations

import pytest
from limits import LIMITS


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_has_its_answer(name: str) -> None:
    """Temporary where another time, or another mail, may do; permanent where it never will."""
    attempt, expected = LIMITS[name]
    assert attempt().startswith(expected)
