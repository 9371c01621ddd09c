"""Invented words in place of somebody's: of the same length, script and case.

They take as many bytes in UTF-8, too, save for two dozen rare capitals.

The same word always becomes the same word, and words that begin alike go on beginning alike, so
that repeats and passages cut in the middle of a word keep their relation. Nothing of the original
can be told without the key.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from hashlib import blake2b

__all__ = ["invent"]

_VOWELS, _CONSONANTS, _DIGITS = "aeiou", "bcdfghklmnprstvwz", "0123456789"
_HAN = range(0x4E00, 0x4E00 + 2000)


def _unspaced(letter: str) -> bool:
    """Scripts whose words no space separates: Han, kana, Hangul, Thai and its neighbours."""
    return (
        "\u2e80" <= letter <= "\ud7ff"
        or "\u0e00" <= letter <= "\u0eff"
        or "\uf900" <= letter <= "\ufaff"
    )


@lru_cache(maxsize=4096)
def _pool(letter: str) -> str:
    """What a letter may become: neighbours of its kind, with as many bytes in UTF-8."""
    if letter.isascii():
        return _VOWELS if letter in _VOWELS + "y" else _CONSONANTS
    if "\u4e00" <= letter <= "\u9fff":
        return "".join(map(chr, _HAN))
    start = ord(letter) & ~0x3F
    return "".join(c for c in map(chr, range(start, start + 64)) if _is_like(c, letter))


def _is_like(c: str, letter: str) -> bool:
    """Of the same kind and size, and with a capital of that size where it has one."""
    capital = c.upper() if c.islower() else c
    return (
        unicodedata.category(c) == unicodedata.category(letter)
        and len(capital) == 1
        and capital.lower() == c.lower() == c
        and (capital != c or not c.islower())
        and len(c.encode("utf-8")) == len(capital.encode("utf-8")) == len(letter.encode("utf-8"))
    )


def _pick(pool: str, key: bytes, seed: str) -> str:
    digest = blake2b(seed.encode("utf-8", "surrogatepass"), key=key, digest_size=8).digest()
    return pool[int.from_bytes(digest, "big") % len(pool)]


def invent(word: str, key: bytes) -> str:
    """Another word of the same length, script and case; letters and digits only change.

    Args:
        word: a run of letters and digits.
        key: at most 64 bytes, kept to oneself.
    """
    result, before = [], ""
    for character in word:
        lower = character.lower() if len(character.lower()) == 1 else character
        # Where no space marks the beginning of a word, only the character before it counts.
        before = before[-1:] + lower if _unspaced(lower) else before + lower
        new = character
        if character.isascii() and character.isdecimal():
            new = _pick(_DIGITS, key, before)
        elif lower.isalpha() and (pool := _pool(lower)):
            new = _pick(pool, key, before)
            new = new.upper() if character.isupper() else new
        result.append(new)
    return "".join(result)
