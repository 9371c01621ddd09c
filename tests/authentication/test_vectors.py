"""The published test suites: SPF (RFC 7208 and 4408), ARC (RFC 8617), DKIM (RFC 6376, 8463)."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites import SUITES, Suite


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_published_suite(suite: Suite, shared: Path, tmp_path: Path) -> None:
    """Every case ends as its suite says, but for the exceptions, which end as listed."""
    cases = suite.run(shared / "corpora", tmp_path)
    if cases is None:
        pytest.skip("the suite is not at hand")
    assert len(cases) == suite.size
    odd = {name: case.found for name, case in cases.items() if case.found not in case.expected}
    assert odd == {name: found for name, (found, _) in suite.exceptions.items()}
