"""What the template says about a function, and how an invocation of it ended. Pure values."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import margins
from margins.errors import Unavailable

__all__ = ["Outcome", "Settings", "Throttled"]

_UNRESERVED = 10


class Throttled(Unavailable):
    """Every execution environment the function may have is busy (TooManyRequestsException)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the template says about a function.

    Attributes:
        memory: MiB.
        log_group: where CloudWatch keeps its log.
        as_json: its log format is JSON, else text.
        traced: its invocations are sampled for X-Ray.
        reserved: execution environments it may have at a time; without a reservation as many as a
            new account has for all its functions.
        debug_port: where debugpy listens; 0 without a debugger. With one, nothing is killed, and
            events wait for each other.
        python: the interpreter.
        code: the folder the handler is found in.
    """

    name: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    region: str
    account: str
    log_group: str = ""
    as_json: bool = False
    traced: bool = False
    reserved: int | None = None
    debug_port: int = 0
    python: str = sys.executable
    code: Path = Path(margins.__file__).parents[1]

    @property
    def arn(self) -> str:
        """Of the function."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def concurrency(self) -> int:
        """Execution environments at a time."""
        return _UNRESERVED if self.reserved is None else self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an invocation ended, with what CloudWatch's REPORT line says.

    Attributes:
        answer: the response, or the error in Lambda's shape.
        duration, init: seconds; init is 0 for a warm start.
        memory: MiB at the peak, of the process since it started.
    """

    answer: bytes
    failed: bool
    duration: float
    init: float
    memory: float

    def value(self) -> object:
        """The answer as JSON."""
        return json.loads(self.answer or b"null")
