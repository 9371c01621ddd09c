"""KOReader's sidecar files, `Book.sdr/metadata.epub.lua`: what it remembers of a book.

Since 2024 notes are the array `annotations`. Before, every highlight was written twice, as a row of
`bookmarks` with the note and as a row of `highlight` under its page; the two belong together by
their times. A bookmark's `text` is then either what KOReader made up, "Page 3 <quote> @ <time>", or
what the reader wrote.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping

from margins.annotation import Notebook
from margins.formats import About
from margins.formats.koreader.entry import Book, Entry, author_names
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.lua import Table, Value, ordered, read_table
from margins.text.normal import fold

__all__ = ["about", "extract", "identify"]

about = About(
    name="koreader-lua",
    version=1,
    title="KOReader sidecar file (metadata.*.lua)",
    app="KOReader",
    steps="Mail the file metadata.epub.lua (or .pdf.lua) from the folder Book.sdr beside the book.",
    media_types=("text/x-lua", "application/octet-stream", "text/plain"),
    suffixes=(".lua",),
    languages=("mul",),
)

_OPENING = re.compile(r"\A\ufeff?(?:--[^\n]*+\n|\s)*+return\s*+\{")
_KEYS = re.compile(
    r'\["(?:annotations|bookmarks|highlight|doc_props|doc_path|partial_md5_checksum'
    r'|percent_finished)"\] ='
)
_MADE_UP = re.compile(r"(?:\S+ (?:\[[0-9]*\] ?)?[0-9]+ )?(.*)", re.DOTALL)
_SIDECAR = re.compile(r"([^/\\\n]+)\.sdr[/\\]")
_IDENTIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,30}):(\S{1,200})")


def identify(attachment: Attachment) -> bool:
    """True for a Lua table with one of the settings that KOReader keeps per book."""
    head = attachment.head
    return bool(_OPENING.match(head) and _KEYS.search(head))


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    source = attachment.text.removeprefix("\ufeff")
    settings = read_table(source, place=attachment.place or attachment.filename)
    entries = _annotations(settings) if "annotations" in settings else _bookmarks(settings)
    properties = {**_table(settings.get("stats")), **_filled(settings.get("doc_props"))}
    book = Book(
        title=_string(properties.get("title")) or _file_title(settings, source),
        authors=author_names(_string(properties.get("authors"))),
        language=_string(properties.get("language")),
        identifiers=tuple(_identifiers(_string(properties.get("identifiers")))),
        entries=tuple(entries),
    )
    return (book.notebook(),)


def _table(value: Value) -> Table:
    return value if isinstance(value, dict) else {}


def _filled(value: Value) -> Table:
    return {key: v for key, v in _table(value).items() if v not in (None, "")}


def _string(value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def _identifiers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n")[:20]:
        if found := _IDENTIFIER.fullmatch(line.strip()):
            yield found[1].lower(), found[2]


def _file_title(settings: Table, source: str) -> str:
    """The name of the book's file, from the settings or from the comment in the first line."""
    path = _string(settings.get("doc_path")).replace("\\", "/").rpartition("/")[2]
    if path:
        return path.rpartition(".")[0] or path
    named = _SIDECAR.findall(source[: source.find("\n")] if source.startswith("--") else "")
    return str(named[-1]) if named else ""


def _page(row: Table) -> str:
    shown = (_string(row.get(name)) for name in ("pageref", "pageno"))
    page = row.get("page")
    return next(filter(None, shown), _string(page) if isinstance(page, int) else "")


def _fragment(row: Table) -> str:
    """XPointers of start and end. PDFs have coordinates instead, which point nowhere else."""
    ends = [row.get("pos0"), row.get("pos1")]
    if not all(isinstance(end, str) for end in ends):
        ends = [row.get("page")]
    return ",".join(end for end in ends if isinstance(end, str))


def _raw(row: Value) -> str:
    fields = _table(row).items() if isinstance(row, dict) else [("", row)]
    return "\n".join(f"{key}: {value}" for key, value in fields if not isinstance(value, dict))


