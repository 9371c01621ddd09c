"""`margins deploy`: build the functions, show the change set, ask, deploy."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from pathlib import Path

from margins.aws.regions import RECEIVING
from margins.cli.status import Exit
from margins.errors import ConfigError, InputError

__all__ = ["asked", "commands", "deploy"]

_QUESTIONS = {
    "Recipient": "Address or domain that takes mail (import@notes.example)",
    "ApiUrl": "GraphQL endpoint of the notes API (https://...)",
    "NotesDatabaseSecret": "ARN of the secret with the URL of the notes' database",
}
_STAGE = re.compile(r"[a-z][a-z0-9]{0,11}")


def _quoted(value: str) -> str:
    """As sam wants a value that is empty, or has spaces."""
    return '"' + value.replace('"', '\\"') + '"'


def commands(
    stage: str, region: str, parameters: dict[str, str], *, plan: bool, confirmed: bool
) -> list[list[str]]:
    """What is run, one after the other, in deploy/aws.

    Args:
        plan: make the change set and show it, and no more.
        confirmed: deploy without asking.

    Raises:
        InputError: the stage's name or the region cannot be.
    """
    if not _STAGE.fullmatch(stage):
        raise InputError(
            "This cannot be a stage's name.",
            place=stage,
            remedy="Use up to twelve lower-case letters and digits.",
        )
    if region not in RECEIVING:
        raise InputError(
            "Amazon SES receives no mail in this region.",
            place=region,
            remedy=f"Choose one of {', '.join(sorted(RECEIVING))}.",
        )
    # An empty one too: what is left out keeps the value of before.
    given = [f"{name}={_quoted(value)}" for name, value in {"Stage": stage, **parameters}.items()]
    mode = "--no-execute-changeset" if plan else "--confirm-changeset"
    mode = "--no-confirm-changeset" if confirmed and not plan else mode
    stack = ["--stack-name", f"margins-{stage}", "--region", region]
    return [
        ["sam", "build"],
        ["sam", "deploy", *stack, mode, "--parameter-overrides", *given],
    ]


def asked(given: list[str]) -> dict[str, str]:
    """The parameters, those that are needed and missing asked for."""
    parameters = dict(text.partition("=")[::2] for text in given)
    own_api = parameters.get("NotesApi") == "yes"
    for name in ("Recipient", "NotesDatabaseSecret" if own_api else "ApiUrl"):
        while not parameters.get(name):
            try:
                parameters[name] = input(f"{_QUESTIONS[name]}: ").strip()
            except EOFError:
                raise InputError(
                    f"{name} is not given.", remedy=f"Add --parameter {name}=..."
                ) from None
    return parameters


def deploy(args: argparse.Namespace) -> int:
    """Run sam; its exit status is ours."""
    folder = Path("deploy/aws")
    if not (folder / "template.yaml").is_file():
        raise InputError("There is no deploy/aws here.", remedy="Run this in a checkout.")
    if shutil.which("sam") is None:
        raise ConfigError("The SAM CLI is not installed.", remedy="pip install aws-sam-cli")
    todo = commands(
        args.stage, args.region, asked(args.parameter), plan=args.plan, confirmed=args.yes
    )
    for command in todo:
        print("$", " ".join(command), flush=True)
        if status := subprocess.run(command, cwd=folder, check=False).returncode:  # noqa: S603
            return status
    return Exit.OK
