"""What formats and reading say, in the reader's language; in English where there is no other.

The sentences are a fixed set, written in English where they arise, and translated in reasons.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from margins.agent.receipts.words import WORDS

__all__ = ["localise", "localise_entry"]

_LONGEST = 2000
_HOLE = "(.{1,500}?)"


_Words = dict[str, str]


@cache
def _table() -> tuple[dict[str, _Words], tuple[tuple[re.Pattern[str], _Words], ...]]:
    """Sentences as they are, and patterns of those in which something is filled in."""
    text = files("margins.agent.receipts").joinpath("reasons.toml").read_text("utf-8")
    known: dict[str, _Words] = tomllib.loads(text)
    patterns = (
        (re.compile(_HOLE.join(map(re.escape, sentence.split("{}")))), words)
        for sentence, words in known.items()
        if "{}" in sentence and sentence.endswith(".")
    )
    return known, tuple(patterns)


def _known(sentence: str, language: str) -> str | None:
    sentences, patterns = _table()
    if sentence in sentences:
        return sentences[sentence].get(language)
    if len(sentence) > _LONGEST:
        return None
    for pattern, words in patterns:
        if language in words and (found := pattern.fullmatch(sentence)):
            return words[language].format(*found.groups())
    return None


def localise(sentence: str, language: str) -> str:
    """The sentence in this language, or as it is when it is not one of the set."""
    return _known(sentence, language) or sentence


def _place(part: str, language: str) -> str:
    """ "entry 12" in this language; whatever the app itself calls a place stays."""
    word, _, number = part.partition(" ")
    known = _table()[0].get(f"{word} {{}}", {})
    return known[language].format(number) if language in known and number.isalnum() else part


def localise_entry(line: str, language: str) -> str:
    """ "place: reason" in this language; as it is when the reason is not one of the set."""
    words = WORDS[language]
    at = line.find(": ")
    while at >= 0:
        if (reason := _known(line[at + 2 :], language)) is not None:
            parts = (_place(part, language) for part in line[:at].split(", "))
            return f"{words.comma.join(parts)}{words.colon}{reason}"
        at = line.find(": ", at + 1)
    return line
