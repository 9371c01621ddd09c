"""What SAM itself says of the template, and what it builds of it.

It is nobody's dependency, since it pins versions of its own: `make check` puts it into .tools/sam;
else it is looked for on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from functions import ROOT, TEMPLATE
from translated import translated

PROGRAM = shutil.which("sam") or str(ROOT / ".tools" / "sam" / "bin" / "sam")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path(PROGRAM).is_file(), reason="sam is not installed"),
]


def _sam(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-west-1"}
    return subprocess.run(
        [PROGRAM, *arguments], cwd=TEMPLATE.parent, env=environ, capture_output=True, text=True
    )


def test_sam_takes_it() -> None:
    """By its own schema, and its own cfn-lint."""
    valid = _sam("validate", "--lint")
    assert valid.returncode == 0, valid.stdout + valid.stderr


def test_sam_builds_it(tmp_path: Path) -> None:
    """A package for each function, with its handler in it."""
    built = _sam("build", "--build-dir", str(tmp_path))
    if "No matching distribution" in built.stderr or "Connection" in built.stderr:
        pytest.skip(f"packages cannot be had: {built.stderr[-200:]}")
    assert built.returncode == 0, built.stderr
    for name, said in translated()["Resources"].items():
        if said["Type"] == "AWS::Lambda::Function":
            *modules, _ = said["Properties"]["Handler"].split(".")
            place = tmp_path.joinpath(name, *modules)
            assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file(), name
