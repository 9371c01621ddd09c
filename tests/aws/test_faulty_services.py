"""Nothing is lost and nothing is doubled when AWS answers wrongly, or not, after the deed too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.request import Request, urlopen

import pytest
from arrivals import keep, keys, run, tick
from faulty import FAULTS, FaultyServices
from functions import Context
from running import mail, notebook_html

from margins.aws import parts, upkeep
from margins.clients.token import NOTES, claims
from margins.errors import Unavailable
from margins.local.stack import Local

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EDITIONS = 12
HOUR = 3600.0


@pytest.fixture
def services(stack: Local, seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServices]:
    """Between the functions and everything they ask of AWS; the test itself asks directly."""
    with FaultyServices(stack.cloud.url, seed) as services:
        monkeypatch.setenv("AWS_ENDPOINT_URL", services.url)
        parts.close_all()
        yield services
    parts.close_all()


@pytest.fixture
def later(services: FaultyServices, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock by which leases run out so many seconds fast; tokens need the right one."""
    clock, fast = parts.open_parser().agent.clock, [0.0]
    monkeypatch.setattr(
        parts.SystemClock, "now", lambda one: time.time() + (fast[0] if one is clock else 0.0)
    )
    return lambda seconds: fast.__setitem__(0, seconds)


def test_each_mail_is_delivered_once(
    stack: Local, services: FaultyServices, later: Callable[[float], None]
) -> None:
    """Tried by the queue, by the minute and by the hour, as on AWS, a growing book is whole."""
    waiting = [keep(stack, mail(notebook_html(n)), f"mail{n}") for n in range(1, EDITIONS + 1)]
    for minutes in range(5):
        waiting = [waiting[n] for n in run(*waiting)]
        later(minutes * 300.0)
        with suppress(Unavailable):
            tick()
    for hours in range(2, 8):
        later(hours * HOUR)
        with suppress(Unavailable):
            upkeep.handler({}, Context())
        with suppress(Unavailable):
            tick()
    assert services.faults.happened.keys() == FAULTS.keys()
    assert [key for key in keys(stack, "incoming/") if "mail" in key] == []
    entries = stack.ledger.entries()
    assert [str(entry.status) for entry in entries] == ["delivered"] * EDITIONS
    assert sum(entry.counts.created for entry in entries) == EDITIONS
    assert _notes(stack) == EDITIONS


def _notes(stack: Local) -> int:
    """How many the account has."""
    told = stack.stack.parameters
    chosen = claims(
        "ada",
        issuer=told["Issuer"],
        audience=told["Audience"],
        now=time.time(),
        jti="1",
        scope=NOTES,
    )
    request = Request(
        stack.api_url,
        data=json.dumps({"query": "{ annotations(first: 1) { totalCount } }"}).encode(),
        headers={
            "Authorization": f"Bearer {stack.signer.sign(chosen)}",
            "Content-Type": "application/json",
        },
    )
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]["annotations"]["totalCount"]
