"""Nothing accepted is lost and nothing is doubled, however often the service is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from loop import HEAD, MODES, CrashLoop, Verdict
from planted import BUGS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def _told(name: str, verdict: Verdict) -> str:
    said = [HEAD, verdict.row(name), *verdict.lost[:5], *verdict.doubled[:5]]
    print("\n".join(said))
    return "\n".join(said)


@pytest.mark.parametrize("mode", MODES)
def test_kills_lose_and_double_nothing(tmp_path: Path, mode: str, seed: int) -> None:
    """Ten kills each: every acknowledged mail is delivered, every note stands once."""
    loop = CrashLoop(
        tmp_path,
        seed,
        kills=10,
        mails=300,
        **MODES[mode],
        readers=6,
        workers=4,
        pause=0.1,
        unlucky=50,
    )
    verdict = loop.run()
    told = _told(mode, verdict)
    assert verdict.clean, told
    assert verdict.kills >= 10
    assert verdict.acknowledged >= 300, told
    assert bool(verdict.faults) is bool(MODES[mode]), told


def test_workers_that_take_no_turns_still_double_nothing(tmp_path: Path, seed: int) -> None:
    """The notes API refuses what was planned for a state that is no more."""
    verdict = CrashLoop(tmp_path, seed, kills=3, mails=100, bug="no_turns").run()
    assert verdict.clean, _told("no turns", verdict)


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_the_loop_sees_planted_bugs(tmp_path: Path, bug: str, seed: int) -> None:
    """With each of these bugs in the service, the same loop fails, at the latest the third time."""
    for attempt in range(3):
        home = tmp_path / str(attempt)
        verdict = CrashLoop(
            home, seed + attempt, kills=3, mails=100, faulty=True, bug=bug, unlucky=20
        ).run()
        told = _told(bug, verdict)
        seen = {
            "acknowledge_first": verdict.lost,
            "no_idempotency_key": verdict.miscounted,
            "no_reading_first": verdict.doubled,
            "no_turns_no_revisions": verdict.doubled,
        }
        if seen[bug]:
            return
    pytest.fail(told)
