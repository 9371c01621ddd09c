"""The workflow of GitHub: what it may do, and that it deploys as a person does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from functions import ROOT
from translated import CHOSEN

from margins.cli.parser import parser

WORKFLOWS = ROOT / ".github" / "workflows"


def _read(name: str) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text())
    return said


@pytest.fixture
def steps() -> list[dict[str, Any]]:
    """Of the job that deploys a stage."""
    found: list[dict[str, Any]] = _read("stage.yml")["jobs"]["deploy"]["steps"]
    return found


def test_production_comes_after_staging_and_tests() -> None:
    """Each in an environment of its own, with reviewers; a pull request deploys nothing."""
    jobs = _read("deploy.yml")["jobs"]
    assert jobs["production"]["needs"] == "staging"
    assert jobs["staging"]["needs"] == "test"
    assert "pull_request" in jobs["staging"]["if"]
    for stage in ("staging", "production"):
        assert jobs[stage]["with"] == {"stage": stage}
    assert _read("stage.yml")["jobs"]["deploy"]["environment"] == "${{ inputs.stage }}"


def test_everything_is_tested_and_built_first() -> None:
    """Style, types and the whole suite, what is slow of AWS, and what would be deployed."""
    said = _read("deploy.yml")
    assert "pull_request" in said[True]  # `on`, in the words of YAML 1.1
    job = said["jobs"]["test"]
    assert "if" not in job
    done = [step["run"] for step in job["steps"] if "run" in step]
    assert done[:3] == ["make lint", "make test", "make .tools/sam .tools/checkov"]
    [slow] = [run.split() for run in done if "-m slow" in run]
    assert {"tests/aws", "tests/doctor", "tests/local", "tests/conformance"} <= set(slow)
    assert done[-1] == ".tools/sam/bin/sam build"


def test_there_are_no_keys(steps: list[dict[str, Any]]) -> None:
    """AWS is reached by OIDC, which only the jobs that deploy may ask for."""
    jobs = _read("deploy.yml")
    assert jobs["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["jobs"]["test"]
    [signing_in] = [s["with"] for s in steps if "configure-aws" in s.get("uses", "")]
    assert set(signing_in) == {"role-to-assume", "aws-region"}
    for path in WORKFLOWS.glob("*.yml"):
        assert "secrets." not in path.read_text()


def test_nothing_from_outside_is_code(steps: list[dict[str, Any]]) -> None:
    """Inputs and variables reach the shell as variables, never inside of the script."""
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_it_deploys_as_a_person_does(
    steps: list[dict[str, Any]], tmp_path: Path, stage: str
) -> None:
    """The step, carried out with a command that only tells: `margins deploy` understands it."""
    [script] = [step["run"] for step in steps if step.get("name") == "Deploy"]
    told = tmp_path / "told"
    (tmp_path / "margins").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    (tmp_path / "margins").chmod(0o755)
    lines = [*(f"{name}={value}" for name, value in CHOSEN.items()), "NotesOrigins=https://a b"]
    environ = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "STAGE": stage,
        "REGION": "eu-west-1",
        "PARAMETERS": "\n".join([*lines, ""]),
    }
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environ, check=True)
    args = parser().parse_args(told.read_text().splitlines())
    assert (args.stage, args.region, args.yes, args.parameter) == (stage, "eu-west-1", True, lines)


def test_the_doctor_is_asked(steps: list[dict[str, Any]]) -> None:
    """Last, and about the same stage."""
    words = steps[-1]["run"].split()
    assert words[0] == "margins"
    args = parser().parse_args(words[1:])
    assert (args.stage, args.region) == ('"$STAGE"', '"$REGION"')
