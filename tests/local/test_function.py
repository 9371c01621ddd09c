"""One function in a process of its own, under AWS's own runtime client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("awslambdaric")

from margins.local.function import Function
from margins.local.settings import Settings
from margins.local.telemetry import Telemetry

HERE = Path(__file__).parent
Run = Callable[..., Function]


@pytest.fixture
def lines() -> list[str]:
    """What the functions have logged."""
    return []


@pytest.fixture
def run(lines: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Makes functions out of handlers.py."""
    made: list[Function] = []

    def function(name: str, **other: object) -> Function:
        known: dict[str, object] = {
            "name": name,
            "handler": f"handlers.{name}",
            "timeout": 5.0,
            "memory": 256,
            "environment": {"COLOUR": "blue"},
            "region": "eu-west-1",
            "account": "123456789012",
            "code": HERE,
        }
        made.append(Function(Settings(**known | other), Telemetry(lambda r: lines.append(r.line))))
        return made[-1]

    yield function
    for each in made:
        each.close()


def test_a_function_sees_what_lambda_shows_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its event, its real context, its own environment, and nothing of this shell's."""
    monkeypatch.setenv("SECRET_OF_THIS_SHELL", "x")
    outcome = run("echo").invoke({"a": [1, "é"]})
    seen = outcome.value()
    assert not outcome.failed
    assert seen["event"] == {"a": [1, "é"]}
    assert seen["arn"] == "arn:aws:lambda:eu-west-1:123456789012:function:echo"
    assert seen["memory"] == "256"
    assert 4000 < seen["remaining"] <= 5000
    assert "COLOUR" in seen["environ"]
    assert "AWS_EXECUTION_ENV" in seen["environ"]
    assert not {"SECRET_OF_THIS_SHELL", "HOME", "VIRTUAL_ENV"} & set(seen["environ"])


def test_a_warm_start_keeps_the_process(run: Run, lines: list[str]) -> None:
    """The second event finds the process of the first; only the first pays for the start."""
    function = run("echo")
    cold, warm = function.invoke({}), function.invoke({})
    assert cold.value()["pid"] == warm.value()["pid"]
    assert cold.value()["request_id"] != warm.value()["request_id"]
    assert (cold.init > 0, warm.init) == (True, 0)
    reports = [line for line in lines if line.startswith("REPORT")]
    assert ["Init Duration" in line for line in reports] == [True, False]
    assert lines.count("echoing") == 2


def test_an_error_has_lambdas_shape(run: Run) -> None:
    """Type, message and stack trace; the process lives on."""
    function = run("fail")
    for _ in range(2):
        outcome = function.invoke({})
        assert outcome.failed
        said = outcome.value()
        assert (said["errorType"], said["errorMessage"]) == ("LookupError", "there is no such book")
        assert any("handlers.py" in line for line in said["stackTrace"])


def test_a_process_that_ends(run: Run) -> None:
    """It tells the Runtime API nothing, and Lambda makes an error of it; the next starts anew."""
    function = run("leave")
    for _ in range(2):
        outcome = function.invoke({})
        assert outcome.failed
        assert outcome.value()["errorType"] == "Runtime.ExitError"
        assert "exit status 3" in outcome.value()["errorMessage"]
        assert outcome.init > 0


def test_time_is_up(run: Run) -> None:
    """The process is killed at its deadline, and the next event gets a new one."""
    function = run("sleep", timeout=0.5)
    outcome = function.invoke({"seconds": 60})
    assert outcome.failed
    assert outcome.value()["errorMessage"].endswith("Task timed out after 0.50 seconds")
    assert outcome.duration < 2
    again = function.invoke({"seconds": 0})
    assert (again.value(), again.init > 0) == ("awake", True)


def test_memory_is_up(run: Run) -> None:
    """A process that grows beyond its limit is killed; below it, it is told how much it used."""
    function = run("grow", memory=128)
    outcome = function.invoke({"mib": 300})
    assert outcome.failed
    assert outcome.value()["errorMessage"].endswith("signal: killed")
    within = function.invoke({"mib": 50})
    assert not within.failed
    assert 50 < within.memory < 128


def test_a_function_is_frozen_between_invocations(run: Run) -> None:
    """What it left running stands still until the next event."""
    function = run("count")
    function.invoke({})
    time.sleep(0.2)
    function.invoke({})
    first = function.invoke({}).value()
    time.sleep(1)
    assert function.invoke({}).value() - first < 20


def test_a_function_that_cannot_be_loaded(run: Run) -> None:
    """The error is that of the import, in the answer to the event."""
    outcome = run("no_such_function").invoke({})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Runtime.HandlerNotFound"
    missing = run("x", handler="no_such_module.x").invoke({})
    assert missing.value()["errorType"] == "Runtime.ImportModuleError"


def test_an_answer_that_is_too_large(run: Run) -> None:
    """Lambda takes six megabytes and no more."""
    outcome = run("large").invoke({})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Function.ResponseSizeTooLarge"
