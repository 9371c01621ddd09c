"""Where each character of a PDF page stands, so that the text under a highlight can be read.

A small interpreter of the text operators (ISO 32000-1 section 9.4) over pypdf's content streams. It
knows positions only: no colours, no clipping, no vertical writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pypdf import PageObject
    from pypdf.generic import DictionaryObject
    from pypdf.generic._font import Font

__all__ = ["Budget", "Glyph", "glyphs"]

_MAX_GLYPHS = 100_000
_MAX_DEPTH = 8
_MAX_SAVED = 64
_MIDDLE = 0.3  # of the font size above the base line: inside every letter

_Matrix: TypeAlias = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Budget:
    """What reading the text of a whole document may cost; no book comes near it.

    Pages may share a stream, and forms may draw one another, so that a small file can ask for any
    amount of work.

    Attributes:
        stream: bytes of unpacked page content.
        forms: how many times a form may be drawn.
        looks: how many times a letter may be compared with a box.
    """

    stream: int = 64 * 1024 * 1024
    forms: int = 2_000
    looks: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character (or the letters of a ligature) on the page.

    Attributes:
        text: what it reads as.
        start, end: its left and right edge, in the page's units.
        x, y: its middle.
        size: the height of its font on the page.
    """

    text: str
    start: float
    end: float
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that places text; `q` saves it and `Q` brings it back."""

    ctm: _Matrix = _IDENTITY
    font: Font | None = None
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0


def _times(a: _Matrix, b: _Matrix) -> _Matrix:
    """First a, then b."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _matrix(operands: Sequence[object]) -> _Matrix:
    numbers = [_number(operand) for operand in operands[:6]]
    if len(numbers) < 6:
        return _IDENTITY
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])


def _number(operand: object) -> float:
    return float(operand) if isinstance(operand, int | float) else 0.0


@dataclass(slots=True)
class _Reader:
    """Follows the operators of one stream, and of the forms it draws."""

    resources: DictionaryObject
    state: _State
    budget: Budget
    depth: int = 0
    tm: _Matrix = _IDENTITY
    line: _Matrix = _IDENTITY
    saved: list[_State] = field(default_factory=list)
    fonts: dict[str, Font | None] = field(default_factory=dict)

    def read(self, operations: Sequence[tuple[Sequence[object], bytes]]) -> Iterator[Glyph]:
        for operands, operator in operations:
            if operator in _SHOWING:
                yield from self.show(operator, operands)
            elif operator == b"Do" and operands:
                yield from self.form(str(operands[0]))
            else:
                self.set(operator, operands)

    def set(self, operator: bytes, operands: Sequence[object]) -> None:
        first = _number(operands[0]) if operands else 0.0
        if operator == b"q" and len(self.saved) < _MAX_SAVED:
            self.saved.append(self.state)
        elif operator == b"Q" and self.saved:
            self.state = self.saved.pop()
        elif operator == b"cm":
            self.state = replace(self.state, ctm=_times(_matrix(operands), self.state.ctm))
        elif operator == b"Tf" and len(operands) > 1:
            font = self.font(str(operands[0]))
            self.state = replace(self.state, font=font, size=_number(operands[1]))
        elif operator in _SETTINGS:
            self.state = _SETTINGS[operator](self.state, first)
        else:
            self.place(operator, operands)

    def place(self, operator: bytes, operands: Sequence[object]) -> None:
        """The operators that say where the next text begins."""
        if operator == b"BT":
            self.tm = self.line = _IDENTITY
        elif operator == b"Tm":
            self.tm = self.line = _matrix(operands)
        elif operator == b"T*":
            self.move(0, -self.state.leading)
        elif operator in {b"Td", b"TD"} and len(operands) > 1:
            across, down = _number(operands[0]), _number(operands[1])
            if operator == b"TD":
                self.state = replace(self.state, leading=-down)
            self.move(across, down)

    def move(self, across: float, down: float) -> None:
        self.tm = self.line = _times((1, 0, 0, 1, across, down), self.line)

    def show(self, operator: bytes, operands: Sequence[object]) -> Iterator[Glyph]:
        if operator in {b"'", b'"'}:
            self.move(0, -self.state.leading)
        if operator == b'"' and len(operands) > 2:
            spacing, word = _number(operands[1]), _number(operands[0])
            self.state = replace(self.state, spacing=spacing, word_spacing=word)
        last = operands[-1] if operands else b""
        for part in last if isinstance(last, list) else [last]:
            if isinstance(part, bytes):
                yield from self.string(part)
            elif isinstance(part, str):
                yield from self.string(part.encode("latin-1", "replace"))
            else:
                self.advance(-_number(part) / 1000 * self.state.size * self.state.scale)

    def advance(self, across: float) -> None:
        self.tm = _times((1, 0, 0, 1, across, 0), self.tm)

    def string(self, raw: bytes) -> Iterator[Glyph]:
        state = self.state
        if state.font is None:
            return
        for code, text in _decoded(raw, state.font):
            widths = state.font.character_widths
            width = _number(widths.get(code, widths.get("default", 500.0))) / 1000 * state.size
            at = _times((1, 0, 0, 1, 0, state.rise), _times(self.tm, state.ctm))
            middle = state.size * _MIDDLE
            half = width * state.scale / 2
            x = at[0] * half + at[2] * middle + at[4]
            y = at[1] * half + at[3] * middle + at[5]
            end = at[4] + at[0] * half * 2
            size = abs(state.size) * max(abs(at[3]), abs(at[1]))
            yield Glyph(text, min(at[4], end), max(at[4], end), x, y, size)
            gap = state.spacing + (state.word_spacing if code == " " else 0.0)
            self.advance((width + gap) * state.scale)

    def font(self, name: str) -> Font | None:
        if name not in self.fonts:
            self.fonts[name] = _font(self.resources, name)
        return self.fonts[name]

    def form(self, name: str) -> Iterator[Glyph]:
        """The text of a form XObject, which many programs put whole pages into."""
        drawn = _entry(_entry(self.resources, "/XObject"), name)
        if self.depth >= _MAX_DEPTH or drawn is None or drawn.get("/Subtype") != "/Form":
            return
        if self.budget.forms <= 0:
            return
        self.budget.forms -= 1
        matrix = _matrix(list(drawn.get("/Matrix", ())))
        state = replace(self.state, ctm=_times(matrix, self.state.ctm))
        resources = _entry(drawn, "/Resources") or self.resources
        inner = _Reader(resources, state, self.budget, self.depth + 1)
        yield from inner.read(_operations(drawn, self.budget))


