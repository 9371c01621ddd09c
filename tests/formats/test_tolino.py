"""Tolino's notes.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats.tolino import extract, identify
from margins.mail.entity import Attachment

RULE = "\n\n-----------------------------------\n\n"
DATE = "Hinzugefügt am 07.12.2017 | 20:00"
LATER = "Hinzugefügt am 08.12.2017 | 9:00"


def read(*blocks: str) -> tuple[Notebook, ...]:
    export = Attachment(content=RULE.join((*blocks, "")).encode(), place="notes.txt")
    assert identify(export)
    return extract(export)


def test_every_block_of_the_samples_is_accounted_for(shared: Path) -> None:
    """Found equals the blocks that a count of the dates gives; what a peer wrote is no export."""
    ours, theirs = sorted((shared / "samples" / "tolino_txt").iterdir())
    content = ours.read_bytes()
    dated = re.findall(rb"^Hinzugef[^\n]*[0-9]{2}:[0-9]{2}", content, re.MULTILINE)
    notebooks = extract(Attachment(content=content))
    assert sum(notebook.found for notebook in notebooks) == len(dated) == 4
    assert not any(notebook.skipped for notebook in notebooks)
    assert not identify(Attachment(content=theirs.read_bytes()))


def test_a_note_may_run_over_lines_and_hold_quotation_marks() -> None:
    """The passage begins where a line opens with a quotation mark."""
    (notebook,) = read(
        f'Salz (Finch, Orla)\nNotiz auf Seite 4: Sie sagt "nein"\nund ".."\n"Ja."\n{DATE}'
    )
    (note,) = notebook.annotations
    assert (note.note, note.target.quote) == ('Sie sagt "nein"\nund ".."', "Ja.")


def test_a_note_and_its_highlight_are_one_annotation() -> None:
    """The device writes the highlight, then the note with the same passage."""
    (notebook,) = read(
        f'Salz (Finch, Orla)\nMarkierung auf Seite 4: "Die Flut."\n{DATE}',
        f'Salz (Finch, Orla)\nNotiz auf Seite 4: Wann?\n"Die Flut."\n{LATER}',
    )
    (note,) = notebook.annotations
    assert (note.note, note.sources) == ("Wann?", (1, 2))
    assert str(note.created) == "2017-12-07 20:00:00"


def test_an_edited_note_replaces_the_one_before() -> None:
    """The older wording is kept as skipped, with the entry that replaced it."""
    first = f'Salz (Finch, Orla)\nNotiz auf Seite 4: Wann?\n"Die Flut."\n{DATE}'
    second = first.replace("Wann?", "Um zwei.").replace(DATE, "Geändert am 08.12.2017 | 9:00")
    (notebook,) = read(first, second)
    (note,) = notebook.annotations
    assert (note.note, str(note.modified)) == ("Um zwei.", "2017-12-08 09:00:00")
    assert [(s.entry, s.reason) for s in notebook.skipped] == [
        (1, "Entry 2 is a newer version of it.")
    ]
    assert "Wann?" in notebook.skipped[0].text


@pytest.mark.parametrize(
    ("line", "date", "page"),
    [
        ("Highlight on page 4", "Added on 12/07/2017 | 20:00", "4"),
        ("Markering op pagina 4", "Toegevoegd op 07/12/2017 | 20:00", "4"),
        ("Surlignement en page xii", "Ajouté le 07.12.2017 | 20:00", "xii"),
        ("Evidenziazione a pagina 4", "Modificato il 07.12.2017 | 20:00", "4"),
    ],
)
def test_each_language_has_its_own_order_of_day_and_month(line: str, date: str, page: str) -> None:
    """All of these are the seventh of December."""
    (notebook,) = read(f'Salt (Finch, Orla)\n{line}: "The tide."\n{date}')
    (note,) = notebook.annotations
    assert str(note.created or note.modified) == "2017-12-07 20:00:00"
    assert note.target.page == page
    assert not notebook.warnings


def test_words_nobody_knows_are_read_by_their_shape() -> None:
    """Text before the passage makes a note; either way a warning says so."""
    (notebook,) = read(
        'Sól (Finch, Orla)\nZakreślenie na stronie 4: "Sól."\nDodano 07.12.2017 | 20:00',
        'Sól (Finch, Orla)\nNotatka na stronie 5: Tak.\n"Morze."\nDodano 07.12.2017 | 20:00',
    )
    assert [a.note for a in notebook.annotations] == ["", "Tak."]
    assert len(notebook.warnings) == 2


def test_a_bookmark_leaves_out_the_text_of_the_page() -> None:
    """Nobody marked it."""
    (notebook,) = read(f'Salz (Finch, Orla)\nLesezeichen auf Seite 4: "Der Anfang der"\n{DATE}')
    (bookmark,) = notebook.annotations
    assert bookmark.motivation is Motivation.BOOKMARKING
    assert bookmark.target.quote == ""


@pytest.mark.parametrize(
    "title", ["Salz", "Salz (Band 1) (Finch, Orla)", "Salz) (", "(Finch, Orla)"]
)
def test_a_title_is_never_lost(title: str) -> None:
    """The author is the last balanced group; a title of brackets alone stays whole."""
    (notebook,) = read(f'{title}\nMarkierung auf Seite 4: "Die Flut."\n{DATE}')
    publication = notebook.publication
    assert publication.title in (title, "Salz", "Salz (Band 1)")
    assert publication.title


def test_a_file_without_one_readable_block_is_refused() -> None:
    """The message names the file and says what to do."""
    export = Attachment(content=f"torn{RULE}torn{RULE}".encode(), place="notes.txt")
    assert not identify(export)
    with pytest.raises(FormatError, match=r"notes\.txt: .* Copy notes\.txt"):
        extract(export)
