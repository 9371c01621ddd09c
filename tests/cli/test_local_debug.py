"""`margins local --debug`: what .vscode/launch.json attaches to."""

from __future__ import annotations

import fcntl
import json
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

pytest.importorskip("moto")
pytest.importorskip("awslambdaric")
pytest.importorskip("debugpy")

sys.path.insert(0, str(Path(__file__).parents[1] / "local"))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from debugger import Debugger
from running import IMPORT, READER, free_port, mail, notebook_html, wait_for

from margins.cli.local import _PORTS

pytestmark = pytest.mark.timeout(300)  # they wait for one another: there is one port
ROOT = Path(__file__).parents[2]
HANDLER = ROOT / "src" / "margins" / "aws" / "parser.py"


def _configurations() -> dict[str, int]:
    """Port of every configuration that attaches, by its name."""
    text = (ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8")
    found = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["configurations"]
    return {each["name"]: each["connect"]["port"] for each in found if each["request"] == "attach"}


def test_vs_code_attaches_where_functions_listen() -> None:
    """A configuration for every function that can be debugged, and no other port."""
    assert _configurations() == {
        "Attach to the parser": _PORTS["parser"],
        "Attach to the gate": _PORTS["gate"],
        "Attach to the notes API": _PORTS["api"],
        "Attach to upkeep": _PORTS["upkeep"],
    }


@pytest.fixture
def port() -> Iterator[int]:
    """The parser's, for this test alone on this machine."""
    found = _configurations()["Attach to the parser"]
    with (Path(gettempdir()) / f"margins-debug-{found}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _taken(found):
            pytest.skip(f"somebody listens on {found}")
        yield found


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _local(log: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`margins local`; its SMTP port and its process, which the test ends itself."""
    smtp = free_port()
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "margins.cli", "local", "--smtp-port", str(smtp),
             "--page-port", str(free_port()), "--api-port", "0", "--sender", READER, *options],
            cwd=ROOT, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        wait_for(lambda: "logs, metrics and traces" in log.read_text(), "margins local", 60)
        yield smtp, running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def _interrupt(running: subprocess.Popen[bytes], port: int) -> float:
    """Press Ctrl-C; the seconds until the program has ended, with nobody left on the port."""
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 0
    seconds = time.monotonic() - began
    assert not _taken(port)
    return seconds


@pytest.mark.slow
def test_a_mail_stops_at_a_breakpoint_in_the_parser(tmp_path: Path, port: int) -> None:
    """In the code that is deployed, at the port of launch.json: it stops where the mail is
    delivered, shows it, steps over its delivery, goes on, and the notes are there. Ctrl-C ends it
    all although the debugger is still attached.
    """
    log, wanted = tmp_path / "log", "        done = deliver(agent, entry)"
    line = 1 + HANDLER.read_text().splitlines().index(wanted)
    with _local(log, "--debug", "parser") as (smtp, running):
        with smtplib.SMTP("127.0.0.1", smtp, timeout=60) as client:
            client.sendmail(READER, [IMPORT], mail(notebook_html(3)))
        debugger = Debugger(port)
        debugger.attach(HANDLER, line)
        thread = debugger.wait("stopped")["threadId"]
        frame = debugger.frame(thread)
        assert (frame["name"], frame["line"]) == ("_deliver", line)
        assert debugger.evaluate("entry.account", frame) == repr(READER)
        debugger.ask("next", threadId=thread)
        debugger.wait("stopped")
        frame = debugger.frame(thread)
        assert frame["name"] == "_deliver"
        assert debugger.evaluate("str(done.status)", frame) == "'delivered'"
        debugger.ask("continue", threadId=thread)
        wait_for(lambda: "3 new" in log.read_text(), "the delivery", 60)
        assert "no limit of time or memory holds" in log.read_text()
        assert _interrupt(running, port) < 15
        debugger.close()
    print("\n".join(debugger.transcript))


@pytest.mark.slow
def test_the_end_without_a_debugger(tmp_path: Path, port: int) -> None:
    """Ctrl-C does not wait for a debugger that never came, and leaves no process that would be
    attached to instead of the next one.
    """
    log = tmp_path / "log"
    with _local(log, "--debug", "parser") as (_, running):
        wait_for(lambda: _taken(port), "the parser to wait for a debugger", 60)
        assert _interrupt(running, port) < 15


@pytest.mark.slow
def test_a_port_that_is_taken(port: int) -> None:
    """It is said at once, rather than by a function that never starts."""
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [sys.executable, "-m", "margins.cli", "local", "--debug", "parser"],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 78
    assert f"127.0.0.1:{port}: The debugger's port is taken" in done.stderr
