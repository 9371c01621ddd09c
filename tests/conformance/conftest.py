"""Each test runs twice: over the one process, and over the Lambdas of the template."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.importorskip("moto")
pytest.importorskip("awslambdaric")

from shapes import READER, SECOND, Lambdas, OneProcess, Shape

from margins.local.stack import Local, Options

TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"


@pytest.fixture(params=["one process", "lambdas"])
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shape]:
    """A fresh Margins."""
    if request.param == "one process":
        from running import Running

        running = Running(tmp_path / "data")
        for name in (READER, SECOND):
            running.command("accounts", "add", name)
        running.start()
        yield OneProcess(running)
        running.stop()
        return
    lines: list[str] = []
    with Local(
        Options(template=TEMPLATE, tick=1, visibility=5),
        lambda name, line: lines.append(f"{name} {line}"),
    ) as local:
        yield Lambdas(local)
    print("\n".join(lines))
