"""Everything leaves as easily as it came: notes as files, by command."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import READER, Running, mail, notebook_html

pytestmark = pytest.mark.slow

EDIT = "mutation($i: EditAnnotationInput!) { editAnnotation(input: $i) { __typename } }"
FIRST = "{ annotations(first: 1) { nodes { id } } }"


def test_notes_are_exported_as_their_reader_sees_them(service: Running, tmp_path: Path) -> None:
    """In each format, into a folder of their own, edits included; nobody else's are there."""
    service.send(mail(notebook_html(3)))
    service.settled()
    [first] = service.graphql(FIRST)["annotations"]["nodes"]
    service.graphql(EDIT, i={"id": first["id"], "note": "mine"})
    names = {
        "markdown": "A Book of Tides.md",
        "csv": "notes.csv",
        "jsonld": "notes.jsonld",
        "readwise": "readwise.csv",
    }
    for format_, name in names.items():
        folder = tmp_path / format_
        done = service.command("notes", "export", READER, str(folder), "--format", format_)
        assert done.stdout == f"1 file: {folder}\n"
        assert [path.name for path in folder.iterdir()] == [name]
        assert "The tide number 2" in (folder / name).read_text("utf-8")
        assert "mine" in (folder / name).read_text("utf-8")
    with (tmp_path / "csv" / "notes.csv").open(encoding="utf-8", newline="") as table:
        assert [row["Title"] for row in csv.DictReader(table)] == ["A Book of Tides"] * 3
    service.command("accounts", "add", "other@example.org")
    done = service.command("notes", "export", "other@example.org", str(tmp_path / "other"))
    assert done.stdout.startswith("0 files")


def test_nothing_is_overwritten(service: Running, tmp_path: Path) -> None:
    """A folder with something in it is refused."""
    (tmp_path / "mine.md").write_text("mine")
    done = service.command("notes", "export", READER, str(tmp_path), check=False)
    assert done.returncode == 65
    assert "not empty" in done.stderr


def test_without_the_service_there_is_nothing_to_ask(service: Running, tmp_path: Path) -> None:
    """The command says so, and makes no folder."""
    service.stop()
    done = service.command("notes", "export", READER, str(tmp_path / "new"), check=False)
    assert done.returncode == 75
    assert not (tmp_path / "new").exists()


def test_the_examples_of_the_page_run(service: Running, tmp_path: Path) -> None:
    """The two shell examples of docs/notes-api.md, with this service's port and reader."""
    service.send(mail(notebook_html(3)))
    service.settled()
    page = (Path(__file__).parents[2] / "docs" / "notes-api.md").read_text("utf-8")
    examples = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    asked, exported = (
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example],
            env={**service.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            cwd=tmp_path,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for example in (
            each.replace("127.0.0.1:8080", f"127.0.0.1:{service.api_port}").replace(
                "you@example.org", READER
            )
            for each in examples
        )
    )
    shelf = {"totalCount": 1, "nodes": [{"title": "A Book of Tides"}]}
    assert json.loads(asked) == {"data": {"publications": shelf}}
    assert exported == b""
    assert "The tide number 2" in (tmp_path / "notes.csv").read_text("utf-8")
