"""What the owner says about a held mail, on one machine and in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.ledger.sqlite import SqliteLedger
from margins.testing.contracts import ApprovalsContract
from margins.testing.fakes import MemoryLedger


class TestContract(ApprovalsContract):
    """What every ledger promises about held mails."""

    @pytest.fixture(params=["sqlite", "memory"])
    def ledger(self, request: pytest.FixtureRequest, tmp_path: Path) -> SqliteLedger | MemoryLedger:
        return SqliteLedger(tmp_path / "l.db") if request.param == "sqlite" else MemoryLedger()
