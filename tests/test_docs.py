"""What the documentation promises is there, and its examples run."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate

import margins
from margins.api.execution import executable_schema
from margins.cli.parser import parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_library_example_of_the_readme_runs(tmp_path: Path) -> None:
    """The Python block, given the sample mail, prints its book and its notes."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(code, "utf-8")
    sample = ROOT / "src" / "margins" / "service" / "sample.eml"
    ran = subprocess.run(
        [sys.executable, str(script), str(sample)], capture_output=True, text=True, check=True
    )
    assert "The Lighthouse Keeper’s Almanac" in ran.stdout
    assert "Patience is not waiting." in ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    """Relative links and pictures of the documentation exist."""
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_examples_of_the_notes_api_are_valid() -> None:
    """Each GraphQL document of its page is one that its schema allows."""
    page = (ROOT / "docs" / "notes-api.md").read_text("utf-8")
    documents = re.findall(r"^```graphql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(documents) > 3
    for document in documents:
        assert validate(executable_schema(), parse(document)) == []


def _commands(command: argparse.ArgumentParser) -> Iterator[str]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield sub.prog
                yield from _commands(sub)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_exists(page: Path) -> None:
    """`margins something` in a code block is a command of the program."""
    known = set(_commands(parser()))
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    named = {m for b in blocks for m in re.findall(r"^(margins [a-z]+)", b, re.MULTILINE)}
    assert {name for name in named if name not in known} == set()


def test_every_make_target_that_is_named_exists() -> None:
    """`make something` in the documentation is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {t for page in PAGES for t in re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8"))}
    assert named <= targets


def test_the_public_names_are_sorted_and_documented() -> None:
    """`margins.__all__` is in order, and everything in it says what it is."""
    assert list(margins.__all__) == sorted(margins.__all__)
    assert [n for n in margins.__all__ if not (getattr(margins, n).__doc__ or "").strip()] == []
