"""One execution environment: a function's code in a process of its own, under AWS's own client.

As in Lambda: the process sees what the template says and nothing of this shell; it is stopped
between invocations, and killed when its time or its memory is used up. A debugger lifts the limits.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from secrets import token_hex

from margins.local.output import Output
from margins.local.processes import kill_all
from margins.local.report import lines
from margins.local.runtime import Invocation, RuntimeApi, error
from margins.local.settings import Settings
from margins.local.telemetry import Telemetry

__all__ = ["Environment"]

_MIB = 1024 * 1024
_INIT_SECONDS = 10.0
_MOST_ANSWER = 6 * _MIB + 100
"""MaxPayloadSize in AWS's own aws-lambda-runtime-interface-emulator, interop/model.go."""
_OUT_OF_MEMORY = "Error: Runtime exited with error: signal: killed"
_STREAM = "AWS_LAMBDA_LOG_STREAM_NAME"
_WATCH_SECONDS = 0.02
_LIFTED = (
    "A debugger is waited for on 127.0.0.1:{}; meanwhile and while it is attached, no limit of "
    "time or memory holds."
)


class Environment:
    """Takes one event at a time.

    Args:
        daemon: address of X-Ray's.

    Attributes:
        stream: its log stream.
    """

    def __init__(self, settings: Settings, telemetry: Telemetry, daemon: str) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._daemon = daemon
        self.stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{token_hex(16)}"
        self._request = ""
        self._api = RuntimeApi()
        self._starting = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._output: Output | None = None

    @property
    def alive(self) -> bool:
        """Its process runs, or is frozen."""
        return self._process is not None and self._process.poll() is None

    def _variables(self) -> dict[str, str]:
        s = self._settings
        level = s.log_level or ("INFO" if s.as_json else "")
        traced = {"AWS_XRAY_DAEMON_ADDRESS": self._daemon} if s.traced and self._daemon else {}
        return {
            **s.environment,
            **traced,
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
            "AWS_LAMBDA_LOG_GROUP_NAME": s.log_group or f"/aws/lambda/{s.name}",
            _STREAM: self.stream,
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if s.as_json else "Text",
            **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{s.runtime}",
            "AWS_REGION": s.region,
            "AWS_DEFAULT_REGION": s.region,
        }

    def _command(self) -> list[str]:
        s = self._settings
        if not s.debug_port:
            return [s.python, "-m", "awslambdaric", s.handler]
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{s.debug_port}", "--wait-for-client"]
        return [s.python, "-Xfrozen_modules=off", *listen, "-m", "awslambdaric", s.handler]

    def write(self, line: str) -> None:
        """A line of its log."""
        s = self._settings
        self._telemetry.log(s.name, line, stream=self.stream, request=self._request)

    def say(self, kind: str, **record: object) -> None:
        """An event of Lambda's own in its log."""
        self.write(lines(kind, record, now=time.time(), as_json=self._settings.as_json))

    def start(self, request: str) -> tuple[float, bytes]:
        """INIT: the seconds it took, and the error it ended in, which is empty for none.

        Args:
            request: the invocation it is done for.
        """
        self._request = request
        self._api.ready.clear()
        began = time.perf_counter()
        version = _version(self._settings)
        self.say("initStart", initializationType="on-demand", phase="init", runtimeVersion=version)
        if self._settings.debug_port:
            self.write(_LIFTED.format(self._settings.debug_port))
        if not self._spawn():
            return 0.0, error("Runtime.ExitError", "The program ends.")
        assert self._output is not None
        limit = float("inf") if self._settings.debug_port else _INIT_SECONDS
        while not self._api.ready.wait(_WATCH_SECONDS):
            if not self.alive or time.perf_counter() - began > limit:
                break
        seconds = time.perf_counter() - began
        if self._api.ready.is_set() and not self._api.init_error:
            return seconds, b""
        self.kill()
        self._output.drain()
        metrics = {"durationMs": seconds * 1000}
        self.say("initReport", phase="init", status="error", metrics=metrics)
        failed = self._api.init_error or error("Runtime.ExitError", "Runtime exited during init")
        return seconds, failed

    def _spawn(self) -> bool:
        """Start the process, unless this environment has been closed meanwhile."""
        with self._starting:
            if self._closed:
                return False
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter
                self._command(),
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        self._output = Output(self._process.stdout.fileno(), self.write)
        return True

    def run(self, invocation: Invocation) -> tuple[float, float]:
        """Hand it an event and wait for what becomes of it; the seconds, and the MiB at the peak.

        The invocation has ended when this returns, and the process is frozen or dead.
        """
        process = self._process
        assert process is not None
        assert self._output is not None
        self._request = invocation.id
        self.say("start", requestId=invocation.id, version="$LATEST")
        start = time.perf_counter()
        os.killpg(process.pid, signal.SIGCONT)
        self._api.offer(invocation)
        peak = self._watch(process, invocation, start)
        seconds = time.perf_counter() - start
        if self.alive and not self._settings.debug_port:
            os.killpg(process.pid, signal.SIGSTOP)
        self._output.drain()
        self.say("runtimeDone", requestId=invocation.id, status=invocation.status)
        return seconds, peak

    def _watch(
        self, process: subprocess.Popen[bytes], invocation: Invocation, start: float
    ) -> float:
        """Wait for the answer, and see to it that limits are kept; the peak memory in MiB."""
        s, peak = self._settings, 0.0
        while not invocation.done.wait(_WATCH_SECONDS):
            peak = max(peak, _peak_memory(process.pid))
            if process.poll() is not None:
                message = f"Error: Runtime exited with error: {_ending(process.returncode)}"
                self._abort(invocation, "Runtime.ExitError", message)
            elif s.debug_port:
                continue
            elif time.perf_counter() - start > s.timeout:
                message = f"Error: Task timed out after {s.timeout:.2f} seconds"
                self._abort(invocation, "Sandbox.Timedout", message, status="timeout")
            elif peak > s.memory:
                self._abort(invocation, "Runtime.ExitError", _OUT_OF_MEMORY)
        peak = max(peak, _peak_memory(process.pid))
        if peak > s.memory and self.alive and not s.debug_port:
            # Its peak was too short to be seen; Lambda would have killed it before it answered.
            invocation.reopen()
            self._abort(invocation, "Runtime.ExitError", _OUT_OF_MEMORY)
        elif len(invocation.answer or b"") > _MOST_ANSWER:
            what = "Response payload size exceeded maximum allowed payload size"
            message = f"{what} ({_MOST_ANSWER} bytes)."
            invocation.reopen()
            invocation.end(error("Function.ResponseSizeTooLarge", message), status="failure")
        return peak

    def _abort(
        self, invocation: Invocation, kind: str, message: str, *, status: str = "error"
    ) -> None:
        """End the process, and the invocation with an error, in this order."""
        self.kill()
        assert self._output is not None
        self._output.drain()
        told = f"RequestId: {invocation.id} {message}"
        if not self._settings.as_json:  # else the report says it
            self.write(told)
        invocation.end(error(kind, told), status=status)

    def kill(self) -> None:
        """End the process and what it started, whatever it is at."""
        if self._process is not None and self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process is not None:
            kill_all(_STREAM, self.stream)

    def end(self) -> None:
        """End the process for good; a thread that is about to start one does not."""
        with self._starting:
            self._closed = True
        self.kill()

    def close(self) -> None:
        """End the process for good, and the server."""
        self.end()
        if self._process is not None and self._output is not None:
            self._output.close(1)
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._api.close()


@cache
def _version_of(python: str) -> str:
    if python == sys.executable:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def _version(settings: Settings) -> str:
    """The Python the function really runs in, and the one it will have on AWS when it differs."""
    found = _version_of(settings.python)
    wanted = settings.runtime.removeprefix("python")
    return f"python:{found}" if found == wanted else f"python:{found} (python{wanted} on AWS)"


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
