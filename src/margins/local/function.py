"""One Lambda function in a process of its own, under AWS's own runtime client.

As in Lambda: the environment is what the template says and nothing of this shell; the process is
stopped between invocations and killed when its time or its memory is used up; the next event then
starts a new one. One execution environment per function, so a second event waits for the first.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from uuid import uuid4

import margins
from margins.local.runtime import Invocation, RuntimeApi, error

__all__ = ["Function", "Outcome", "Settings"]

_MIB = 1024 * 1024
_INIT_SECONDS = 10.0
_MOST_ANSWER = 6 * _MIB
_WATCH_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the template says about a function.

    Attributes:
        memory: MiB.
        debug_port: where debugpy listens; 0 without a debugger. With one, nothing is killed.
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
    debug_port: int = 0
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
    """

    answer: bytes
    failed: bool
    duration: float
    init: float
    memory: float

    def value(self) -> object:
        """The answer as JSON."""
        return json.loads(self.answer or b"null")


class Function:
    """Threads may share it; they take turns.

    Args:
        log: called with every line of output.
    """

    def __init__(self, settings: Settings, log: Callable[[str, str], None]) -> None:
        self.settings = settings
        self._log = log
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._api = RuntimeApi()
        self._reader: threading.Thread | None = None

    def _environ(self) -> dict[str, str]:
        s = self.settings
        return {
            **s.environment,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": str(s.code),
            "_HANDLER": s.handler,
            "LAMBDA_TASK_ROOT": str(s.code),
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": s.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(s.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{s.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{token_hex(16)}",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_REGION": s.region,
            "AWS_DEFAULT_REGION": s.region,
        }

    def _command(self) -> list[str]:
        s = self.settings
        if not s.debug_port:
            return [s.python, "-m", "awslambdaric", s.handler]
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{s.debug_port}", "--wait-for-client"]
        return [s.python, "-Xfrozen_modules=off", *listen, "-m", "awslambdaric", s.handler]

    def _start(self) -> float:
        """A new execution environment; the seconds it took, or failed after."""
        began = time.perf_counter()
        self._api.ready.clear()
        self._api.init_error = b""
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter
            self._command(),
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        limit = None if self.settings.debug_port else _INIT_SECONDS
        while not self._api.ready.wait(_WATCH_SECONDS):
            elapsed = time.perf_counter() - began
            if self._process.poll() is not None or (limit is not None and elapsed > limit):
                break
        return time.perf_counter() - began

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._log(self.settings.name, line.decode("utf-8", "replace").rstrip("\n"))

    def invoke(self, event: object) -> Outcome:
        """Hand an event to the function and wait for what becomes of it."""
        with self._turn:
            return self._invoke(json.dumps(event).encode())

    def _invoke(self, event: bytes) -> Outcome:
        cold = self._process is None or self._process.poll() is not None
        init = self._start() if cold else 0.0
        process = self._process
        assert process is not None
        if cold and (self._api.init_error or not self._api.ready.is_set()):
            return self._failed_init(init)
        began = time.time()
        invocation = Invocation(
            id=str(uuid4()),
            event=event,
            deadline_ms=int((began + self.settings.timeout) * 1000),
            arn=self.settings.arn,
            trace=f"Root=1-{int(began):08x}-{token_hex(12)};Sampled=0",
        )
        self._log(self.settings.name, f"START RequestId: {invocation.id} Version: $LATEST")
        start = time.perf_counter()
        os.killpg(process.pid, signal.SIGCONT)
        self._api.offer(invocation)
        peak = self._watch(process, invocation, start)
        duration = time.perf_counter() - start
        if process.poll() is None and not self.settings.debug_port:
            os.killpg(process.pid, signal.SIGSTOP)
        return self._report(invocation, duration, init, peak)

    def _failed_init(self, init: float) -> Outcome:
        answer = self._api.init_error or error("Runtime.ExitError", "Runtime exited during init")
        self._kill()
        self._log(
            self.settings.name, f"INIT_REPORT Init Duration: {init * 1000:.2f} ms Status: error"
        )
        return Outcome(answer=answer, failed=True, duration=0.0, init=init, memory=0.0)

    def _watch(
        self, process: subprocess.Popen[bytes], invocation: Invocation, start: float
    ) -> float:
        """Wait for the answer, and see to it that limits are kept; the peak memory in MiB."""
        peak = 0.0
        while not invocation.done.wait(_WATCH_SECONDS):
            peak = max(peak, _peak_memory(process.pid))
            if process.poll() is not None:
                message = f"Error: Runtime exited with error: {_ending(process.returncode)}"
                self._abort(invocation, "Runtime.ExitError", message)
            elif self.settings.debug_port:
                continue
            elif time.perf_counter() - start > self.settings.timeout:
                message = f"Error: Task timed out after {self.settings.timeout:.2f} seconds"
                self._abort(invocation, "Sandbox.Timedout", message)
            elif peak > self.settings.memory:
                message = "Error: Runtime exited with error: signal: killed"
                self._abort(invocation, "Runtime.ExitError", message)
        if len(invocation.answer or b"") > _MOST_ANSWER:
            message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
            invocation.failed = True
            invocation.answer = error("Function.ResponseSizeTooLarge", message)
        return max(peak, _peak_memory(process.pid))

    def _abort(self, invocation: Invocation, kind: str, message: str) -> None:
        """End the process, and the invocation with an error, in this order."""
        self._kill()
        invocation.end(error(kind, f"RequestId: {invocation.id} {message}"), failed=True)

    def _report(
        self, invocation: Invocation, duration: float, init: float, memory: float
    ) -> Outcome:
        name, s = self.settings.name, self.settings
        billed = int((duration + init) * 1000) + 1  # INIT is billed since August 2025
        if invocation.failed:
            self._log(name, (invocation.answer or b"").decode("utf-8", "replace"))
        self._log(name, f"END RequestId: {invocation.id}")
        report = (
            f"REPORT RequestId: {invocation.id}\tDuration: {duration * 1000:.2f} ms\t"
            f"Billed Duration: {billed} ms\tMemory Size: {s.memory} MB\t"
            f"Max Memory Used: {memory:.0f} MB"
        )
        self._log(name, report + (f"\tInit Duration: {init * 1000:.2f} ms" if init else ""))
        return Outcome(
            answer=invocation.answer or b"",
            failed=invocation.failed,
            duration=duration,
            init=init,
            memory=memory,
        )

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def restart(self) -> None:
        """End the execution environment; the next event gets a new one, with the code as it is."""
        with self._turn:
            self._kill()
            self._process = None

    def close(self) -> None:
        """End the process and the server."""
        self._kill()
        if self._reader is not None:
            self._reader.join(5)
        self._api.close()


def _ending(status: int) -> str:
    """How a process ended, in Lambda's words."""
    if status >= 0:
        return f"exit status {status}"
    return f"signal: {signal.Signals(-status).name.removeprefix('SIG').lower()}"


def _peak_memory(pid: int) -> float:
    """The largest resident set so far, in MiB; 0 where the machine does not tell (not Linux)."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
