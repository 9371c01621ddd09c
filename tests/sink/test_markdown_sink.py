"""Notes as Markdown files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Span,
    Target,
)
from margins.errors import Unavailable
from margins.plan import Plan, reconcile
from margins.sink.jsonl import JsonlSink
from margins.sink.markdown import MarkdownSink
from margins.testing.contracts import SinkContract
from margins.testing.fakes import MemorySink

BOOK = Publication(
    title='Salt: "Roads" / Tides',
    creators=(Creator(name='Orla "O" Finch'),),
    year=1999,
)
EXPECTED = """\
---
margins: KEY
title: "Salt: \\"Roads\\" / Tides"
authors:
  - "Orla \\"O\\" Finch"
year: 1999
---

# Salt: "Roads" / Tides

> [!quote] One › Tides · page 7 · location 10-12 · blue
> First line.\\
> Second \\*line\\*.
>
> **Note:** My thought.
>
> #sea #salt-water

^ID

> [!note] location 20
> A lone note.

^ID

> [!bookmark] page 9

^ID
"""


class TestContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> MarkdownSink:
        return MarkdownSink(tmp_path / "vault", JsonlSink(tmp_path / "notes"))


class Vault:
    """A sink over a vault, with notes in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.notes = MemorySink()
        self.sink = MarkdownSink(directory, self.notes)

    def bring(self, *annotations: Annotation, key: str = "", book: Publication = BOOK) -> None:
        """Import an export with these."""
        numbered = tuple(replace(a, sources=(n,)) for n, a in enumerate(annotations, start=1))
        notebook = Notebook(publication=book, annotations=numbered, found=len(numbered))
        plan = reconcile(self.sink.fetch("ada", [book])[0].annotations, notebook)
        self.sink.apply("ada", [plan], key=key or token_hex(8))

    @property
    def path(self) -> Path:
        """The only file there is."""
        (path,) = self.directory.rglob("*.md")
        return path

    @property
    def text(self) -> str:
        """What the reader sees."""
        return self.path.read_text("utf-8")

    @text.setter
    def text(self, text: str) -> None:
        self.path.write_text(text, "utf-8")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def note(number: int, text: str = "", written: str = "") -> Annotation:
    """A highlight at this location."""
    quote = text or f"passage number {number}"
    target = Target(quote=quote, location=Span(number, number + 2))
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target, note=written)


def blocks(text: str) -> list[str]:
    """The ids of the blocks, in order."""
    return re.findall(r"^\^(\S+)$", text, re.MULTILINE)


def test_a_file_is_ready_for_obsidian(vault: Vault) -> None:
    """Properties, a title, a callout for each note, and an id behind it to link to."""
    full = Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(
            quote="First line.\nSecond *line*.",
            page="7",
            location=Span(10, 12),
            headings=("One", "Tides"),
        ),
        note="My thought.",
        tags=("sea", "salt water"),
        colour="blue",
    )
    lone = Annotation(
        motivation=Motivation.COMMENTING, target=Target(location=Span(20, 20)), note="A lone note."
    )
    mark = Annotation(motivation=Motivation.BOOKMARKING, target=Target(page="9"))
    vault.bring(full, lone, mark)
    shown = re.sub(r"^margins: [0-9a-f]{32}$", "margins: KEY", vault.text, flags=re.MULTILINE)
    assert re.sub(r"^\^\S+$", "^ID", shown, flags=re.MULTILINE) == EXPECTED
    assert vault.path.name == "Salt Roads Tides.md"


def test_the_same_import_leaves_the_file_alone(vault: Vault) -> None:
    """Byte for byte, and not even touched."""
    vault.bring(note(10), note(20))
    before, touched = vault.text, vault.path.stat().st_mtime_ns
    vault.bring(note(10), note(20))
    assert vault.text == before
    assert vault.path.stat().st_mtime_ns == touched


def test_new_notes_find_their_place(vault: Vault) -> None:
    """Before, between and behind those that are there; no block moves or is renamed."""
    vault.bring(note(20), note(40))
    first, second = blocks(vault.text)
    vault.bring(note(10), note(30), note(50), note(51))
    found = blocks(vault.text)
    assert len(found) == 6
    assert (found[1], found[3]) == (first, second)
    places = [int(n) for n in re.findall(r"location (\d+)", vault.text)]
    assert places == sorted(places)


def test_what_the_reader_wrote_stays(vault: Vault) -> None:
    """Own properties, a preface, thoughts between blocks: the lines stay, in their order."""
    vault.bring(note(10), note(30))
    mine = ["tags: [salt]", "My preface.", "A thought\nof two lines", "- a list", "The end."]
    vault.text = (
        vault.text.replace("---\n\n# Salt", f"{mine[0]}\n---\n\n{mine[1]}\n# Salt")
        .replace("\n> [!quote] location 30", f"\n{mine[2]}\n\n{mine[3]}\n> [!quote] location 30")
        .removesuffix("\n")
        + f"\n{mine[4]}"
    )
    vault.bring(note(10, written="new"), note(5), note(20), note(30), note(40))
    positions = [vault.text.index(line) for line in mine]
    assert positions == sorted(positions)
    assert len(blocks(vault.text)) == 5
    assert "**Note:** new" in vault.text


def test_a_block_without_its_surroundings_is_still_a_block(vault: Vault) -> None:
    """New blocks are set off by empty lines, however close the reader's own lines are."""
    vault.bring(note(10), note(30))
    vault.text = re.sub(r"\n\n(> \[!quote\])", r"\n\1", vault.text)
    vault.bring(note(5), note(20))
    for id_ in blocks(vault.text):
        assert re.search(rf"\n> [^\n]*\n\n?\^{id_}\n", vault.text)
    for quote in (5, 20):
        assert f"\n\n> [!quote] location {quote}-" in vault.text


