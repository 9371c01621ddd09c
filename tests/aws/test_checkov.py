"""checkov finds nothing in what we deploy that is neither mended nor explained.

It is nobody's dependency, since it pins versions of its own: `make check` puts it into
.tools/checkov; else it is looked for on the PATH.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from functions import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = DEPLOY / "aws" / "checkov.yaml"
PROGRAM = shutil.which("checkov") or str(ROOT / ".tools" / "checkov" / "bin" / "checkov")
scans = pytest.mark.skipif(not Path(PROGRAM).is_file(), reason="checkov is not installed")


def _found(*what: str) -> dict[str, Any]:
    """How many checks passed, failed and were skipped, of how many resources."""
    done = subprocess.run(
        [PROGRAM, "--config-file", str(SETTINGS), *what, "--output", "json"],
        capture_output=True, text=True, timeout=100, cwd=ROOT,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)["summary"]
    assert done.returncode == (1 if said["failed"] else 0)
    return said


@pytest.mark.slow
@scans
@pytest.mark.parametrize(
    ("what", "resources"),
    [(("--file", "deploy/aws/template.yaml"), 35), (("--directory", "deploy/terraform"), 55)],
    ids=["sam", "terraform"],
)
def test_no_finding_is_open(what: tuple[str, str], resources: int) -> None:
    """In either description, all of which was read."""
    found = _found(*what)
    assert (found["failed"], found["parsing_errors"]) == (0, 0), found
    assert found["resource_count"] >= resources


@pytest.mark.slow
@scans
def test_a_finding_is_seen(tmp_path: Path) -> None:
    """The scan itself can fail: a queue that is open to the world."""
    (tmp_path / "queue.tf").write_text(
        """resource "aws_sqs_queue_policy" "open" {
          queue_url = "https://queue.example/1"
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }]
          })
        }
        """
    )
    assert _found("--directory", str(tmp_path))["failed"] >= 1


def test_every_check_that_is_skipped_says_why() -> None:
    """In the settings after the check, in the module in the same comment."""
    _, _, listed = SETTINGS.read_text().partition("skip-check:\n")
    for line in listed.splitlines():
        assert re.fullmatch(r"  - CKV2?_AWS_\d+ +# \S.{20,}", line), line
    for path in (DEPLOY / "terraform").rglob("*.tf"):
        for line in path.read_text().splitlines():
            assert "checkov:" not in line or re.fullmatch(
                r" +#checkov:skip=CKV2?_AWS_\d+:\S.{20,}", line
            ), line
