"""How fast each format reads, beside the least that its file costs anybody, as ratios of one run.

    python bench/formats.py [SECONDS]

For every format its golden files are repeated to about a megabyte of entries where the shape allows
it, else read as they are. The baseline does the parsing that nobody can do without, by the standard
library or the same third-party library, and stops there: csv.reader, json.loads, html.parser, the
lines of a text. A ratio of 3 means that reading an export, with dates, names, tags, pairing and
accounting, takes three times as long as merely parsing it. Only ratios of one run compare.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter

from margins.catalogue import BUILT_IN
from margins.formats import Format
from margins.mail import Attachment
from margins.testing.golden import attachment_of, expected_path, inputs

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "formats" / "golden"
MEGABYTE = 1024 * 1024
_RULE = "-----------------------------------"

Baseline = Callable[[bytes], object]
Larger = Callable[[str], str]


def _csv(content: bytes) -> object:
    text = content.decode("utf-16" if content[:2] == b"\xff\xfe" else "utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def _json(content: bytes) -> object:
    return json.loads(content.decode("utf-8-sig"))


def _html(content: bytes) -> object:
    parser = HTMLParser()
    parser.feed(content.decode("utf-8", "replace"))
    parser.close()
    return parser


def _lines(content: bytes) -> object:
    return [line.strip() for line in content.decode("utf-8-sig", "replace").splitlines()]


def _pypdf(content: bytes) -> object:
    from pypdf import PdfReader  # noqa: PLC0415 - as the format does

    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def _times(of: str) -> int:
    return max(1, MEGABYTE // max(1, len(of.encode())))


def _rows_again(text: str) -> str:
    """The rows under the header, over and over."""
    header, _, rows = text.partition("\n")
    rows = rows if rows.endswith("\n") else rows + "\n"
    return header + "\n" + rows * _times(rows)


def _all_again(text: str) -> str:
    return text * _times(text)


def _after(mark: str) -> Larger:
    """What follows the first mark, over and over."""

    def larger(text: str) -> str:
        head, found, rest = text.partition(mark)
        return head + (found + rest) * _times(found + rest)

    return larger


def _lists_again(text: str) -> str:
    """Every list of objects in the JSON, over and over; ids repeat, which no format minds."""
    value = json.loads(text.lstrip("\ufeff"))
    times = _times(text)

    def grown(node: object) -> object:
        if isinstance(node, list):
            return node * times if all(isinstance(item, dict) for item in node) else node
        return {k: grown(v) for k, v in node.items()} if isinstance(node, dict) else node

    return json.dumps(grown(value), ensure_ascii=False)


def _unsigned(text: str) -> str:
    """Passages and notes over and over, without the signature that would end the reading."""
    return _after("# Two. The Nets")(text.partition("\n-- ")[0] + "\n\n")


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Case:
    """What a format is compared with, and how its file is made larger."""

    baseline: Baseline
    name: str
    larger: Larger


CSV = Case(_csv, "csv.reader", _rows_again)
JSON = Case(_json, "json.loads", _lists_again)
CASES = {
    "boox-txt": Case(_lines, "lines", _after("One. The Harbour")),
    "calibre": JSON,
    "handwritten": Case(_lines, "lines", _unsigned),
    "hypothesis-csv": CSV,
    "hypothesis-json": JSON,
    "instapaper-csv": CSV,
    "kindle-clippings": Case(_lines, "lines", _all_again),
    "kindle-notebook": Case(_html, "html.parser", _after("<div class='noteHeading'>")),
    "margins-markdown": Case(_lines, "lines", _all_again),
    "oreilly-csv": CSV,
    "pocketbook-html": Case(_html, "html.parser", _after('<div id="0001"')),
    "raindrop-csv": CSV,
    "readera": JSON,
    "readwise-csv": CSV,
    "tolino": Case(_lines, "lines", _all_again),
    "web-annotation": Case(_json, "json.loads", _same),
    "weread-json": JSON,
    "weread-txt": Case(_lines, "lines", _all_again),
    "annotated-pdf": Case(_pypdf, "pypdf text of the pages", _same),
}


def _best(work: Callable[[], object], seconds: float) -> float:
    """The shortest of the runs that fit in the time; at least two."""
    best, started = float("inf"), perf_counter()
    while perf_counter() - started < seconds or best == float("inf"):
        before = perf_counter()
        work()
        best = min(best, perf_counter() - before)
    return best


def _example(form: Format, case: Case) -> Attachment | None:
    """The largest golden file that is read without error, grown to about a megabyte."""
    folder = GOLDEN / form.about.name
    read = [
        path
        for path in inputs(folder)
        if expected_path(path).exists() and '"error"' not in expected_path(path).read_text()[:20]
    ]
    read = [path for path in read if path.suffix != ".bak"]
    if not read:
        return None
    attachment = attachment_of(max(read, key=lambda path: path.stat().st_size))
    if attachment.content.startswith(b"%PDF"):
        return attachment
    content = case.larger(attachment.text).encode()
    return Attachment(content=content, filename=attachment.filename, place=attachment.place)


def _measured(form: Format, seconds: float) -> str:
    case = CASES.get(form.about.name)
    example = _example(form, case) if case else None
    if case is None or example is None or not form.identify(example):
        return ""
    size = len(example.content)
    entries = sum(notebook.found for notebook in form.extract(example))
    ours = _best(lambda: form.extract(example), seconds)
    theirs = _best(lambda: case.baseline(example.content), seconds)
    glance = _best(lambda: form.identify(example), seconds / 4)
    return (
        f"| {form.about.name} | {size / 1e6:.2f} | {entries:,} | {size / 1e6 / ours:.1f} "
        f"| {case.name} | {size / 1e6 / theirs:.1f} | {ours / theirs:.1f} | {glance * 1e3:.2f} |"
    )


def main(seconds: float) -> None:
    """Prints one row for each format that has a case."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    print("| Format | MB | Entries | MB/s | Baseline | MB/s | Ratio | identify() ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for form in BUILT_IN:
        if row := _measured(form, seconds):
            print(row, flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
