"""Tags that readers write into their notes."""

from __future__ import annotations

import unicodedata

__all__ = ["tags"]

_SIGNS = "#\uff03"
_INSIDE = "-_/\u200c\u200d"
_LONGEST = 100
# What may stand right before the sign: spaces, line breaks, punctuation, emoji, and letters of the
# scripts without case, since Chinese and Japanese put no space there.
_BEFORE = frozenset({"Zs", "Zl", "Zp", "Cc", "Ps", "Pi", "Po", "So", "Lo"})


def _belongs(character: str) -> bool:
    # Vowel signs of Indic scripts are marks, neither letters nor digits.
    return (
        character.isalnum()
        or character in _INSIDE
        or unicodedata.category(character).startswith("M")
    )


def _starts(note: str, at: int, after_tag: int) -> bool:
    """True when the sign at this place may begin a tag: not in "C#", "page.html#top", "&#39;"."""
    if at in {0, after_tag}:
        return True
    before = note[at - 1]
    return unicodedata.category(before) in _BEFORE and before not in "/.&%?:#\uff03"


def tags(note: str) -> tuple[str, ...]:
    """Every `#like-this` of the note, without its sign, in order, no repeats in whatever case.

    Any script; letters, digits, "-", "_" and "/" inside. `#1` is a number, and the `#top` of an
    address a fragment. A tag of more than 100 characters is none.
    """
    found: dict[str, str] = {}
    position, after_tag = 0, 0
    while position < len(note):
        if note[position] not in _SIGNS or not _starts(note, position, after_tag):
            position += 1
            continue
        end = position + 1
        while end < len(note) and _belongs(note[end]):
            end += 1
        word = note[position + 1 : end].rstrip(_INSIDE)
        if len(word) <= _LONGEST and word[:1].isalnum() and any(c.isalpha() for c in word):
            found.setdefault(word.casefold(), word)
            after_tag = end
        position = end
    return tuple(found.values())