_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_SETTINGS: dict[bytes, Callable[[_State, float], _State]] = {
    b"Tc": lambda state, value: replace(state, spacing=value),
    b"Tw": lambda state, value: replace(state, word_spacing=value),
    b"TL": lambda state, value: replace(state, leading=value),
    b"Ts": lambda state, value: replace(state, rise=value),
    b"Tz": lambda state, value: replace(state, scale=value / 100),
}


def _decoded(raw: bytes, font: Font) -> Iterator[tuple[str, str]]:
    """The code by which a character's width is looked up, and what it reads as."""
    if isinstance(font.encoding, str):
        for code in raw.decode(font.encoding, "replace"):
            yield code, str(font.character_map.get(code, code))
        return
    for byte in raw:
        text = font.encoding.get(byte, chr(byte))
        yield chr(byte), str(font.character_map.get(text, text))


def _entry(resources: DictionaryObject | None, name: str) -> DictionaryObject | None:
    from pypdf.generic import DictionaryObject  # noqa: PLC0415 - heavy, and rarely needed

    value = resources.get(name) if resources is not None else None
    value = value.get_object() if value is not None else None
    return value if isinstance(value, DictionaryObject) else None


def _font(resources: DictionaryObject, name: str) -> Font | None:
    # pypdf keeps its fonts to itself, but nothing else of it tells the width of a character.
    from pypdf.generic._font import Font  # noqa: PLC0415

    entry = _entry(_entry(resources, "/Font"), name)
    return Font.from_font_resource(entry) if entry is not None else None


def _operations(stream: object, budget: Budget) -> Sequence[tuple[Sequence[object], bytes]]:
    from pypdf.generic import ContentStream  # noqa: PLC0415

    content = ContentStream(stream, None, "bytes")
    budget.stream -= len(content.get_data())
    if budget.stream < 0:
        raise ValueError("the pages hold more than is read")
    operations: Sequence[tuple[Sequence[object], bytes]] = content.operations
    return operations


def glyphs(page: PageObject, budget: Budget) -> list[Glyph]:
    """The characters of the page in the order they are drawn.

    Raises whatever pypdf raises over a damaged page, and ValueError when the budget is spent.
    """
    contents = page.get("/Contents")
    resources = _entry(page, "/Resources")
    if contents is None or resources is None:
        return []
    reader = _Reader(resources, _State(), budget)
    found = reader.read(_operations(contents.get_object(), budget))
    return list(islice(found, _MAX_GLYPHS))
