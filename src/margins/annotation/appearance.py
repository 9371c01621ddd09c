"""How a mark looks: one spelling for the colours and styles that apps write in many.

Formats translate what an export says into these before they make an Annotation, so that the same
highlight has the same colour whichever app's file it came from.
"""

from __future__ import annotations

import re

__all__ = ["argb", "colour", "style"]

_HEX = re.compile(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?")
_NAME = re.compile(r"[^\W\d_][\w -]{0,39}")
_SPELLINGS = {"gray": "grey"}
_STYLES = {
    "underline": "underline",
    "underscore": "underline",
    "strikeout": "strikethrough",
    "strikethrough": "strikethrough",
    "squiggle": "squiggle",
    "squiggly": "squiggle",
}


def colour(text: str) -> str:
    """A lower-case name, "#rrggbb" for six or eight hex digits (the last two are the opacity).

    Empty when the text is neither: "auto", "none" and "transparent" are no colours.
    """
    folded = text.strip().lower()
    if found := _HEX.fullmatch(folded):
        return f"#{found[1]}"
    if folded in {"auto", "none", "transparent"} or _NAME.fullmatch(folded) is None:
        return ""
    return _SPELLINGS.get(folded, folded)


def argb(value: int) -> str:
    """The "#rrggbb" of an Android colour, a signed 32-bit integer with opacity in its top byte.

    Source: https://developer.android.com/reference/android/graphics/Color
    """
    return f"#{value & 0xFFFFFF:06x}"


def style(word: str) -> str:
    """One of "underline", "strikethrough", "squiggle"; empty for words of a plain highlight."""
    return _STYLES.get(word.strip().lower(), "")