def _annotations(settings: Table) -> Iterator[Entry]:
    rows = ordered(_table(settings["annotations"]))
    for ordinal, (_key, value) in enumerate(rows, 1):
        row = _table(value)
        yield Entry(
            sources=(ordinal,),
            bookmark=bool(row) and "drawer" not in row,
            quote=_string(row.get("text")),
            note=_string(row.get("note")),
            page=_page(row),
            chapter=_string(row.get("chapter")),
            drawer=_string(row.get("drawer")),
            colour=_string(row.get("color")),
            created=parse_date(_string(row.get("datetime"))),
            modified=parse_date(_string(row.get("datetime_updated"))),
            fragment=_fragment(row),
            raw=_raw(value),
        )


def _highlights(settings: Table) -> Iterator[tuple[str, Table]]:
    """Page and row of everything below `highlight`, page by page."""
    for page, rows in ordered(_table(settings.get("highlight"))):
        for _key, row in ordered(_table(rows)):
            yield _string(page), _table(row)


class _Twins:
    """Highlights by time and by time and place; each is given away once."""

    def __init__(self, highlights: Mapping[int, tuple[str, Table]]) -> None:
        self.left = dict(highlights)
        self.waiting: dict[tuple[str, str], deque[int]] = {}
        for ordinal, (_page, row) in highlights.items():
            for key in self.keys(row):
                self.waiting.setdefault(key, deque()).append(ordinal)

    @staticmethod
    def keys(row: Table) -> list[tuple[str, str]]:
        time = _string(row.get("datetime"))
        return [(time, repr(row.get("pos0"))), (time, "")]

    def take(self, mark: Table) -> int | None:
        """The highlight made at the same time, at the same place if there is one."""
        for key in self.keys(mark):
            queue = self.waiting.get(key, deque())
            while queue:
                if (ordinal := queue.popleft()) in self.left:
                    return ordinal
        return None


def _bookmarks(settings: Table) -> Iterator[Entry]:
    """Bookmarks each with its highlight, then the highlights that no bookmark tells of."""
    marks = [_table(row) for _key, row in ordered(_table(settings.get("bookmarks")))]
    twins = _Twins(dict(enumerate(_highlights(settings), len(marks) + 1)))
    for ordinal, mark in enumerate(marks, 1):
        twin = twins.take(mark) if mark.get("highlighted") else None
        if twin is None:
            yield _old_entry((ordinal,), mark, {}, "")
        else:
            page, row = twins.left.pop(twin)
            yield _old_entry((ordinal, twin), mark, row, page)
    for ordinal, (page, row) in twins.left.items():
        yield _old_entry((ordinal,), {"highlighted": True}, row, page)


def _old_entry(sources: tuple[int, ...], mark: Table, highlight: Table, page: str) -> Entry:
    both = {**mark, **highlight}
    quote = _string(highlight.get("text")) or _string(mark.get("notes"))
    highlighted = bool(mark.get("highlighted"))
    return Entry(
        sources=sources,
        bookmark=bool(mark) and not highlighted,
        quote=quote if highlighted else "",
        note=_old_note(mark, quote),
        page=page or _page(mark),
        chapter=_string(both.get("chapter")),
        drawer=_string(both.get("drawer")),
        colour=_string(both.get("color")),
        created=parse_date(_string(both.get("datetime"))),
        fragment=_fragment({**highlight, **mark}),
        raw=_raw(both),
    )


def _old_note(mark: Table, quote: str) -> str:
    """What the reader wrote into a bookmark's text; empty when KOReader made the text up."""
    text, time = _string(mark.get("text")), _string(mark.get("datetime"))
    stamp = f"@ {time}"
    if not time or not text.endswith(stamp):
        return "" if fold(text) == fold(quote) else text
    shown = text.removesuffix(stamp).rstrip()
    if any(fold(known) in fold(shown) for known in (quote, _string(mark.get("notes"))) if known):
        return ""
    found = _MADE_UP.fullmatch(shown)
    return found[1].strip() if found else shown
