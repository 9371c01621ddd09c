"""Notes in JSON lines."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from margins.annotation import Annotation, Creator, Motivation, Publication, Target
from margins.clients.disk import LocalDisk
from margins.errors import NoSpace, Unavailable
from margins.plan import Change, Plan
from margins.sink.jsonl import JsonlSink
from margins.testing.contracts import SinkContract

BOOK = Publication(title="The Salt Roads")


class TestContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> JsonlSink:
        return JsonlSink(tmp_path / "notes")


def note(text: str) -> Annotation:
    """A highlight."""
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=Target(quote=text, page="1"))


def create(*texts: str) -> list[Plan]:
    """A plan that adds these."""
    return [Plan(publication=BOOK, create=tuple(map(note, texts)))]


def test_every_note_is_a_line_of_json(tmp_path: Path) -> None:
    """Named as in the notes API, with its book, readable with any tool."""
    JsonlSink(tmp_path).apply("ada", create("The tide \u2014 turned"), key="mail.0")
    line, imported = (tmp_path / "ada.jsonl").read_text("utf-8").splitlines()
    said = json.loads(line)
    assert (said["quote"], said["page"]) == ("The tide \u2014 turned", "1")
    assert said["publication"]["title"] == "The Salt Roads"
    assert "\u2014" in line
    assert json.loads(imported) == {
        "imported": "mail.0", "created": 1, "updated": 0, "unchanged": 0
    }  # fmt: skip


def test_what_is_there_is_there_for_the_next_process(tmp_path: Path) -> None:
    """Notes and keys of imports are read back from the file."""
    first = JsonlSink(tmp_path).apply("ada", create("one", "two"), key="k")
    again = JsonlSink(tmp_path)
    assert again.apply("ada", create("one", "two", "three"), key="k") == first
    assert len(again.fetch("ada", [BOOK])[0].annotations) == 2


def test_a_book_learns_what_a_later_export_knows(tmp_path: Path) -> None:
    """An author or identifier is added; nothing known is replaced."""
    sink = JsonlSink(tmp_path)
    known = replace(BOOK, year=1999, identifiers=(("isbn", "1"),))
    later = replace(BOOK, year=2001, publisher="Gull", identifiers=(("asin", "2"),))
    sink.apply("ada", [Plan(publication=known, create=(note("one"),))], key="1")
    sink.apply("ada", [Plan(publication=later)], key="2")
    said = json.loads((tmp_path / "ada.jsonl").read_text().splitlines()[0])["publication"]
    assert (said["year"], said["publisher"]) == (1999, "Gull")
    assert [i["scheme"] for i in said["identifiers"]] == ["isbn", "asin"]


def test_an_id_is_not_given_twice(tmp_path: Path) -> None:
    """A note that has grown keeps its id; one worded like it was gets another."""
    sink = JsonlSink(tmp_path)
    sink.apply("ada", create("one"), key="1")
    (old,) = sink.fetch("ada", [BOOK])[0].annotations
    grown = Change(id=old.id, before=old.annotation, after=note("one and more"))
    sink.apply("ada", [Plan(publication=BOOK, update=(grown,), create=(note("one"),))], key="2")
    stored = {s.annotation.target.quote: s.id for s in sink.fetch("ada", [BOOK])[0].annotations}
    assert stored["one and more"] == old.id
    assert stored["one"] == f"{old.id}-2"


@pytest.mark.parametrize("account", ["../../etc/passwd", "..", "a/b", "\u585c", "a\0b", "A%2FB"])
def test_an_account_is_a_file_in_the_directory(tmp_path: Path, account: str) -> None:
    """Whatever it is called."""
    sink = JsonlSink(tmp_path / "notes")
    sink.apply(account, create("one"), key="k")
    (path,) = (tmp_path / "notes").iterdir()
    assert path.is_file()
    assert len(sink.fetch(account, [BOOK])[0].annotations) == 1


@pytest.mark.parametrize("line", ["not json", "7", "[]", "{}", '{"id":"x","publication":{}}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    """Nothing is read past it, and nothing is written over it."""
    sink = JsonlSink(tmp_path)
    sink.apply("ada", create("one"), key="k")
    path = tmp_path / "ada.jsonl"
    path.write_text(damaged := path.read_text() + line + "\n")
    with pytest.raises(Unavailable, match="line 3"):
        sink.fetch("ada", [BOOK])
    with pytest.raises(Unavailable, match="line 3"):
        sink.apply("ada", create("two"), key="l")
    assert path.read_text() == damaged


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is as it was, no draft is left, and the same key works afterwards."""
    sink = JsonlSink(tmp_path)
    sink.apply("ada", create("one"), key="1")
    before = (tmp_path / "ada.jsonl").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(LocalDisk, "rename", full)
        with pytest.raises(NoSpace):
            sink.apply("ada", create("two"), key="2")
    assert [path.name for path in tmp_path.iterdir()] == ["ada.jsonl"]
    assert (tmp_path / "ada.jsonl").read_bytes() == before
    assert sink.apply("ada", create("two"), key="2").created == 1


def test_imports_at_once_wait_for_one_another(tmp_path: Path) -> None:
    """Eight threads with a sink each: no import undoes another's."""
    imports = [
        Thread(
            target=JsonlSink(tmp_path).apply, args=("ada", create(f"{n}")), kwargs={"key": f"{n}"}
        )
        for n in range(8)
    ]
    for each in imports:
        each.start()
    for each in imports:
        each.join()
    assert len(JsonlSink(tmp_path).fetch("ada", [BOOK])[0].annotations) == 8


def test_the_creator_of_a_book_survives(tmp_path: Path) -> None:
    """The line holds all that is known of the book."""
    book = replace(BOOK, creators=(Creator(name="Ida Moss", role="translator"),))
    sink = JsonlSink(tmp_path)
    sink.apply("ada", [Plan(publication=book, create=(note("one"),))], key="k")
    assert len(JsonlSink(tmp_path).fetch("ada", [book])[0].annotations) == 1
    assert JsonlSink(tmp_path).fetch("ada", [BOOK])[0].annotations == ()
