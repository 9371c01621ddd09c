"""Notes that a spreadsheet would run, or a Markdown program would take for markup."""

from __future__ import annotations

import csv
import io

import pytest

from ..documents import highlight, imported

EXPORT = "query($f: ExportFormat!) { export(format: $f) { name content } }"


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("start", FORMULA)
def test_no_cell_begins_like_a_formula(api, start):
    """Every cell that a spreadsheet would run gets an apostrophe in front."""
    text = f'{start}HYPERLINK("http://evil.example","x")'
    book = {"title": text, "creators": [{"name": text}]}
    imported(api, highlight(text, note=text, tags=["=x"], colour=text, page=text), book=book)
    (file,) = api.ask(EXPORT, {"f": "CSV"})["export"]
    rows = list(csv.reader(io.StringIO(file["content"], newline="")))
    assert len(rows) == 2
    assert not [cell for cell in rows[1] if cell.startswith(FORMULA)]


@pytest.mark.parametrize("start", ["-", "=", "@", "+", "－"])
def test_readwise_gets_every_quote_to_the_letter(api, start):
    """An importer reads its file: it runs nothing, and would keep an apostrophe for ever."""
    said = f"{start} You came, she said."
    imported(api, highlight(said, note=said), book={"title": said, "creators": [{"name": said}]})
    (file,) = api.ask(EXPORT, {"f": "READWISE"})["export"]
    (row,) = csv.DictReader(io.StringIO(file["content"], newline=""))
    assert {row[name] for name in ("Highlight", "Note", "Title", "Author")} == {said}


def test_markdown_shows_markup_as_text(api):
    """HTML, links, comments and block ids in a note are shown, not obeyed."""
    text = "<script>x</script> [[link]] %%gone%% ==marked== ^ann-1\n---\ntitle: x"
    imported(api, highlight(text), book={"title": "a: b\n---\n../../etc/passwd"})
    (file,) = api.ask(EXPORT, {"f": "MARKDOWN"})["export"]
    body = file["content"].split("---\n", 2)[2]
    assert "<script>" not in body
    assert "[[" not in body
    assert "%%" not in body
    assert not [line for line in body.splitlines() if line.startswith("^ann-1")]
    assert not set(file["name"]) & set('\\/:*?"<>|#^[]\n')
    assert file["name"].endswith(" etc passwd.md")
