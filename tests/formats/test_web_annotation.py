"""Web Annotation JSON-LD."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from margins.annotation import Motivation, Notebook
from margins.annotation.jsonld import to_json
from margins.errors import FormatError
from margins.formats.web_annotation import extract, identify
from margins.mail.entity import Attachment

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
GOLDEN = Path(__file__).parent / "golden"


def read(value: object) -> tuple[Notebook, ...]:
    export = Attachment(content=json.dumps(value).encode(), place="notes.jsonld")
    assert identify(export)
    return extract(export)


def annotation(**fields: object) -> dict[str, object]:
    target = {
        "source": "https://example.org/tide",
        "selector": {"type": "TextQuoteSelector", "exact": "The tide."},
    }
    return {"@context": CONTEXT, "type": "Annotation", "target": target, **fields}


def test_what_margins_writes_is_read_back_whole() -> None:
    """Every golden file of our own JSON-LD says the same again."""
    files = [path for path in GOLDEN.glob("*/*.json") if CONTEXT in path.read_text("utf-8")[:200]]
    assert len(files) > 40
    for path in files:
        text = path.read_text("utf-8")
        if '"margins:publication"' not in text:
            continue
        export = Attachment(content=text.encode(), place=path.name)
        assert identify(export), path.name
        assert to_json(extract(export)) == text, path.name


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda item: item,
        lambda item: [item],
        lambda item: {"@context": [CONTEXT, {}], "type": "AnnotationPage", "items": [item]},
        lambda item: {"@context": CONTEXT, "@graph": [item]},
        lambda item: {
            "@context": CONTEXT, "type": ["AnnotationCollection"], "first": {
                "type": "AnnotationPage", "items": [item]}},
        lambda item: {"@context": CONTEXT, "type": "AnnotationSet", "about": {}, "items": [item]},
    ],
)  # fmt: skip
def test_an_annotation_is_found_in_whatever_holds_it(wrapped: object) -> None:
    """Alone, in an array, a page, a graph, a collection, a set."""
    assert callable(wrapped)
    (notebook,) = read(wrapped(annotation(bodyValue="Early.")))
    (note,) = notebook.annotations
    assert (note.target.quote, note.note) == ("The tide.", "Early.")


@pytest.mark.parametrize(
    ("body", "note", "tags"),
    [
        ("A plain string", "A plain string", ()),
        ({"type": "TextualBody", "value": "Early."}, "Early.", ()),
        (
            {"type": "TextualBody", "value": "<p>Very <i>early</i></p>", "format": "text/html"},
            "Very early",
            (),
        ),
        ([{"value": "sea", "purpose": "tagging"}, {"value": "Early."}], "Early.", ("sea",)),
        ({"value": "Early.", "keyword": "teacher"}, "Early.", ("teacher",)),
        (None, "", ()),
        ([[], {}, 7], "", ()),
    ],
)
def test_bodies_become_note_and_tags(body: object, note: str, tags: tuple[str, ...]) -> None:
    """Section 3.2, and Readium's keyword."""
    (notebook,) = read(annotation(body=body))
    assert [(a.note, a.tags) for a in notebook.annotations] == [(note, tags)]


def test_a_bookmark_needs_no_text() -> None:
    """Its motivation says enough, in an array too."""
    (notebook,) = read(annotation(target="https://example.org/", motivation=["bookmarking"]))
    (mark,) = notebook.annotations
    assert mark.motivation is Motivation.BOOKMARKING
    assert notebook.publication.title == "https://example.org/"


def test_a_collection_whose_page_is_elsewhere_is_refused_with_the_address() -> None:
    """Nothing is fetched."""
    collection = {
        "@context": CONTEXT,
        "type": "AnnotationCollection",
        "first": "https://example.org/p1",
    }
    with pytest.raises(FormatError, match=r"notes\.jsonld, https://example\.org/p1: "):
        read(collection)


def test_our_own_file_changed_by_hand_is_refused_with_the_place() -> None:
    """Numbers that do not add up are not papered over."""
    text = (GOLDEN / "web-annotation" / "our_own.jsonld").read_text("utf-8")
    changed = text.replace('"margins:found": 3', '"margins:found": 4')
    with pytest.raises(FormatError, match=r"@graph\[0\]"):
        read(json.loads(changed))


def test_nesting_without_end_ends() -> None:
    """Pages within pages are followed a few levels."""
    value: dict[str, object] = annotation(bodyValue="Early.")
    for _ in range(50):
        value = {"@context": CONTEXT, "type": "AnnotationPage", "items": [value]}
    assert read(value) == (read({"@context": CONTEXT, "type": "AnnotationPage", "items": []}))
