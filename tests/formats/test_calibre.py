"""calibre's annotations."""

from __future__ import annotations

import json

import pytest

from margins.annotation import Notebook
from margins.formats.calibre import extract, identify
from margins.mail.entity import Attachment


def export(*entries: dict[str, object], filename: str = "annotations.json") -> Attachment:
    """As calibre writes it: byte order mark, sorted keys."""
    value = {"version": 1, "type": "calibre_annotation_collection", "annotations": entries}
    text = "\ufeff" + json.dumps(value, sort_keys=True, indent=2)
    return Attachment(content=text.encode(), filename=filename)


def entry(**fields: object) -> dict[str, object]:
    return {
        "book_id": 12, "type": "highlight", "uuid": "u", "timestamp": "2021-09-01T06:22:52.491Z",
        "highlighted_text": "The tide.", "start_cfi": "/2/4", "spine_index": 1, **fields,
    }  # fmt: skip


def read(*entries: dict[str, object]) -> tuple[Notebook, ...]:
    assert identify(export(*entries))
    return extract(export(*entries))


def test_a_long_export_is_known_by_its_first_entry() -> None:
    """The type stands at the end, where nobody looks."""
    long = export(*[entry(notes="x" * 1000)] * 200)
    assert len(long.content) > 200_000
    assert identify(long)
    (notebook,) = extract(long)
    assert notebook.found == 200


def test_books_without_titles_stay_apart() -> None:
    """Two books that both lack a title are not one book."""
    first, second = read(entry(), entry(book_id=13))
    assert (first.publication.title, second.publication.title) == ("calibre 12", "calibre 13")
    assert first.warnings == ("calibre does not write the title of the book into this file.",)


@pytest.mark.parametrize(
    ("style", "colour", "kind"),
    [
        ({"kind": "color", "type": "builtin", "which": "purple"}, "purple", ""),
        ({"kind": "color", "type": "custom", "light": "#FFEB6B"}, "#ffeb6b", ""),
        ({"kind": "decoration", "which": "strikeout"}, "", "strikethrough"),
        ({"background-color": "rgb(1,2,3)"}, "", ""),
        (None, "", ""),
    ],
)
def test_styles_are_translated(style: object, colour: str, kind: str) -> None:
    """Built-in colours by name, custom ones by number, decorations as styles."""
    ((note,),) = [notebook.annotations for notebook in read(entry(style=style))]
    assert (note.colour, note.style) == (colour, kind)


@pytest.mark.parametrize(
    "value",
    [{}, {"annotations": []}, {"annotations": [{"uuid": "u"}]}, {"type": "calibre_highlights"}],
)
def test_json_of_others_is_left_alone(value: object) -> None:
    """A list called annotations is not enough."""
    assert not identify(Attachment(content=json.dumps(value).encode()))
