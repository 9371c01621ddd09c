"""Slowloris: many clients that say little, slowly, to take every place there is."""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median

import pytest
from crowd import crowded
from listening import listening, rules
from running import Running


@pytest.mark.slow
def test_a_thousand_slow_clients_keep_nobody_waiting(service: Running) -> None:
    """With 500 silent and 500 trickling clients a new one has its mail taken within a second."""
    found = crowded(service)
    assert median(found.seconds) < 1.0
    assert found.memory[1] - found.memory[0] < 100 * 1024 * 1024


def test_a_stranger_with_many_addresses_is_cut_short() -> None:
    """While half of all places are taken by the silent, they lose them after `stress_seconds`."""
    chosen = rules(connections=40, connections_per_peer=5, stress_seconds=2.0)
    with listening(chosen) as server, ExitStack() as stack:
        for n in range(40):
            source = f"127.0.0.{2 + n // 5}"
            stack.enter_context(server.peer(source=source)).reply()
        with server.peer(source="127.0.0.100") as peer:
            assert peer.reply().startswith("421 4.3.2")
        time.sleep(3.0)
        with server.peer(source="127.0.0.100") as peer:
            assert peer.reply().startswith("220")
