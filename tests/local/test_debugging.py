"""A debugger attached to a function: what `margins local --debug` promises."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("awslambdaric")
pytest.importorskip("debugpy")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from debugger import Debugger
from running import free_port

from margins.local.function import Function
from margins.local.settings import Outcome, Settings
from margins.local.telemetry import Telemetry

HANDLERS = Path(__file__).parent / "handlers.py"


@pytest.mark.slow
def test_a_breakpoint_stops_steps_and_goes_on() -> None:
    """The function waits for the debugger, stops at the line, shows its values, steps, answers;
    and its time-out does not count meanwhile, in its context either.
    """
    line = 1 + HANDLERS.read_text().splitlines().index('    total = event["a"] + event["b"]')
    port = free_port()
    function = Function(
        Settings(
            name="add",
            handler="handlers.add",
            timeout=0.5,
            memory=256,
            environment={},
            region="eu-west-1",
            account="123456789012",
            code=HANDLERS.parent,
            debug_port=port,
        ),
        Telemetry(lambda _: None),
    )
    outcomes: list[Outcome] = []
    event = {"a": 2, "b": 3}
    invoking = threading.Thread(target=lambda: outcomes.append(function.invoke(event)))
    invoking.start()
    try:
        debugger = Debugger(port)
        debugger.attach(HANDLERS, line)
        thread = debugger.wait("stopped")["threadId"]
        frame = debugger.frame(thread)
        assert (frame["name"], frame["line"]) == ("add", line)
        assert debugger.evaluate("event['a']", frame) == "2"
        assert debugger.evaluate("context.function_name", frame) == "'add'"
        left = "context.get_remaining_time_in_millis() > 3600 * 1000"
        assert debugger.evaluate(left, frame) == "True"
        debugger.ask("next", threadId=thread)
        debugger.wait("stopped")
        frame = debugger.frame(thread)
        assert frame["line"] == line + 1
        assert debugger.evaluate("total", frame) == "5"
        invoking.join(1)
        assert invoking.is_alive()  # long past its time-out of half a second
        debugger.ask("continue", threadId=thread)
        invoking.join(20)
        debugger.close()
        assert [(outcome.value(), outcome.lifted) for outcome in outcomes] == [(10, True)]
    finally:
        function.close()
    print("\n".join(debugger.transcript))
