"""What the template says about a function, and how an invocation of it ended. Pure values."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import margins
from margins.errors import Unavailable

__all__ = ["Closed", "Outcome", "Settings", "Throttled"]


class Closed(Unavailable):
    """The program ends: no event is taken any more, and those in hand are given up."""


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
        log_level: ApplicationLogLevel; empty leaves the runtime client its own.
        reserved: execution environments it may have at a time; without a reservation it shares
            the account's with the others.
        retries: times an asynchronous event is tried again after the function failed.
        most_age: seconds an asynchronous event is tried for.
        debug_port: where debugpy listens; 0 without a debugger. With one, no limit of time or
            memory holds, and events wait for each other.
        runtime: what the template asks for.
        python: the interpreter it gets.
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
    log_level: str = ""
    reserved: int | None = None
    retries: int = 2
    most_age: float = 6 * 3600.0
    debug_port: int = 0
    runtime: str = "python3.13"
    python: str = sys.executable
    code: Path = Path(margins.__file__).parents[1]

    @property
    def arn(self) -> str:
        """Of the function."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an invocation ended, with what CloudWatch's REPORT line says.

    Attributes:
        answer: the response, or the error in Lambda's shape.
        duration, init: seconds; init is 0 for a warm start.
        memory: MiB at the peak, of the process since it started.
        lifted: it was debugged, so that no time is too long.
    """

    answer: bytes
    failed: bool
    duration: float
    init: float
    memory: float
    lifted: bool = False

    def value(self) -> object:
        """The answer as JSON."""
        return json.loads(self.answer or b"null")
