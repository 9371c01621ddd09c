"""Each test runs twice: over the one process, and over the Lambdas of the template."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

if TYPE_CHECKING:
    from shapes import Shape

collect_ignore_glob = [] if all(map(find_spec, ("moto", "awslambdaric"))) else ["test_*.py"]
TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"


SHAPES = ["one process", "lambdas"]


@contextmanager
def _running(kind: str, data: Path, *, answering: bool = False) -> Iterator[Shape]:
    """A fresh Margins; what its functions logged is shown when a test fails."""
    from relay import Relay
    from running import Running
    from shapes import READER, SECOND, Lambdas, OneProcess

    from margins.local.stack import Local, Options

    if kind == "one process":
        with Relay() as relay:
            chosen = {
                "MARGINS_UNKNOWN": "hold",
                "MARGINS_RECEIPTS_RELAY": f"127.0.0.1:{relay.port}",
            }
            running = Running(data, settings=chosen if answering else {})
            for name in (READER, SECOND):
                running.command("accounts", "add", name)
            running.start()
            try:
                yield OneProcess(running, relay)
            finally:
                running.stop()
        return
    parameters = {"Unknown": "hold", "ReceiptsIdentity": "localhost"} if answering else {}
    options = Options(
        template=TEMPLATE, recipient="localhost", tick=1, visibility=5, parameters=parameters
    )
    with Local(options, print) as local:
        yield Lambdas(local)


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shape]:
    """As it is without a choice: strangers are refused, nobody is answered."""
    with _running(request.param, tmp_path / "data") as running:
        yield running


@pytest.fixture(params=SHAPES)
def answering(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shape]:
    """Strangers are held, and readers are answered."""
    with _running(request.param, tmp_path / "data", answering=True) as running:
        yield running
