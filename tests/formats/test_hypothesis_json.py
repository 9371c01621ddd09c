"""Hypothesis' JSON."""

from __future__ import annotations

import json
from pathlib import Path

from margins.annotation import Notebook, Span
from margins.formats.hypothesis_json import extract, identify
from margins.mail.entity import Attachment


def read(value: object) -> tuple[Notebook, ...]:
    export = Attachment(content=json.dumps(value).encode(), place="hypothesis.json")
    assert identify(export)
    return extract(export)


def entry(name: str, text: str, **fields: object) -> dict[str, object]:
    quote = {"type": "TextQuoteSelector", "exact": fields.pop("exact", "")}
    target = [{"source": "https://example.org/", "selector": [quote]}]
    return {
        "id": name, "created": "2024-05-14T09:12:00+00:00", "updated": "2024-05-14T09:12:00+00:00",
        "user": "acct:orla@example.org", "uri": "https://example.org/", "text": text,
        "document": {"title": ["On Tides"]}, "target": target, **fields,
    }  # fmt: skip


def test_every_annotation_of_the_sample_is_accounted_for(shared: Path) -> None:
    """Threads flattened by hand give the count; the one reply is joined to what it answers."""
    (path,) = (shared / "samples" / "hypothesis_json").iterdir()
    threads = json.loads(path.read_text("utf-8"))
    entries = [item for thread in threads for item in thread]
    replies = [item for item in entries if item["isReply"]]
    notebooks = extract(Attachment(content=path.read_bytes()))
    annotations = [a for notebook in notebooks for a in notebook.annotations]
    assert sum(n.found for n in notebooks) == len(entries) == 50
    assert (len(annotations), len(replies)) == (49, 1)
    assert not any(notebook.skipped for notebook in notebooks)
    joined = [a for a in annotations if len(a.sources) > 1]
    assert [replies[0]["text"] in a.note for a in joined] == [True]
    positions = [Span(e["start"], e["end"]) for e in entries if e.get("start") is not None]
    assert sorted(a.target.location for a in annotations if a.target.location) == sorted(positions)


def test_only_the_exporter_s_own_annotations_are_kept() -> None:
    """A page's export holds everybody's; others are named as skipped."""
    own, other = entry("a", "Mine."), entry("b", "Theirs.", user="acct:ida@example.org")
    (notebook,) = read({"export_userid": "acct:orla@example.org", "annotations": [own, other]})
    assert [a.note for a in notebook.annotations] == ["Mine."]
    assert "acct:ida@example.org" in notebook.skipped[0].reason


def test_a_reply_to_somebody_else_stands_alone() -> None:
    """It is not put into their mouth, and not lost."""
    other = entry("a", "Theirs.", user="acct:ida@example.org")
    (notebook,) = read([other, entry("b", "Mine.", references=["a"])])
    assert [(a.note, a.sources) for a in notebook.annotations] == [
        ("Theirs.", (1,)),
        ("Mine.", (2,)),
    ]
    assert notebook.warnings == ("The file holds notes of 2 people; all are kept.",)


def test_replies_that_answer_each_other_in_a_circle_end() -> None:
    """Nothing is lost and nothing loops."""
    a, b = entry("a", "One.", references=["b"]), entry("b", "Two.", references=["a"])
    (notebook,) = read([a, b])
    assert notebook.found == 2


def test_runs_of_white_space_in_a_page_are_layout() -> None:
    """Browsers show them as one space."""
    (notebook,) = read([entry("a", "", exact="The tide\n\n      comes in\u00a0early.\n")])
    assert notebook.annotations[0].target.quote == "The tide comes in early."
