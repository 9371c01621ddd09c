"""The Terraform module in Terraform's own hands, over moto."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hcl2")

from front import front
from terraform import TERRAFORM

from margins.aws import activation
from margins.local.cloud import Cloud

PROGRAM = shutil.which("terraform") or shutil.which("tofu")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(PROGRAM is None, reason="neither Terraform nor OpenTofu is installed"),
]

# As the provider is told for an AWS that is not AWS.
_PROVIDER = """provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs Terraform in a copy of the module; the provider is there."""
    folder = tmp_path / "terraform"
    shutil.copytree(TERRAFORM, folder, ignore=shutil.ignore_patterns(".terraform*"))

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *arguments], cwd=folder, env={**os.environ, **environ},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    ready = run("init", "-backend=false", "-input=false", "-no-color")
    if ready.returncode:
        pytest.skip(f"the provider cannot be had: {ready.stderr[-200:]}")
    return run


def test_terraform_takes_it(run: Run) -> None:
    """Formatted, and valid by the provider's own schema."""
    formatted = run("fmt", "-check", "-recursive")
    assert formatted.returncode == 0, formatted.stdout
    valid = run("validate", "-no-color")
    assert valid.returncode == 0, valid.stderr


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """moto, with the policies AWS has for everybody, and one active rule set."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        cloud.client("ses").create_receipt_rule_set(RuleSetName="before")
        cloud.client("ses").set_active_receipt_rule_set(RuleSetName="before")
        yield cloud


@pytest.fixture
def applied(run: Run, cloud: Cloud, tmp_path: Path) -> Iterator[Run]:
    """Runs Terraform on the module as it is after `apply`, as far as the rule set is concerned."""
    folder = tmp_path / "terraform"
    (folder / "provider.tf").write_text(_PROVIDER)
    zipfile.ZipFile(folder / "gate.zip", "w").close()
    chosen = {
        "recipient": "import@notes.example",
        "api_url": "https://notes.example/graphql",
        "activate_rule_set": "true",
        "packages": ".",
    }
    variables = {f"TF_VAR_{name}": value for name, value in chosen.items()}

    with front(cloud.url, {"margins-dev-activation": activation.handler}) as url:

        def terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
            return run(*arguments, AWS_ENDPOINT_URL=url, CHECKPOINT_DISABLE="1", **variables)

        made = terraform("apply", *_OPTIONS, _ACTIVATION)
        assert made.returncode == 0, made.stdout + made.stderr
        yield terraform


_ACTIVATION = "-target=aws_lambda_invocation.activation"
_OPTIONS = ("-auto-approve", "-no-color", "-refresh=false")


def _active(cloud: Cloud) -> Any:
    return cloud.client("ses").describe_active_receipt_rule_set()["Metadata"]["Name"]


def test_a_rule_set_that_is_made_anew_is_given_back_before(applied: Run, cloud: Cloud) -> None:
    """SES would not delete it otherwise; and the one before is still known afterwards."""
    assert _active(cloud) == "margins-dev"
    for anew in ("aws_ses_receipt_rule_set.this", "aws_lambda_invocation.before[0]"):
        made = applied("apply", *_OPTIONS, _ACTIVATION, f"-replace={anew}")
        assert made.returncode == 0, made.stdout + made.stderr
        assert _active(cloud) == "margins-dev"
    assert '"Before":"before"' in applied("show", "-json").stdout.replace("\\", "")
    rules = cloud.client("ses").describe_receipt_rule_set(RuleSetName="margins-dev")["Rules"]
    assert [rule["Name"] for rule in rules] == ["margins-dev-keep"]


def test_destroying_gives_back_the_one_before(applied: Run, cloud: Cloud) -> None:
    """Refused while it would take mail with it; then as the README says."""
    refused = applied("destroy", *_OPTIONS)
    assert "prevent_destroy" in refused.stderr
    assert _active(cloud) == "margins-dev"
    [pattern] = re.findall(r"state list \| grep -E '(.+)'\)", (TERRAFORM / "README.md").read_text())
    kept = [each for each in applied("state", "list").stdout.split() if re.match(pattern, each)]
    assert applied("state", "rm", *kept).returncode == 0
    destroyed = applied("destroy", *_OPTIONS)
    assert destroyed.returncode == 0, destroyed.stderr
    assert _active(cloud) == "before"
    assert applied("state", "list").stdout == ""
    assert cloud.client("s3").list_buckets()["Buckets"]
