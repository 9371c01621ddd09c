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


def test_outputs_of_what_was_chosen() -> None:
    """Those with a condition are there when it holds, even of what does not run on the laptop."""
    chosen = {"UserPool": "yes"}
    for parameters, there in ({}, False), (chosen, True):
        options = Options(template=TEMPLATE, drive=False, parameters=parameters)
        with Local(options, lambda *_: None) as local:
            found = outputs_of(local.stack, local.cloud)
        assert ("UserPoolClient" in found) is there
