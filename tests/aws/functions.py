"""What the tests of the functions share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "aws" / "template.yaml"
READER = "reader@example.org"


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    seconds: float = 60.0

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        return int(self.seconds * 1000)
