"""The event source mapping of a queue."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("awslambdaric")

from margins.local.function import Outcome
from margins.local.poller import failed_ids, seconds_of

BATCH = [{"MessageId": "a"}, {"MessageId": "b"}]


def _outcome(answer: object, *, failed: bool = False) -> Outcome:
    return Outcome(
        answer=json.dumps(answer).encode(), failed=failed, duration=0.1, init=0.0, memory=1.0
    )


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"other": "b"}]}, {"a", "b"}),
        ("text", {"a", "b"}),
    ],
)
def test_partial_batch_failures(answer: object, failed: set[str]) -> None:
    """As Lambda documents it: an empty answer is success, a wrong one is not."""
    assert failed_ids(_outcome(answer), BATCH) == failed


def test_a_function_that_failed_gets_the_whole_batch_again() -> None:
    """Whatever its error says."""
    assert failed_ids(_outcome({"batchItemFailures": []}, failed=True), BATCH) == {"a", "b"}


def test_rates() -> None:
    """In minutes, hours and days; a cron expression is not known here."""
    assert [seconds_of(f"rate({text})") for text in ("1 minute", "5 minutes", "2 hours")] == [
        60,
        300,
        7200,
    ]
    with pytest.raises(ValueError, match="cron"):
        seconds_of("cron(0 12 * * ? *)")
