"""Normal forms: what two pieces of text must share to count as the same.

Used for identity only. What people see is never normalised.
"""

from __future__ import annotations

import unicodedata

__all__ = ["fold", "one_line", "squash"]

# Quotes, dashes and ellipses that apps and mail programs swap for one another.
_LOOK_ALIKES = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"',
    "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
    "\u2015": "-", "\u2212": "-", "\u2026": "...",
    "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
})  # fmt: skip


def squash(text: str) -> str:
    """Every run of white space (no-break spaces too) as one space, none at the ends."""
    return " ".join(text.split())


def one_line(text: str, limit: int = 80) -> str:
    """For messages to people: one line, at most `limit` characters, cut with an ellipsis."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    line = squash(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "\u2026"


def fold(text: str) -> str:
    """Equal for texts that differ only in case, white space, quote style, dashes or composition.

    Idempotent: fold(fold(x)) == fold(x).
    """
    if text.isascii():
        return squash(text.lower())
    text = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES).casefold()
    return squash(unicodedata.normalize("NFKC", text))
