"""Values with parameters: Content-Type and Content-Disposition (RFC 2045 s5.1, 2183, 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from margins.mail.encoded_word import decode_words, plain
from margins.mail.header import Field
from margins.mail.limits import LIMITS, Limits
from margins.text.charset import decode

__all__ = ["Parametrised", "base_name", "read_parameters"]

_PARAMETER = re.compile(
    r"[\s;]*+([^\s=;]++)\s*+=\s*+"  # name =
    r'(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))'  # "quoted", maybe never closed, or up to the next ;
    r"[^;]*+",  # comments and other noise
    re.DOTALL,
)
_NAMELESS = re.compile(r"[\s;]*+[^;]*+;?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_PLAIN, _EXTENDED = -2, -1  # "name" and "name*"; sections count from 0
# Characters that reorder what people see (UAX #9) have no place in a file name.
_BIDI = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametrised:
    """A field body: its first word, lower case, and its parameters by lower-case name."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The parameter's value, or empty."""
        return self.parameters.get(name, "")


def _percent_decoded(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return _PERCENT.sub(lambda m: bytes.fromhex(m[1].decode("ascii")), raw)


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 s3 and s4: the sections in order, the charset stated in the first extended one."""
    if not any(extended for _, extended in sections.values()):
        return decode_words("".join(text for _, (text, _) in sorted(sections.items())))
    charset, raw = "", b""
    for number, (text, extended) in sorted(sections.items()):
        if extended and number == min(sections) and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)  # noqa: PLW2901
        raw += _percent_decoded(text) if extended else text.encode("utf-8", "surrogatepass")
    return plain(decode(raw, charset))


def _pairs(text: str, limits: Limits) -> list[tuple[str, str]]:
    """Names and values as written, quotes and backslashes resolved."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and len(pairs) < limits.parameters:
        if found := _PARAMETER.match(text, at):
            value = found[3].strip() if found[2] is None else _ESCAPE.sub(r"\1", found[2])
            pairs.append((found[1].lower(), value))
        else:
            found = _NAMELESS.match(text, at)
        at = max(at + 1, found.end() if found else at)
    return pairs


def read_parameters(source: Field, *, limits: Limits = LIMITS) -> Parametrised:
    """The field's value and parameters; of parameters given twice the first counts. Never raises.

    Continuations and charsets (RFC 2231), encoded words where they do not belong, raw 8-bit text,
    unquoted white space and quotes that never close are all understood.
    """
    text = decode(source.unfolded)
    # The ";" behind the value is often missing; no value contains white space.
    value = re.split(r"[;\s]", text, maxsplit=1)[0]
    values: dict[str, dict[int, tuple[str, bool]]] = {}
    for key, written in _pairs(text[len(value) :], limits):
        section = _SECTION.fullmatch(key)
        if section is None:
            continue
        name, extended = section[1], section[3] is not None
        number = int(section[2]) if section[2] else _EXTENDED if extended else _PLAIN
        values.setdefault(name, {}).setdefault(number, (written, extended))
    parameters = {}
    for name, sections in values.items():
        # "name*" (or a continuation) is better than the plain "name" beside it (RFC 6266 s4.3).
        best = {n: s for n, s in sections.items() if n > _PLAIN} or sections
        parameters[name] = _joined(best)
    return Parametrised(value=value.lower(), parameters=parameters)


def base_name(filename: str) -> str:
    """The last segment of a path in any system's notation, fit to be shown: never a path."""
    name = re.split(r"[/\\]", plain(filename).translate(_BIDI))[-1].strip()
    return "" if name in {".", ".."} else name[-255:]
