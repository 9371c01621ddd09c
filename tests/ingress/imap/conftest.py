"""Mailboxes in a Dovecot of our own, and an agent that knows one reader."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
sys.path.insert(0, str(Path(__file__).parent))

from counter import Counter
from dovecot import Dovecot, dovecot


@pytest.fixture(scope="session")
def server() -> Iterator[Dovecot]:
    """One for all tests; each has a mailbox of its own in it."""
    with dovecot() as running:
        yield running


@pytest.fixture
def counter(server: Dovecot) -> Counter:
    """A mailbox, and the agent its mail is handed over to."""
    return Counter(mailbox=server.mailbox())
