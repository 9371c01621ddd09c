"""The functions' handlers over moto, with one registered reader."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """The template's resources, nothing driving the functions, and this process in their place."""
    from margins.aws import parts
    from margins.local.stack import Local, Options
    from margins.mail.address import parse_addr_spec

    with Local(Options(template=TEMPLATE, drive=False), lambda *_: None) as local:
        address = parse_addr_spec(READER)
        assert address is not None
        local.senders.register("ada", address)
        for function in ("ParserFunction", "GateFunction"):
            for name, value in local.functions[function].settings.environment.items():
                monkeypatch.setenv(name, value)
        for opened in (parts.open_gate, parts.open_parser, parts.open_senders):
            opened.cache_clear()
        yield local
