"""One function in a process of its own, under AWS's own runtime client."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("awslambdaric")

from margins.local.concurrency import Account
from margins.local.environment import Environment
from margins.local.function import Function
from margins.local.records import Record
from margins.local.settings import Closed, Settings, Throttled
from margins.local.telemetry import Telemetry
from margins.local.xray import Daemon

HERE = Path(__file__).parent
Run = Callable[..., Function]


@pytest.fixture
def lines() -> list[str]:
    """The lines the functions have logged."""
    return []


@pytest.fixture
def records() -> list[Record]:
    """The same as records."""
    return []


@pytest.fixture
def run(lines: list[str], records: list[Record]) -> Iterator[Run]:
    """Makes functions out of handlers.py."""
    made: list[Function] = []

    def show(record: Record) -> None:
        lines.append(record.line)
        records.append(record)

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
        account = other.pop("shared", None)
        made.append(Function(Settings(**known | other), Telemetry(show), account=account))
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


def test_a_short_peak_counts(run: Run) -> None:
    """Lambda kills at the first byte too many: an answer that came all the same is none."""
    outcome = run("grow", memory=128).invoke({"mib": 300, "seconds": 0})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Runtime.ExitError"


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
    """Lambda takes six megabytes and a hundred bytes, and no more."""
    function = run("large")
    assert not function.invoke({"bytes": 6_291_556}).failed
    outcome = function.invoke({"bytes": 6_291_557})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Function.ResponseSizeTooLarge"
    assert "6291556" in outcome.value()["errorMessage"]


def _together(function: Function, count: int, event: object) -> list[object]:
    """Events at the same time: the values, or the errors."""
    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(function.invoke, event) for _ in range(count)]
    return [each.exception() or each.result().value() for each in asked]


def test_events_at_a_time_have_processes_of_their_own(run: Run, records: list[Record]) -> None:
    """Each execution environment has one, and a log stream; they are used again."""
    function = run("pid")
    first = _together(function, 3, {"seconds": 0.3})
    assert len(set(first)) == 3
    assert function.invoke({}).value() in first
    assert len({record.stream for record in records}) == 3


def test_reserved_concurrency(run: Run, records: list[Record]) -> None:
    """What is beyond it is throttled, which the log says and a metric counts."""
    function = run("pid", reserved=2)
    answers = _together(function, 5, {"seconds": 1.0})
    assert sum(isinstance(each, Throttled) for each in answers) == 3
    assert len({each for each in answers if isinstance(each, int)}) == 2
    throttled = [r for r in records if "TooManyRequestsException" in r.line]
    assert [record.level for record in throttled] == ["ERROR"] * 3
    assert isinstance(function.invoke({}).value(), int)


def test_the_concurrency_of_the_account(run: Run) -> None:
    """Functions without a reservation share it: a burst of one starves another; one with a
    reservation has its own beside.
    """
    account = Account(2)
    greedy, starved = (run(name, shared=account) for name in ("pid", "echo"))
    reserved = run("add", shared=account, reserved=1)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(greedy.invoke, {"seconds": 1.0}) for _ in range(2)]
        time.sleep(0.4)
        with pytest.raises(Throttled, match="all 2 execution environments of the account"):
            starved.invoke({})
        assert reserved.invoke({"a": 1, "b": 2}).value() == 6
        assert not any(each.result().failed for each in asked)
    assert not starved.invoke({}).failed


def test_no_event_after_the_end(run: Run) -> None:
    """One that waits for its turn starts no process once the function has been closed."""
    function = run("pid", debug_port=1)
    function._busy.append(Environment(function.settings, function._telemetry, ""))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(function.invoke, {})
        time.sleep(0.1)
        function.close()
        with pytest.raises(Closed):
            waiting.result(5)


def test_what_a_process_started_ends_with_it(run: Run) -> None:
    """Even what has left its group and its session, as the sandbox of Lambda ends as a whole."""
    function = run("start")
    child = Path(f"/proc/{function.invoke({}).value()}")
    if not child.exists():
        pytest.skip("this machine does not tell of its processes")
    function.close()
    deadline = time.monotonic() + 5
    while child.exists() and " Z " not in (child / "stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_end_leaves_a_moment(run: Run) -> None:
    """What is in hand may end by itself; what takes longer is given up, and nobody hears of it."""
    for seconds, fails in ((0.3, False), (60, True)):
        function = run("pid")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(function.invoke, {"seconds": seconds})
            time.sleep(0.2)
            began = time.monotonic()
            function.close(grace=1.0)
            assert time.monotonic() - began < 3
            assert isinstance(asked.exception(5), Closed if fails else type(None))


def test_no_concurrency_at_all(run: Run) -> None:
    """A reservation of none switches the function off."""
    with pytest.raises(Throttled, match="Rate exceeded"):
        run("pid", reserved=0).invoke({})


def test_a_restart_leaves_what_runs_alone(run: Run) -> None:
    """An event in hand is answered; the next one finds new code in a new process."""
    function = run("pid")
    warm = function.invoke({}).value()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(function.invoke, {"seconds": 0.5})
        time.sleep(0.2)
        function.restart()
        assert asked.result().value() == warm
    assert function.invoke({}).value() != warm


def test_events_of_the_queue_of_lambda_itself(run: Run) -> None:
    """Throttled ones are tried again; nobody waits for them."""
    function = run("pid", reserved=1)
    began = time.monotonic()
    for _ in range(2):
        function.invoke_later({"seconds": 0.3})
    assert time.monotonic() - began < 0.3
    deadline = time.monotonic() + 20
    while _count(function, "Invocations") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _count(function, "Invocations") == 2
    assert _count(function, "Throttles") == 1


def _count(function: Function, name: str) -> float:
    return sum(s.total for s in function._telemetry.series() if s.name == name)


def test_the_log_as_text(run: Run, lines: list[str]) -> None:
    """START, what the function says, END, REPORT with every field, in this order."""
    run("echo").invoke({})
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    note = "" if here == "3.13" else " (python3.13 on AWS)"
    assert lines[0] == f"INIT_START Runtime Version: python:{here}{note}"
    assert [line.split(" ")[0] for line in lines[1:]] == ["START", "echoing", "END", "REPORT"]
    fields = [part.partition(": ")[0] for part in lines[-1].split("\t")]
    assert fields == [
        "REPORT RequestId", "Duration", "Billed Duration", "Memory Size", "Max Memory Used",
        "Init Duration",
    ]  # fmt: skip
    duration, billed, init = (
        float(lines[-1].split("\t")[n].split(": ")[1].split(" ")[0]) for n in (1, 2, 5)
    )
    assert abs(billed - (duration + init)) <= 1


def test_the_log_as_json(run: Run, records: list[Record]) -> None:
    """The same events as objects; a line knows its invocation, its level and its mail."""
    run("tell", as_json=True).invoke({"mail": "01ABC"})
    kinds = [record.said.get("type") for record in records if record.kind == "platform"]
    assert kinds == [
        "platform.initStart", "platform.start", "platform.runtimeDone", "platform.report",
    ]  # fmt: skip
    [told] = [record for record in records if record.text == "told"]
    assert (told.level, told.mails, told.kind) == ("INFO", {"01ABC"}, "log")
    assert told.request == records[-1].said["record"]["requestId"]
    assert [r.text for r in records if r.kind == "metric"] == ["METRIC Told=2"]
    assert records[-1].text.startswith("REPORT RequestId: ")


@pytest.mark.parametrize(("level", "said"), [("DEBUG", 2), ("INFO", 1), ("WARN", 0)])
def test_the_level_of_the_log(run: Run, records: list[Record], level: str, said: int) -> None:
    """What the template calls ApplicationLogLevel."""
    run("tell", as_json=True, log_level=level).invoke({"mail": "01ABC"})
    assert sum(record.text in {"told", "whispered"} for record in records) == said


def test_a_time_out_in_the_report(run: Run, records: list[Record]) -> None:
    """Its status says how an invocation ended."""
    run("sleep", timeout=0.3, as_json=True).invoke({"seconds": 60})
    report = records[-1].said["record"]
    assert (report["status"], report["errorType"]) == ("timeout", "Sandbox.Timedout")
    assert "Status: timeout\tError Type: Sandbox.Timedout" in records[-1].text
    assert records[-1].level == "ERROR"


def test_a_trace(records: list[Record]) -> None:
    """The service, the function, INIT, the invocation and each call, and who is whose parent."""
    telemetry = Telemetry(records.append)
    settings = Settings(
        name="call", handler="handlers.call", timeout=5.0, memory=256, environment={},
        region="eu-west-1", account="123456789012", code=HERE, traced=True,
    )  # fmt: skip
    with Daemon(telemetry.trace) as daemon:
        function = Function(settings, telemetry, daemon)
        header = function.invoke({}).value()
        deadline = time.monotonic() + 5
        while not telemetry.traces() and time.monotonic() < deadline:
            time.sleep(0.01)
        function.close()
    [trace] = telemetry.traces()
    assert header.startswith(f"Root={trace.id};Parent=")
    assert [(row.depth, row.segment.name) for row in trace.rows()] == [
        (0, "call"), (1, "call"), (2, "Initialization"), (2, "Invocation"), (2, "DynamoDB"),
    ]  # fmt: skip
    assert trace.calls()[0].note == "GetItem 200"
    report = next(r for r in records if r.text.startswith("REPORT"))
    assert f"\nXRAY TraceId: {trace.id}\tSegmentId: " in report.text
    assert records[-1].kind == "trace"
    assert telemetry.find_trace(request=report.request) is trace
