"""The Dockerfile, the compose file and the page about them, as values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "container"
PAGE = ROOT / "docs" / "containers.md"

_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile and its value, in order."""
    parser = DockerfileParser(fileobj=(FOLDER / "Dockerfile").open("rb"))
    return [
        (each["instruction"], each["value"])
        for each in parser.structure
        if each["instruction"] != "COMMENT"
    ]


def last_stage() -> dict[str, str]:
    """What the image itself is told, the last word on each."""
    every = instructions()
    begin = max(n for n, (name, _) in enumerate(every) if name == "FROM")
    return dict(every[begin:])


def image_environment() -> dict[str, str]:
    """The variables of the image."""
    pairs = (pair.partition("=") for pair in last_stage()["ENV"].split())
    return {name: value for name, _, value in pairs}


def health_command() -> list[str]:
    """What the image is asked for a sign of life with."""
    found: list[str] = json.loads(last_stage()["HEALTHCHECK"].partition("CMD")[2])
    return found


def compose() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return found


def wanted() -> set[str]:
    """Variables without which compose does not start."""
    text = (FOLDER / "compose.yaml").read_text()
    return {name for name, kind, _ in _VARIABLE.findall(text) if kind == "?"}


def filled(value: object, variables: Mapping[str, str]) -> str:
    """A value of the compose file as compose fills it in."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[3]), str(value))


def our_services() -> dict[str, dict[str, Any]]:
    """The services that run the image."""
    return {
        name: service
        for name, service in compose()["services"].items()
        if service["image"] == "margins"
    }


def snippet() -> str:
    """The part of the page's shell lines that writes .env."""
    shell = re.search(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert shell is not None
    begin, end = shell[1].index("{"), shell[1].index("docker compose up")
    return shell[1][begin:end]
