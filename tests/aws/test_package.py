"""What goes into the functions' packages."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from functions import ROOT

PACKER = ROOT / "deploy" / "aws" / "package.py"


def _pack(*arguments: object) -> None:
    subprocess.run([sys.executable, str(PACKER), *map(str, arguments)], check=True)


@pytest.mark.parametrize(
    ("package", "modules", "options"),
    [
        ("gate", "gate, margins.aws.activation, margins.aws.registration", ["-S"]),
        ("parser", "parser, margins.ledger.dynamodb, margins.sink.graphql, margins.plugins", []),
        ("api", "api", []),
    ],
)
def test_the_packages_have_what_the_functions_import(
    tmp_path: Path, package: str, modules: str, options: list[str]
) -> None:
    """No room is missing; the gate's package serves three functions without any library (-S)."""
    pytest.importorskip("mangum")
    _pack(tmp_path, package)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import margins.aws.{modules}"
    done = subprocess.run(
        [sys.executable, "-I", *options, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_same_content_is_the_same_zip(tmp_path: Path) -> None:
    """Only a change of the code makes a deployment replace a function."""
    for name in ("one", "two"):
        _pack(
            tmp_path / name, "gate", "--zip", tmp_path / f"{name}.zip", "--python", sys.executable
        )
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_cold_start_compiles_nothing(tmp_path: Path) -> None:
    """The bytecode is in the package, and believed whatever the times or the text of a source."""
    _pack(tmp_path, "gate", "--python", sys.executable)
    for source in (tmp_path / "margins").rglob("*.py"):
        source.write_text("raise SystemExit('compiled')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import margins.aws.gate"
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    compiled = [path.read_bytes() for path in tmp_path.rglob("*.pyc")]
    assert any(b"/var/task/margins/aws/gate.py" in each for each in compiled)
    assert not any(str(tmp_path).encode() in each for each in compiled)


def test_the_notes_api_gets_what_its_extras_say() -> None:
    """The same libraries in the same versions, but for the server, which Lambda is itself."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = extras["optional-dependencies"]
    wanted = {*optional["api"], *optional["postgres"], *optional["aws-api"]}
    wanted |= {each for each in extras["dependencies"] if each.startswith("idna")}
    given = (ROOT / "deploy" / "aws" / "requirements-api.txt").read_text().splitlines()
    assert {each for each in given if not each.startswith("#")} == {
        each for each in wanted if not each.startswith(("margins[", "uvicorn"))
    }
