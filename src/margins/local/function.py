"""A Lambda function: its execution environments, and what is told of every invocation.

An event goes to an environment that is idle, or a new one is started for it; when the function or
the account has as many as it may have and all are busy, the event is throttled.
"""

from __future__ import annotations

import json
import threading
import time
from secrets import token_hex
from uuid import uuid4

from margins.local.concurrency import Account
from margins.local.environment import Environment
from margins.local.report import Report
from margins.local.runtime import Invocation
from margins.local.settings import Closed, Outcome, Settings, Throttled
from margins.local.telemetry import Telemetry
from margins.local.xray import Daemon, documents

__all__ = ["Function"]

_FIRST_RETRY, _LAST_RETRY = 1.0, 300.0
_AFTER_FAILURE = (60.0, 120.0)
_LIFTED_SECONDS = 24 * 3600.0
"""What the context says is left, when somebody debugs."""


class Function:
    """Threads may share it.

    Args:
        daemon: takes the traces; none are made without.
        account: what it shares with the other functions, when it has no reservation.
    """

    def __init__(
        self,
        settings: Settings,
        telemetry: Telemetry,
        daemon: Daemon | None = None,
        account: Account | None = None,
    ) -> None:
        self.settings = settings
        self._account = account or Account()
        self._telemetry, self._daemon = telemetry, daemon
        self._closing = threading.Event()
        self._free = threading.Condition()
        self._idle: list[Environment] = []
        self._busy: list[Environment] = []
        self._stale: list[Environment] = []

    def invoke(self, event: object) -> Outcome:
        """Hand an event to the function and wait for what becomes of it.

        Raises:
            Throttled: it has no environment left.
            Closed: the program ends.
        """
        environment = self._take()
        try:
            return self._run(environment, json.dumps(event).encode())
        finally:
            self._give_back(environment)

    def invoke_later(self, event: object) -> None:
        """Put an event into Lambda's own queue and return: it is tried again while it is
        throttled, and twice (or what the template says) when the function fails.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        """
        threading.Thread(target=self._work_off, args=(event,), daemon=True).start()

    def _work_off(self, event: object) -> None:
        failures, wait = iter(_AFTER_FAILURE[: self.settings.retries]), _FIRST_RETRY
        began = time.monotonic()
        while not self._closing.is_set():
            try:
                pause = next(failures, None) if self.invoke(event).failed else None
            except Throttled:
                pause, wait = wait, min(2 * wait, _LAST_RETRY)
            except Closed:
                return
            if pause is None or time.monotonic() + pause - began > self.settings.most_age:
                return
            self._closing.wait(pause)

    def _take(self) -> Environment:
        s, daemon = self.settings, self._daemon
        with self._free:
            if s.debug_port:  # one debugger sees one process
                self._free.wait_for(lambda: not self._busy or self._closing.is_set())
            if self._closing.is_set():
                raise Closed("The program ends.", place=s.name)
            self._reserve()
            environment = (
                self._idle.pop()
                if self._idle
                else Environment(s, self._telemetry, daemon.address if daemon else "")
            )
            self._busy.append(environment)
            self._measure("ConcurrentExecutions", len(self._busy))
        return environment

    def _reserve(self) -> None:
        """Take a place of the function's own, or of the account's."""
        name, reserved = self.settings.name, self.settings.reserved
        if self.settings.debug_port:
            return
        if reserved is None and self._account.take():
            return
        if reserved is not None and len(self._busy) < reserved:
            return
        self._measure("Throttles", 1)
        limit, whose = (
            (self._account.limit, "the account") if reserved is None else (reserved, name)
        )
        what = f"Rate exceeded: all {limit} execution environments of {whose} are busy."
        self._telemetry.log(name, f"[ERROR] TooManyRequestsException: {what}")
        raise Throttled(what, place=name, remedy="It is tried again by whoever invoked it.")

    def _give_back(self, environment: Environment) -> None:
        with self._free:
            self._busy.remove(environment)
            if self.settings.reserved is None and not self.settings.debug_port:
                self._account.give_back()
            keep = environment.alive and environment not in self._stale
            if keep:
                self._idle.append(environment)
            else:
                self._stale = [each for each in self._stale if each is not environment]
            self._free.notify()
        if not keep:
            environment.close()

    def _run(self, environment: Environment, event: bytes) -> Outcome:
        now = time.time()
        segment = token_hex(8)
        traced = self.settings.traced and self._daemon is not None
        invocation = Invocation(
            id=str(uuid4()),
            event=event,
            deadline_ms=0,
            arn=self.settings.arn,
            trace=f"Root=1-{int(now):08x}-{token_hex(12)};Parent={segment};Sampled={traced:d}",
        )
        init, failed = (0.0, b"") if environment.alive else environment.start(invocation.id)
        seconds = peak = 0.0
        if failed:
            invocation.end(failed, status="error")
        else:
            left = _LIFTED_SECONDS if self.settings.debug_port else self.settings.timeout
            invocation.deadline_ms = int((time.time() + left) * 1000)
            seconds, peak = environment.run(invocation)
        outcome = Outcome(
            answer=invocation.answer or b"",
            failed=invocation.status != "success",
            duration=seconds,
            init=init,
            memory=peak,
            lifted=bool(self.settings.debug_port),
        )
        if outcome.failed and self._closing.is_set():  # it was ended by us, which is no news
            raise Closed("The program ends.", place=self.settings.name)
        self._tell(environment, invocation, outcome, trace=invocation.trace if traced else "")
        return outcome

    def _tell(
        self, environment: Environment, invocation: Invocation, outcome: Outcome, *, trace: str
    ) -> None:
        """REPORT, Lambda's own metrics, and the two segments of the trace."""
        report = Report(
            request=invocation.id,
            duration=outcome.duration,
            init=outcome.init,
            memory=self.settings.memory,
            used=outcome.memory,
            trace=trace,
            status=invocation.status,
            error=_error_type(invocation),
        )
        environment.say("report", **report.event())
        self._measure("Invocations", 1)
        self._measure("Errors", int(outcome.failed))
        self._measure("Duration", outcome.duration * 1000, unit="Milliseconds")
        if not trace or self._daemon is None:
            return
        parts = dict(part.split("=") for part in trace.split(";"))
        ended = time.time()
        invoked = ended - outcome.duration
        for document in documents(
            function=self.settings.name,
            request=invocation.id,
            trace=parts["Root"],
            segment=parts["Parent"],
            outer=token_hex(8),
            moments=(invoked - outcome.init, invoked, ended),
            failed=outcome.failed,
        ):
            self._daemon.send(document)

    def _measure(self, name: str, value: float, *, unit: str = "Count") -> None:
        self._telemetry.measure(name, value, unit=unit, FunctionName=self.settings.name)

    def restart(self) -> None:
        """No environment gets another event; the next one is new, with the code as it is."""
        with self._free:
            idle, self._idle = self._idle, []
            self._stale += self._busy
        for environment in idle:
            environment.close()

    def stop(self) -> None:
        """No event is taken any more; those in hand go on."""
        with self._free:
            self._closing.set()
            self._free.notify_all()

    def close(self, *, grace: float = 0.0) -> None:
        """End all processes, and give up the events in hand.

        Args:
            grace: seconds the events in hand may still take; none when somebody debugs.
        """
        self.stop()
        with self._free:
            if grace and not self.settings.debug_port:
                self._free.wait_for(lambda: not self._busy, grace)
            busy = list(self._busy)
        for environment in busy:
            environment.end()
        self.restart()


def _error_type(invocation: Invocation) -> str:
    """What kind of error the answer is, when it is one."""
    if invocation.status == "success":
        return ""
    try:
        return str(json.loads(invocation.answer or b"{}").get("errorType", ""))
    except (ValueError, AttributeError):
        return ""
