"""Each test runs twice: over the one process, and over the Lambdas of the template."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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


@pytest.fixture(params=["one process", "lambdas"])
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shape]:
    """A fresh Margins; what its functions logged is shown when a test fails."""
    from running import Running
    from shapes import READER, SECOND, Lambdas, OneProcess

    from margins.local.stack import Local, Options

    if request.param == "one process":
        running = Running(tmp_path / "data")
        for name in (READER, SECOND):
            running.command("accounts", "add", name)
        running.start()
        yield OneProcess(running)
        running.stop()
        return
    options = Options(template=TEMPLATE, tick=1, visibility=5)
    with Local(options, print) as local:
        yield Lambdas(local)