def test_a_block_the_reader_changed_is_the_readers(vault: Vault) -> None:
    """A later export does not change it back."""
    vault.bring(note(10, "the tide was turning"), note(30))
    vault.text = vault.text.replace("the tide was turning", "the tide ==turned==")
    before = vault.text
    vault.bring(note(10, "the tide was turning at last"), note(30))
    assert vault.text == before


def test_a_block_the_reader_removed_does_not_return(vault: Vault) -> None:
    """Nor does a file; but what is new in the book gets one again."""
    vault.bring(note(10), note(30))
    start = vault.text.index("> [!quote] location 10")
    vault.text = vault.text[:start] + vault.text[vault.text.index("> [!quote] location 30") :]
    vault.bring(note(10, written="new"), note(30))
    assert len(blocks(vault.text)) == 1
    vault.path.unlink()
    vault.bring(note(10), note(30))
    assert not list(vault.directory.rglob("*.md"))
    vault.bring(note(10), note(30), note(50))
    assert "location 50" in vault.text
    assert len(blocks(vault.text)) == 1


def test_a_changed_note_is_changed_in_place(vault: Vault) -> None:
    """Same block, same id, new text."""
    vault.bring(note(10, "the tide was turning"), note(30))
    ids = blocks(vault.text)
    vault.bring(note(10, "the tide was turning at last", "so late"))
    assert blocks(vault.text) == ids
    assert "at last" in vault.text
    assert "so late" in vault.text


def test_a_file_may_be_renamed_and_moved(vault: Vault) -> None:
    """It is recognised by its property, not by its name."""
    vault.bring(note(10))
    vault.path.parent.joinpath("Books").mkdir()
    moved = vault.path.rename(vault.path.parent / "Books" / "My favourite.md")
    vault.bring(note(10), note(20))
    assert vault.path == moved
    assert len(blocks(vault.text)) == 2


def test_books_of_one_name_have_a_file_each(vault: Vault) -> None:
    """And none takes a file that is the reader's."""
    (vault.directory / "ada").mkdir()
    (vault.directory / "ada" / "Salt Roads Tides.md").write_text("my own page\n")
    other = replace(BOOK, creators=(Creator(name="Somebody Else"),))
    vault.bring(note(10))
    vault.bring(note(10), book=other)
    names = sorted(path.name for path in vault.directory.rglob("*.md"))
    assert names == [f"Salt Roads Tides{n}.md" for n in (" (2)", " (3)", "")]
    assert (vault.directory / "ada" / "Salt Roads Tides.md").read_text() == "my own page\n"


@pytest.mark.parametrize(
    "title",
    ["", "..", "../../x", "a/b\\c:d", "\0\n\t", "x" * 5000, "\u585c" * 300, "CON.", "^[]#|"],
)
def test_any_title_makes_a_file(vault: Vault, title: str) -> None:
    """Inside the account's directory, with a name every system takes."""
    vault.bring(note(10), book=replace(BOOK, title=title))
    vault.bring(note(10), note(20), book=replace(BOOK, title=title))
    assert vault.path.parent == vault.directory / "ada"
    assert len(vault.path.name.encode()) < 255
    assert len(blocks(vault.text)) == 2


@settings(max_examples=50)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_out_of_its_block(
    tmp_path_factory: pytest.TempPathFactory, quote: str, written: str
) -> None:
    """Whatever a note says, it stays one block, and the next import finds it unchanged."""
    vault = Vault(tmp_path_factory.mktemp("vault"))
    vault.bring(note(10, "^abc\n---\n> [!quote]\n\n^def" + quote, written), note(20))
    assert len(blocks(vault.text)) == 2
    before = vault.text
    vault.bring(note(10, "^abc\n---\n> [!quote]\n\n^def" + quote, written), note(20))
    assert vault.text == before


def test_what_a_person_deleted_through_the_api_is_not_shown(vault: Vault) -> None:
    """A note marked as deleted gets no block."""
    plan = Plan(publication=BOOK, create=(note(10), note(20)))
    vault.notes.apply("ada", [plan], key="k")
    deleted = vault.notes.fetch("ada", [BOOK])[0].annotations[0]
    vault.notes.edit("ada", BOOK, replace(deleted, edited=frozenset("*")))
    vault.bring(note(10), note(20))
    assert len(blocks(vault.text)) == 1


def test_a_crash_before_the_files_is_made_up_for(vault: Vault) -> None:
    """The notes are in, the files are not; the same key again completes them."""
    plan = Plan(publication=BOOK, create=(note(10), note(20)))
    vault.notes.apply("ada", [plan], key="k")
    vault.bring(note(10), note(20), key="k")
    assert len(blocks(vault.text)) == 2


def test_a_crash_between_file_and_memory_doubles_nothing(vault: Vault) -> None:
    """Blocks that are there are recognised by what they say."""
    vault.bring(note(10), note(20))
    before = vault.text
    for memory in (vault.directory / "ada" / ".margins").iterdir():
        memory.unlink()
    vault.bring(note(10), note(20))
    assert vault.text == before
    vault.bring(note(10, written="new"), note(20))
    assert "**Note:** new" in vault.text


@pytest.mark.parametrize("damage", ["", "[]", "{", "7"])
def test_a_damaged_memory_is_named(vault: Vault, damage: str) -> None:
    """With what removing it means."""
    vault.bring(note(10))
    (memory,) = (vault.directory / "ada" / ".margins").iterdir()
    memory.write_text(damage)
    with pytest.raises(Unavailable, match=memory.name) as raised:
        vault.bring(note(10), note(20))
    assert "Remove the file" in raised.value.remedy
