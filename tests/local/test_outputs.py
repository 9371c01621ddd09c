"""What the stack says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("moto")

from margins.local.outputs import outputs_of
from margins.local.stack import Local, Options

TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"


def test_outputs_as_cloudformation_gives_them() -> None:
    """Queues are URLs, everything else is what the resource is called."""
    with Local(Options(template=TEMPLATE, drive=False), lambda *_: None) as local:
        found = outputs_of(local.stack, local.cloud)
        names = local.stack.physical
    assert found["Recipient"] == "import@localhost"
    assert found["ApiUrl"] == local.api_url
    assert (found["Bucket"], found["Ledger"]) == (names["MailBucket"], names["LedgerTable"])
    for name in ("Queue", "DeadLetters"):
        assert found[name].startswith("http://")
