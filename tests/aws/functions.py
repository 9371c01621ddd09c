"""What the tests of the functions share."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "aws" / "template.yaml"
READER = "reader@example.org"


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    seconds: float = 60.0

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        return int(self.seconds * 1000)


@dataclass
class Ending:
    """The same, of one that is killed at this moment of the monotonic clock."""

    at: float

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        return int((self.at - time.monotonic()) * 1000)


@contextmanager
def silence() -> Iterator[str]:
    """The URL of somebody who takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
