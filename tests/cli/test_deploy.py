"""`margins deploy`: what is run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from margins.cli.deploy import asked, commands
from margins.errors import InputError

SAM = Path(__file__).parents[2] / ".tools" / "sam" / "bin" / "sam"
GIVEN = {"Recipient": "notes.example", "ApiUrl": "https://notes.example/graphql", "AlarmEmail": ""}


def test_a_deployment_shows_its_change_set_and_asks() -> None:
    """Nothing is carried out before somebody has said yes."""
    build, deploy = commands("dev", "eu-west-1", GIVEN, plan=False, confirmed=False)
    assert build == ["sam", "build"]
    assert "--confirm-changeset" in deploy
    assert deploy[deploy.index("--parameter-overrides") + 1 :] == [
        'Stage="dev"',
        'Recipient="notes.example"',
        'ApiUrl="https://notes.example/graphql"',
        'AlarmEmail=""',
    ]


@pytest.mark.slow
@pytest.mark.skipif(not SAM.is_file(), reason="sam is not installed")
def test_sam_understands_the_values() -> None:
    """Also an empty one, which it would refuse without quotation marks, and one with spaces."""
    given = {"AlarmEmail": "", "NotesOrigins": "https://a b", "Issuer": 'a"b', "Unknown": "hold"}
    _, deploy = commands("dev", "eu-west-1", given, plan=False, confirmed=False)
    words = deploy[deploy.index("--parameter-overrides") + 1 :]
    read = "from samcli.cli.types import CfnParameterOverridesType as Type; import json, sys; "
    read += "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
    done = subprocess.run([SAM.with_name("python"), "-c", read, *words], capture_output=True)
    assert json.loads(done.stdout) == {"Stage": "dev", **given}


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_plan_carries_nothing_out(confirmed: bool) -> None:
    """Even with --yes."""
    _, deploy = commands("dev", "eu-west-1", GIVEN, plan=True, confirmed=confirmed)
    assert "--no-execute-changeset" in deploy
    assert "--no-confirm-changeset" not in deploy


def test_a_region_without_mail() -> None:
    """Lint takes it, and the deployment would fail late."""
    with pytest.raises(InputError, match="receives no mail"):
        commands("dev", "eu-north-1", GIVEN, plan=False, confirmed=False)


@pytest.mark.parametrize("stage", ["", "Dev", "a-b", "x" * 13, "1a", "a;b"])
def test_a_stage_that_cannot_be(stage: str) -> None:
    """It becomes part of the names of buckets and queues."""
    with pytest.raises(InputError, match="stage"):
        commands(stage, "eu-west-1", GIVEN, plan=False, confirmed=False)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([], ["Recipient", "ApiUrl"]),
        (["NotesApi=yes"], ["Recipient", "NotesDatabaseSecret"]),
        (["ApiUrl=https://notes.example/"], ["Recipient"]),
    ],
)
def test_only_what_is_needed_is_asked(
    monkeypatch: pytest.MonkeyPatch, given: list[str], wanted: list[str]
) -> None:
    """With a notes API of its own there is no URL to know, but a database."""
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return "answer"

    monkeypatch.setattr("builtins.input", answer)
    parameters = asked(given)
    assert [name for name, text in parameters.items() if text == "answer"] == wanted
    assert len(questions) == len(wanted)


def test_nobody_is_there_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a workflow: the error names the parameter."""

    def nobody(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(InputError, match="Recipient"):
        asked([])
