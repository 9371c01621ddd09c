"""X-Ray's daemon, played."""

from __future__ import annotations

import socket
import time

from margins.local.traces import Segment
from margins.local.xray import Daemon


def test_segments_arrive_whatever_else_does() -> None:
    """Any process may write to the port: what is no segment is passed over."""
    found: list[tuple[str, list[Segment]]] = []
    with Daemon(lambda request, segments: found.append((request, segments))) as daemon:
        host, _, port = daemon.address.partition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for datagram in (b"", b"x", b"{}\n{}", b"\xff" * 9000, b"", b'{"format":1}\n[]'):
                stranger.sendto(datagram, (host, int(port)))
        daemon.send({"trace_id": "t", "id": "a", "name": "n", "start_time": 1.0, "end_time": 2.0})
        deadline = time.monotonic() + 5
        while not found and time.monotonic() < deadline:
            time.sleep(0.01)
    [(request, [segment])] = found
    assert (request, segment.trace, segment.name, segment.ended) == ("", "t", "n", 2.0)
