"""The words of a text, as full-text search sees them, the same on every database.

Words are folded: case, composition and accents do not matter. Scripts written without spaces are
cut into pairs of characters, so that any run of them can be found: "東京都" becomes 東京, 京都, 都.
The databases are given these words with spaces between them and never see the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from margins.text.normal import fold

__all__ = ["Word", "searchable", "words"]

# Han, kana, Thai, Lao, Myanmar and Khmer: blocks of scripts that put no spaces between words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d\u309e\u30a1-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_WORDS = re.compile(r"[^\W_]+")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_MOST_INDEXED = 100_000
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and where it stands in the text: text[start:end].

    Attributes:
        paired: it is a pair of characters of an unspaced script, overlapping the next one.
    """

    folded: str
    start: int
    end: int
    paired: bool = False


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", fold(word))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", bare)


def words(text: str) -> Iterator[Word]:
    """Every word of the text, in order."""
    for run in _RUNS.finditer(text):
        start, end = run.span()
        if not _UNSPACED_RUN.match(run[0]):
            # One character may be several words: "⑴" is "(1)", a greeting in Arabic four words.
            yield from (Word(folded, start, end) for folded in _WORDS.findall(_plain(run[0])))
            continue
        for at in range(start, end):
            stop = min(at + 2, end)
            yield Word(fold(text[at:stop]), at, stop, paired=True)


def searchable(*texts: str) -> str:
    """The words of the texts with single spaces between them, for the database to index.

    At most 100,000 characters: what comes after is stored, but not found by its words.
    """
    return " ".join(" ".join(_folded(text)) for text in texts if text)[:_MOST_INDEXED]


def _folded(text: str) -> Iterable[str]:
    if text.isascii():  # most of the notes of most readers, ten times faster
        return _ASCII_WORDS.findall(text.lower())
    return (word.folded for word in words(text))
