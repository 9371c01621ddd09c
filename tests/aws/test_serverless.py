"""What the Serverless Framework packages is what SAM deploys, resource by resource."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from functions import ROOT
from translated import circle, translated

from margins.aws.regions import RECEIVING

SERVERLESS = ROOT / "deploy" / "serverless"
TOOLS = ROOT / ".tools" / "osls"
# What differs is the name, the place of the code, and the mark of the tool.
_SETTINGS = (
    "Architectures", "Description", "Environment", "Handler", "LoggingConfig", "MemorySize", "Role",
    "Runtime", "Timeout", "TracingConfig", "VpcConfig",
)  # fmt: skip

pytestmark = pytest.mark.slow


def _osls() -> Path:
    """The program, installed once for all runs."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed")
    TOOLS.mkdir(parents=True, exist_ok=True)
    wanted = (SERVERLESS / "package.json").read_bytes()
    installed = TOOLS / "installed.json"
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_bytes() != wanted:
            (TOOLS / "package.json").write_bytes(wanted)
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=TOOLS, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            if done.returncode:
                pytest.skip(f"npm cannot install osls: {done.stderr[-200:]}")
            installed.write_bytes(wanted)
    return TOOLS / "node_modules" / ".bin" / "osls"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What osls reads, with packages of our sources alone."""
    folder = tmp_path_factory.mktemp("serverless")
    shutil.copytree(SERVERLESS, folder / "serverless")
    (folder / "aws").mkdir()
    shutil.copy(ROOT / "deploy" / "aws" / "template.yaml", folder / "aws")
    for name in ("gate", "parser", "api"):
        packer, target = ROOT / "deploy" / "aws" / "package.py", folder / "aws" / "build"
        command = [packer, target / name, name, "--zip", target / f"{name}.zip"]
        subprocess.run([sys.executable, *map(str, command)], check=True)
    return folder


def _package(
    folder: Path, *parameters: str, region: str = "eu-west-1"
) -> subprocess.CompletedProcess[str]:
    given = [word for each in parameters for word in ("--param", each)]
    return subprocess.run(
        [_osls(), "package", "--stage", "test", "--region", region, "--package", folder / "out",
         *given],
        cwd=folder / "serverless", capture_output=True, text=True, timeout=110,
        env={**os.environ, "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def packaged(checkout: Path) -> dict[str, Any]:
    """The template osls would upload, and the parameters it would send."""
    folder = checkout
    done = _package(folder, "recipient=import@notes.example", "api-url=https://notes.example/")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((folder / "out" / "cloudformation-template-update-stack.json").read_text())
    state = json.loads((folder / "out" / "serverless-state.json").read_text())
    return {**said, "Chosen": state["service"]["provider"]["stackParameters"]}


@pytest.fixture(scope="module")
def sam() -> dict[str, Any]:
    """What SAM makes of the template, with the names osls gives functions."""
    text = json.dumps(translated())
    functions = re.findall(r'"(\w+)Function": \{"Type": "AWS::Lambda::Function"', text)
    pattern = rf"\b({'|'.join(functions)})Function(Url)?\b(?!/)"
    renamed: dict[str, Any] = json.loads(re.sub(pattern, r"\1LambdaFunction\2", text))
    return renamed


def _of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {n: said for n, said in template["Resources"].items() if said["Type"] == kind}


_DIFFERING = {
    "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping",
    "AWS::Events::Rule", "AWS::IAM::Role", "AWS::Lambda::Url",
}  # fmt: skip


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_same_resources(packaged: dict[str, Any], sam: dict[str, Any]) -> None:
    """Everything but functions and what belongs to them is the same to the letter."""

    def plain(template: dict[str, Any]) -> dict[str, Any]:
        found = template["Resources"].items()
        return {
            name: {**said, "DependsOn": _listed(said.get("DependsOn"))}
            for name, said in found
            if said["Type"] not in _DIFFERING
        }

    others = plain(packaged)
    assert others.pop("ServerlessDeploymentBucket")
    assert others.pop("ServerlessDeploymentBucketPolicy")
    assert others == plain(sam)
    for part in ("Parameters", "Conditions"):
        assert packaged[part] == sam[part]


def test_the_same_functions(packaged: dict[str, Any], sam: dict[str, Any]) -> None:
    """Handlers, runtime, architecture, memory, time-outs, variables, logs and tracing."""

    def settings(template: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {"Condition": said.get("Condition")}
            | {key: said["Properties"].get(key) for key in _SETTINGS}
            for name, said in _of_type(template, "AWS::Lambda::Function").items()
        }

    assert settings(packaged) == settings(sam)
    assert len(settings(sam)) >= 5


def test_the_same_rights(packaged: dict[str, Any], sam: dict[str, Any]) -> None:
    """Statement by statement, and no policy beside."""

    def rights(template: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, said in _of_type(template, "AWS::IAM::Role").items():
            p = said["Properties"]
            statements = [policy["PolicyDocument"]["Statement"] for policy in p["Policies"]]
            found[name] = (said.get("Condition"), p.get("ManagedPolicyArns"), statements)
        return found

    assert rights(packaged) == rights(sam)


def _function(value: Any) -> str:
    """A function, referred to in any of the ways there are."""
    name = next(iter(value.values()))
    return str(name[0] if isinstance(name, list) else name)


def test_the_same_events(packaged: dict[str, Any], sam: dict[str, Any]) -> None:
    """The queue with its settings, the schedules, the URL, and who may invoke what."""

    def events(template: dict[str, Any]) -> dict[str, Any]:
        mappings = [
            {**said["Properties"], "FunctionName": _function(said["Properties"]["FunctionName"])}
            for said in _of_type(template, "AWS::Lambda::EventSourceMapping").values()
        ]
        for mapping in mappings:
            mapping.pop("Enabled", None)  # it is by default
        rules = _of_type(template, "AWS::Events::Rule").values()
        permissions = _of_type(template, "AWS::Lambda::Permission").values()
        return {
            "mappings": mappings,
            "rules": sorted(
                (r["ScheduleExpression"], _function(r["Targets"][0]["Arn"]))
                for r in (rule["Properties"] for rule in rules)
            ),
            "urls": [
                (said.get("Condition"), said["Properties"]["AuthType"],
                 _function(said["Properties"]["TargetFunctionArn"]))
                for said in _of_type(template, "AWS::Lambda::Url").values()
            ],
            "permissions": sorted(
                (p["Properties"]["Principal"], p["Properties"]["Action"],
                 _function(p["Properties"]["FunctionName"]), p.get("Condition") or "")
                for p in permissions
            ),
        }  # fmt: skip

    assert events(packaged) == events(sam)


def test_the_same_outputs(packaged: dict[str, Any], sam: dict[str, Any]) -> None:
    """`margins doctor` finds what it asks for."""
    assert {name: packaged["Outputs"].get(name) for name in sam["Outputs"]} == sam["Outputs"]


def test_parameters_of_the_command_line(packaged: dict[str, Any]) -> None:
    """`--param api-url=...` is ApiUrl; the stage is the framework's own."""
    chosen = {each["ParameterKey"]: each["ParameterValue"] for each in packaged["Chosen"]}
    assert chosen == {
        "Stage": "test",
        "Recipient": "import@notes.example",
        "ApiUrl": "https://notes.example/",
    }


def test_parameters_that_need_one_another(checkout: Path) -> None:
    """As the template's rules say, which the framework does not take over."""
    for given, missing in (
        ((), "api-url"),
        (("notes-api=yes",), "notes-database-secret"),
        (("api-url=https://notes.example/", "hosted-zone-id=Z1"), "mail-domain"),
    ):
        done = _package(checkout, "recipient=import@notes.example", *given)
        assert done.returncode != 0
        assert missing in done.stdout + done.stderr


def test_a_region_without_mail(checkout: Path) -> None:
    """As `margins deploy` says, by the same list."""
    given = ("recipient=import@notes.example", "api-url=https://notes.example/")
    done = _package(checkout, *given, region="eu-north-1")
    assert done.returncode != 0
    said = re.search(r"receives no mail in eu-north-1: --region (.*)\.", done.stdout + done.stderr)
    assert said is not None
    assert set(said[1].split(", ")) == RECEIVING


def test_nothing_depends_on_itself(packaged: dict[str, Any]) -> None:
    """As with SAM."""
    assert circle(packaged["Resources"]) == []
