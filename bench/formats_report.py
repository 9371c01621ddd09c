"""What becomes of every sample: identified, read, skipped and why, beside counts made without us.

    python bench/formats_report.py [FOLDER]

Prints a Markdown page. FOLDER holds one folder per kind of export, and is `../shared/samples`
unless given. The independent counts use the standard library only: they look for the marks that a
person would count in an editor, and share no code with the formats.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from margins.annotation import Notebook
from margins.catalogue import BUILT_IN
from margins.errors import MarginsError
from margins.formats import identify
from margins.mail import Attachment, attachments, parse
from margins.testing.golden import attachment_of

ROOT = Path(__file__).resolve().parents[1]


def _matches(pattern: bytes) -> Callable[[bytes], int]:
    expression = re.compile(pattern, re.MULTILINE)
    return lambda content: len(expression.findall(content))


def _items(*names: str) -> Callable[[bytes], int]:
    """How many items stand in lists of these names anywhere, or in a list that is the document."""

    def within(value: object) -> int:
        if isinstance(value, list):
            return sum(map(within, value))
        if not isinstance(value, dict):
            return 0
        named = [value[n] for n in names if isinstance(value.get(n), list)]
        return sum(map(len, named)) or sum(map(within, value.values()))

    def count(content: bytes) -> int:
        value = json.loads(content.decode("utf-8-sig"))
        if isinstance(value, list):
            return sum(len(item) if isinstance(item, list) else 1 for item in value)
        return within(value)

    return count


def _rows(content: bytes) -> int:
    """Rows under the line that names the columns; Kindle's has seven lines above it."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    first = next((n for n, row in enumerate(rows) if row[:1] == ["Annotation Type"]), 0)
    return sum(any(row) for row in rows[first + 1 :])


def _stated(text: bytes) -> int:
    """What a Play Books export says of itself: "12 notes/highlights • 1 bookmark"."""
    plain = re.sub(rb"<[^>]*>", b"", text)
    said = re.search(rb"(\d+)\s+notes?/highlights?(?:\s+\xe2\x80\xa2\s+(\d+)\s+bookmark)?", plain)
    return sum(int(number) for number in said.groups() if number) if said else 0


def _docx(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _stated(archive.read("word/document.xml"))


def _kobo(content: bytes) -> int:
    connection = sqlite3.connect(":memory:")
    # Bytes 18 and 19 ask for a write-ahead log, which a database in memory cannot have.
    connection.deserialize(content[:18] + b"\1\1" + content[20:])
    (number,) = connection.execute("select count(*) from Bookmark").fetchone()
    return int(number)


def _moon_an(content: bytes) -> int:
    text = zlib.decompress(content)
    return len(re.findall(rb"^#\r?$", text, re.MULTILINE)) or text.count(b"#A*#")


COUNTS: dict[str, tuple[str, Callable[[bytes], int]]] = {
    "bookcision_json": ("length of `items`", _items("items", "highlights")),
    "googleplay_docx": ("the number in the document", _docx),
    "googleplay_html": ("the number in the page", _stated),
    "hypothesis_json": ("annotations in the threads", _items("annotations", "rows")),
    "kindle_csv": ("rows under the header", _rows),
    "kindle_html": ("`class=noteHeading`", _matches(rb"<\w+\s+class=[\"']noteHeading[\"']")),
    "kindle_myclippings": ("lines of `=====`", _matches(rb"^={8,}\s*$")),
    "kobo_sqlite": ("rows of Bookmark", _kobo),
    "moonreader_an": ("lines of `#`, or `#A*#`", _moon_an),
    "moonreader_mrexpt": ("lines of `#`", _matches(rb"^#\r?$")),
    "oreilly_csv": ("rows under the header", _rows),
    "tolino_txt": ("dated lines", _matches(rb"^Hinzugef[^\n]*\d\d:\d\d\s*$")),
    "weread_json": ("length of the lists", _items("highlights", "notes")),
    "koreader_json": ("length of `entries`", _items("entries")),
}


@dataclass(slots=True)
class Line:
    """One folder of the table."""

    files: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    annotations: int = 0
    joined: int = 0
    counted: int | None = None
    reasons: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    def add(self, notebook: Notebook) -> None:
        self.entries += notebook.found
        self.annotations += len(notebook.annotations)
        self.joined += sum(len(a.sources) - 1 for a in notebook.annotations)
        self.reasons.update(re.sub(r"\d+", "N", skip.reason) for skip in notebook.skipped)
        self.warnings.update(re.sub(r"\d+", "N", text) for text in notebook.warnings)


def _attachments(path: Path) -> Iterator[Attachment]:
    """The file itself, or, for a mail, everything in it that may be an export."""
    if path.parent.name != "eml":
        yield attachment_of(path)
        return
    yield from attachments(parse(path.read_bytes())).attachments


def _survey(folder: Path) -> Line:
    line = Line()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        line.files += 1
        for attachment in _attachments(path):
            try:
                form = identify(attachment, BUILT_IN)
                if form is None:
                    continue
                line.formats[form.about.name] += 1
                for notebook in form.extract(attachment):
                    line.add(notebook)
            except MarginsError as error:
                line.refused[error.what] += 1
                continue
            if folder.name in COUNTS:
                count = COUNTS[folder.name][1](attachment.content)
                line.counted = (line.counted or 0) + count
    return line


def _row(name: str, line: Line) -> str:
    counted = "" if line.counted is None else f"{line.counted:,}"
    said = ", ".join(f"{form} ({n})" for form, n in sorted(line.formats.items()))
    skipped = sum(line.reasons.values())
    cells = (
        name, line.files, sum(line.formats.values()), said, f"{line.entries:,}", counted,
        f"{line.annotations:,}", f"{line.joined:,}", f"{skipped:,}", sum(line.refused.values()),
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _listed(title: str, lines: dict[str, Line], which: Callable[[Line], Counter[str]]) -> list[str]:
    rows = [
        f"- {name}: {text.rstrip('.')} ({number:,})"
        for name, line in lines.items()
        for text, number in which(line).most_common(12)
    ]
    return [f"\n## {title}\n", *(rows or ["Nothing."])]


def report(folder: Path) -> str:
    """The page for every folder within."""
    lines = {path.name: _survey(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    counted = (f"- {name}: {COUNTS[name][0]}" for name in lines if name in COUNTS)
    columns = (
        "Samples", "Files", "Identified", "As", "Entries", "Counted independently", "Annotations",
        "Joined", "Skipped", "Refused",
    )  # fmt: skip
    return "\n".join([
        "# Every sample\n",
        "Entries = annotations + joined (a note with its highlight, versions of one) + skipped.\n",
        "| " + " | ".join(columns) + " |",
        "| " + " | ".join(["---"] * len(columns)) + " |",
        *(_row(name, line) for name, line in lines.items()),
        *_listed("Skipped, and why", lines, lambda line: line.reasons),
        *_listed("Refused, and why", lines, lambda line: line.refused),
        *_listed("Warnings", lines, lambda line: line.warnings),
        "\n## Counted independently\n",
        *counted,
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    beside = Path(os.environ.get("MARGINS_SHARED", ROOT.parent / "shared")) / "samples"
    samples = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    if not samples.is_dir():
        sys.exit(f"There is no folder {samples}; give one: python bench/formats_report.py FOLDER")
    print(report(samples))
