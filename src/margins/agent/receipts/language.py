"""Which language to answer in, of those there are words for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from margins.mail import Message

__all__ = ["choose"]

_LONGEST = 1000
_WORD = re.compile(r"[^\W\d_]+")
_TELLING = {
    "de": {"und", "notizen", "notizbuch", "meine", "markierungen", "der", "das", "für"},
    "fr": {"et", "carnet", "mes", "surlignages", "le", "les", "pour", "livre"},
    "es": {"y", "notas", "cuaderno", "mis", "subrayados", "el", "los", "para", "libro"},
    "en": {"and", "notes", "notebook", "my", "highlights", "the", "for", "export", "clippings"},
}  # fmt: skip


def _tags(values: Iterable[str]) -> list[str]:
    """Language tags of a header field, the most wanted first (RFC 9110 s12.5.4, RFC 3282)."""
    weighed: list[tuple[float, str]] = []
    for item in ",".join(values)[:_LONGEST].split(","):
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.partition("=")[2] or 1)
        except ValueError:
            weight = 0.0
        weighed.append((-weight, tag.strip().lower().partition("-")[0]))
    return [tag for weight, tag in sorted(weighed, key=lambda pair: pair[0]) if weight < 0]


def _guess(text: str) -> str:
    """The language of a line by its script, or by words that tell; empty when nothing does."""
    if any("\u3040" <= c <= "\u30ff" for c in text):
        return "ja"
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return "zh"
    words = set(_WORD.findall(text.lower()))
    found = {language: len(words & telling) for language, telling in _TELLING.items()}
    best = max(found, key=lambda language: found[language])
    return best if found[best] and list(found.values()).count(found[best]) == 1 else ""


def choose(message: Message, names: Sequence[str], known: Iterable[str]) -> str:
    """The language of the answer: what the message declares, else what its words look like.

    Args:
        names: of the files that came with it; reading apps name them in the reader's language.
        known: languages there are; "en" is the last resort.
    """
    available = frozenset(known)
    declared = _tags(message.values("Accept-Language")) + _tags(message.values("Content-Language"))
    guessed = [_guess(text[:_LONGEST]) for text in (message.subject, *names[:5])]
    wanted = (tag for tag in (*declared, *guessed) if tag in available)
    return next(wanted, "en")
