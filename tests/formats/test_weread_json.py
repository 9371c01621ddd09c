"""WeChat Read's JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from margins.annotation import Notebook
from margins.errors import FormatError
from margins.formats.weread_json import extract, identify
from margins.mail.entity import Attachment


def read(value: object) -> tuple[Notebook, ...]:
    export = Attachment(content=json.dumps(value).encode(), place="weread.json")
    assert identify(export)
    return extract(export)


def test_every_entry_of_the_samples_is_accounted_for(shared: Path) -> None:
    """Counted by a plain walk over the JSON: what has text is kept, and the rest has a reason."""
    totals = {}
    for path in sorted((shared / "samples" / "weread_json").iterdir()):
        value = json.loads(path.read_text("utf-8"))
        entries = value if isinstance(value, list) else [*value["highlights"], *value["notes"]]
        empty = [e for e in entries if not e["content"].strip() and not e.get("quote", "").strip()]
        notebooks = extract(Attachment(content=path.read_bytes(), place=path.name))
        assert sum(n.found for n in notebooks) == len(entries)
        assert {i for n in notebooks for pair in n.publication.identifiers for i in pair[1:]} == {
            entry["bookId"] for entry in entries
        }
        skipped = [skip.reason for n in notebooks for skip in n.skipped]
        assert skipped == ["It has neither a passage nor a note."] * len(empty)
        totals[path.name.partition("__")[2]] = (len(notebooks), len(entries), len(skipped))
    assert totals == {
        "weread-notes__duan-yongping.json": (1, 6, 0),
        "weread-notes__highlights.json": (234, 4577, 0),
        "weread-notes__notes.json": (97, 283, 16),
    }


def entry(**fields: object) -> dict[str, object]:
    return {"id": "1", "bookId": "9", "content": "", "chapterUid": 2, "range": "3-7", **fields}


def test_lists_of_highlights_and_of_notes_file_under_the_same_book() -> None:
    """The number is all that both name it by."""
    (first,) = read([entry(content="潮水来了。")])
    (second,) = read([entry(content="谁会问？", quote="潮水来了。", isPrivate=True)])
    assert first.publication == second.publication
    assert first.annotations[0].target.fragment == second.annotations[0].target.fragment


def test_a_note_without_words_keeps_its_passage() -> None:
    """The app makes one of every tap on "share"."""
    (notebook,) = read([entry(content="", quote="潮水来了。", isPrivate=False)])
    assert notebook.annotations[0].target.quote == "潮水来了。"


def test_dates_with_and_without_a_zone_are_compared_as_they_were_shown() -> None:
    """Two tools write the date of a highlight in two ways; the earlier one counts."""
    highlight = entry(content="潮水来了。", createdAt="2024-01-03 09:00")
    note = entry(content="谁会问？", quote="潮水来了。", createTime=1704186000)
    (notebook,) = read([highlight, note])
    assert str(notebook.annotations[0].created) == "2024-01-02 09:00:00+00:00"


@pytest.mark.parametrize(
    "value", [[], {}, [{"bookId": "9"}], [{"id": "1", "bookId": "9"}], {"bookId": []}]
)
def test_json_of_others_is_left_alone(value: object) -> None:
    """A book's number alone says nothing."""
    assert not identify(Attachment(content=json.dumps(value).encode()))


def test_a_cut_file_is_refused_with_its_place() -> None:
    """Half a library is not quietly taken for a whole one."""
    content = json.dumps([entry(content="潮水来了。")] * 3).encode()[:-20]
    export = Attachment(content=content, place="weread.json")
    assert identify(export)
    with pytest.raises(FormatError, match=r"weread\.json, line 1 column \d+"):
        extract(export)
