"""The functions' handlers over moto, with one registered reader."""

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

from functions import READER, TEMPLATE

if TYPE_CHECKING:
    from margins.local.stack import Local

needed = ("moto", "awslambdaric", "samtranslator")
collect_ignore_glob = [] if all(map(find_spec, needed)) else ["test_*.py"]


@contextmanager
def _opened(patch: pytest.MonkeyPatch, **parameters: str) -> Iterator[Local]:
    """The template's resources, nothing driving the functions, and this process in their place."""
    from margins.aws import parts
    from margins.local.stack import Local, Options
    from margins.mail.address import parse_addr_spec

    options = Options(template=TEMPLATE, drive=False, parameters=parameters)
    with Local(options, lambda *_: None) as local:
        address = parse_addr_spec(READER)
        assert address is not None
        local.senders.register("ada", address)
        for function in ("UpkeepFunction", "ParserFunction", "GateFunction"):
            for name, value in local.functions[function].settings.environment.items():
                patch.setenv(name, value)
        parts.close_all()
        yield local


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """As the template is without a choice: strangers are refused, nobody is answered."""
    with _opened(monkeypatch) as local:
        yield local


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """Strangers are held, and readers are answered over SES, which knows the domain."""
    with _opened(monkeypatch, Unknown="hold", ReceiptsIdentity="localhost") as local:
        yield local
