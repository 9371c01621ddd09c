"""An agent with every port in memory and one registered reader."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk import READER, Desk

from margins.gate import Sender
from margins.mail import parse_addr_spec
from margins.testing.fakes import MemorySenders


@pytest.fixture
def desk() -> Desk:
    """The desk, with the reader registered."""
    address = parse_addr_spec(READER)
    assert address is not None
    return Desk(senders=MemorySenders([Sender(account="a1", address=address)]))
