"""What is answered at each limit of the SMTP port, with the limits as they are by default.

    python tests/security/limits.py

prints the answers, and what a thousand slow clients cost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / name) for name in ("ingress", "e2e", "security")]

from crowd import IDLE, SLOW, crowded  # noqa: E402
from listening import TO, listening, rules  # noqa: E402
from running import READER, Running  # noqa: E402

_MAIL = "MAIL FROM:<ada@example.org>"


def _said(*lines: str | bytes, **changes: object) -> str:
    """The last reply in a session that has been greeted."""
    with listening(rules(**changes)) as server, server.peer() as peer:
        peer.reply()
        return peer.say("EHLO x", *lines)


def _recipients() -> str:
    accepted = [f"RCPT TO:<n{n}@in.example>" for n in range(101)]
    return _said(_MAIL, *accepted, addresses=("@in.example",))


def _connections() -> str:
    with listening(rules()) as server, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(server.peer()).reply()
        return stack.enter_context(server.peer()).reply()


def _content(content: bytes) -> Callable[[], str]:
    return lambda: _said(_MAIL, f"RCPT TO:<{TO}>", "DATA", content + b"\r\n.")


def _errors() -> str:
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        peer.say("EHLO x", _MAIL, *[f"RCPT TO:<{n}@elsewhere.example>" for n in range(21)])
        return peer.reply()


def _slow(**changes: float) -> Callable[[], str]:
    def wait() -> str:
        with listening(rules(**changes)) as server, server.peer() as peer:
            peer.envelope()
            peer.sock.sendall(b"From: ada@example.org\r\n")
            return peer.reply()

    return wait


LIMITS: dict[str, tuple[Callable[[], str], str]] = {
    "101 recipients": (_recipients, "452 4.5.3"),
    "21 refused commands": (_errors, "421 4.7.0"),
    "101 commands without a mail": (lambda: _said(*["NOOP"] * 100), "421 4.7.0"),
    "21 connections from one address": (_connections, "421 4.7.0"),
    "a command of 2,000 bytes": (lambda: _said("NOOP " + "x" * 2_000), "500"),
    "a path of 300 bytes": (lambda: _said(f"MAIL FROM:<{'x' * 300}@a.example>"), "553"),
    "a size announced beyond the largest": (lambda: _said(f"{_MAIL} SIZE=1048577"), "552"),
    "a byte more than the largest content": (_content(b"x" * 1_048_575), "552 5.3.4"),
    "a bare line feed": (_content(b"a\nb"), "550 5.6.11"),
    "a browser's request": (lambda: _said("GET / HTTP/1.1"), "421 4.7.0"),
    "silence, the limit set to 0.3 s": (_slow(data_seconds=0.3), "421 4.4.2"),
    "a trickle, the grace set to 0.3 s": (_slow(data_grace=0.3, data_rate=1e6), "421 4.4.2"),
}
"""What is tried, by name: does it, and gives the answer; how the answer must begin."""


def main() -> int:
    """The command line."""
    print("| what is tried | answer | after |\n| --- | --- | --- |")
    for name, (attempt, expected) in LIMITS.items():
        began = time.monotonic()
        answer = attempt()
        assert answer.startswith(expected), (name, answer)
        print(f"| {name} | {answer} | {time.monotonic() - began:.2f} s |")
    with tempfile.TemporaryDirectory() as folder:
        service = Running(Path(folder) / "data")
        service.command("accounts", "add", READER)
        service.start()
        try:
            found = crowded(service, mails=20)
        finally:
            service.stop()
    before, during = (size / 2**20 for size in found.memory)
    print(
        f"\n{IDLE} silent and {SLOW} trickling clients: the service grows from {before:.0f} to "
        f"{during:.0f} MiB; a new client's mail is taken in {median(found.seconds) * 1000:.0f} ms "
        f"(median of {len(found.seconds)}, slowest {found.seconds[-1] * 1000:.0f} ms)."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
