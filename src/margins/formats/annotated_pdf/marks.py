"""One annotation of a PDF as a value, and the text that lies under its boxes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from operator import attrgetter

from margins.formats.annotated_pdf.glyphs import Budget, Glyph

__all__ = ["TEXT_MARKUP", "Box", "Mark", "mark", "pdf_date", "under"]

TEXT_MARKUP = {
    "/Highlight": "", "/Underline": "underline", "/StrikeOut": "strikethrough",
    "/Squiggly": "squiggle",
}  # fmt: skip

_MAX_BOXES = 2_000
_NOT_THE_READERS = {"/Link", "/Widget", "/Popup", "/Screen", "/PrinterMark", "/TrapNet", "/3D"}
_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?"
    r"(?:(Z)|([-+])(\d{2})'?(\d{2})?'?)?.{0,8}"
)
_LINE_END = re.compile(r"\r\n?")
_BROKEN = re.compile(r"(?<=\w)[-\u00ad\u2010]$")
_LINE_GAP = 0.5
_WORD_GAP = 0.18  # of the font size; narrower gaps are kerning


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, left < right and bottom < top."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An annotation of the reader's.

    Attributes:
        kind: the subtype, "/Highlight".
        note: Contents.
        colour: "#rrggbb" or empty.
        author: T, the name the program knew.
        reference: names the annotation within the file; empty when nothing can refer to it.
        answers: the reference of the annotation this is a reply to.
    """

    kind: str
    boxes: tuple[Box, ...]
    note: str
    colour: str
    author: str
    created: datetime | None
    modified: datetime | None
    reference: str
    answers: str


def pdf_date(text: str) -> datetime | None:
    """ "D:20240102030405+01'00'" (ISO 32000-1 s7.9.4); naive unless the zone is stated."""
    found = _DATE.fullmatch(text.strip()[:40])
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = None
    if found[7] or found[8]:
        offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
        zone = timezone(-offset if found[8] == "-" else offset)
    try:
        return datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _numbers(value: object) -> list[float]:
    listed = value if isinstance(value, list) else []
    return [float(n) for n in listed if isinstance(n, int | float)]


def _colour(value: object) -> str:
    """Grey, RGB or CMYK as "#rrggbb" (ISO 32000-1 Table 164)."""
    parts = [min(max(part, 0.0), 1.0) for part in _numbers(value)]
    if len(parts) == 1:
        parts *= 3
    if len(parts) == 4:
        parts = [(1 - part) * (1 - parts[3]) for part in parts[:3]]
    return "#" + "".join(f"{round(p * 255):02x}" for p in parts) if len(parts) == 3 else ""


def _boxes(quads: object) -> tuple[Box, ...]:
    """Bounding boxes of the quads; programs disagree about the order of the corners."""
    numbers = _numbers(quads)
    boxes: list[Box] = []
    for at in range(0, min(len(numbers), _MAX_BOXES * 8) - 7, 8):
        xs, ys = numbers[at : at + 8 : 2], numbers[at + 1 : at + 8 : 2]
        boxes.append(Box(min(xs), min(ys), max(xs), max(ys)))
    return tuple(boxes)


def _box(rectangle: list[float]) -> tuple[Box, ...]:
    if len(rectangle) != 4:
        return ()
    xs, ys = sorted(rectangle[::2]), sorted(rectangle[1::2])
    return (Box(xs[0], ys[0], xs[1], ys[1]),)


def _reference(entry: object) -> str:
    number = getattr(entry, "idnum", None)
    return f"{number} {getattr(entry, 'generation', 0)}" if number is not None else ""


def mark(entry: object) -> Mark | None:
    """The annotation, or None when it is not one of the reader's.

    Args:
        entry: an element of a page's Annots: a pypdf dictionary or a reference to one.
    """
    resolve = getattr(entry, "get_object", None)
    fields = resolve() if resolve is not None else None
    if not isinstance(fields, dict):
        return None
    kind = str(fields.get("/Subtype", ""))
    # A reply with a state model says "accepted" or "marked"; nobody wrote it.
    if not kind or kind in _NOT_THE_READERS or "/StateModel" in fields:
        return None

    def value(name: str) -> object:
        found = fields.get(name)
        inner = getattr(found, "get_object", None)
        return inner() if inner is not None else found

    def text(name: str) -> str:
        found = value(name)
        return _LINE_END.sub("\n", found).strip() if isinstance(found, str) else ""

    raw = getattr(fields, "raw_get", fields.get)
    answered = _reference(raw("/IRT")) if "/IRT" in fields else ""
    rectangle = _numbers(value("/Rect")) if kind in TEXT_MARKUP else []
    return Mark(
        kind=kind,
        boxes=_boxes(value("/QuadPoints")) or _box(rectangle),
        note=text("/Contents"),
        colour=_colour(value("/C")),
        author=text("/T"),
        created=pdf_date(text("/CreationDate")),
        modified=pdf_date(text("/M")),
        reference=_reference(entry),
        answers=answered,
    )


def _line(letters: list[Glyph]) -> str:
    """The letters of one line from left to right, with spaces where the page shows gaps."""
    letters = sorted(letters, key=attrgetter("start"))
    parts: list[str] = []
    for before, letter in zip([None, *letters], letters, strict=False):
        if before is not None and letter.start - before.end > letter.size * _WORD_GAP:
            parts.append(" ")
        parts.append(letter.text)
    return " ".join("".join(parts).split())


def _lines(letters: list[Glyph]) -> Iterator[str]:
    """The lines of one box, from the top; a few programs draw one box around several lines.

    Args:
        letters: sorted by `y`.
    """
    line: list[Glyph] = []
    for letter in reversed(letters):
        if line and line[-1].y - letter.y > letter.size * _LINE_GAP:
            yield _line(line)
            line = []
        line.append(letter)
    yield _line(line)


def under(letters: Sequence[Glyph], boxes: Sequence[Box], budget: Budget) -> str:
    """The text whose letters have their middle in a box, line by line, in the order of the boxes.

    Args:
        letters: sorted by `y`.
        boxes: usually one for each line of the passage.
        budget: boxes beyond it give no text.
    """
    taken: set[int] = set()
    text = ""
    height = attrgetter("y")
    for box in boxes:
        first = bisect_left(letters, box.bottom, key=height)
        last = bisect_right(letters, box.top, key=height)
        budget.looks -= last - first
        if budget.looks < 0:
            break
        across = (i for i in range(first, last) if box.left <= letters[i].x <= box.right)
        inside = [i for i in across if i not in taken]
        taken.update(inside)
        for line in _lines([letters[i] for i in inside]):
            if line[:1].islower() and _BROKEN.search(text):
                text = text[:-1] + line
            else:
                text = f"{text} {line}".strip()
    return text
