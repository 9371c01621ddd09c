"""Full-text search: what is looked for, and what of a text to show.

Every word must occur, as the beginning of a word; words in double quotes must follow one another.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from margins.api.words import Word, words
from margins.errors import InputError

__all__ = ["Part", "Term", "parse_query", "snippet"]

_CHUNKS = re.compile(r'"([^"]*)"|([^\s"]+)')
_LONGEST_QUERY = 500
_MOST_TERMS = 20
_SNIPPET = 240
_BEFORE_MATCH = 60


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another; `open` when the last may go on."""

    words: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a snippet; `found` when it is what was looked for."""

    text: str
    found: bool


def _term(chunk: str, *, quoted: bool) -> Term | None:
    found = list(words(chunk))
    if not found:
        return None
    *before, last = found
    # The last character of an unspaced run stands alone in the index only where the run ends.
    if last.paired and before and before[-1].paired and before[-1].end == last.end:
        return Term(tuple(word.folded for word in before), open=False)
    single = last.paired and last.end - last.start == 1
    return Term(tuple(word.folded for word in found), open=single or not (quoted or last.paired))


def parse_query(query: str) -> tuple[Term, ...]:
    """What a person looks for.

    Raises:
        InputError: nothing that could be found, or too much of it.
    """
    if len(query) > _LONGEST_QUERY:
        raise InputError(f"A search has at most {_LONGEST_QUERY} characters.", place="query")
    chunks = ((c[1] or c[2] or "", c[2] is None) for c in _CHUNKS.finditer(query))
    terms = tuple(
        term for chunk, quoted in chunks if (term := _term(chunk, quoted=quoted)) is not None
    )
    if not 0 < len(terms) <= _MOST_TERMS:
        raise InputError(f"A search is for 1 to {_MOST_TERMS} words.", place="query")
    return terms


def _hits(found: Sequence[Word], terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where in a text of these words the terms stand."""
    for at in range(len(found)):
        for term in terms:
            here = found[at : at + len(term.words)]
            if len(here) < len(term.words):
                continue
            same = all(w.folded == t for w, t in zip(here[:-1], term.words[:-1], strict=True))
            last, wanted = here[-1].folded, term.words[-1]
            if same and (last.startswith(wanted) if term.open else last == wanted):
                # A single character is looked for as the beginning of a pair.
                end = here[-1].end
                if here[-1].paired and len(wanted) < len(last):
                    end = here[-1].start + 1
                yield here[0].start, end


def snippet(text: str, terms: Sequence[Term]) -> list[Part]:
    """The text around the first match, in parts; empty when nothing matches."""
    hits = sorted(_hits(list(words(text)), terms))
    if not hits:
        return []
    first = max(0, hits[0][0] - _BEFORE_MATCH)
    last = min(len(text), first + _SNIPPET)
    parts = [Part("\u2026", found=False)] if first else []
    at = first
    for start, end in hits:
        if end <= at or start >= last:
            continue
        if start > at:
            parts.append(Part(text[at:start], found=False))
        parts.append(Part(text[max(start, at) : min(end, last)], found=True))
        at = end
    if at < last:
        parts.append(Part(text[at:last], found=False))
    return [*parts, Part("\u2026", found=False)] if last < len(text) else parts
