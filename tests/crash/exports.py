"""Mails that grow: each book is exported again and again, longer every time.

Every highlight has a word of its own, by which it is found again wherever it went.
"""

from __future__ import annotations

from dataclasses import dataclass

from running import mail

EDITIONS = 4


@dataclass(frozen=True)
class Export:
    """One mail: which edition of which book, of which reader.

    Attributes:
        words: the words that must each be in the notes once, when this mail was accepted.
    """

    number: int
    readers: int

    @property
    def book(self) -> int:
        return self.number // EDITIONS

    @property
    def edition(self) -> int:
        return self.number % EDITIONS

    @property
    def reader(self) -> str:
        return f"reader{self.book % self.readers}@example.org"

    @property
    def subject(self) -> str:
        return f"Export {self.number}"

    @property
    def words(self) -> list[str]:
        return [f"tide{self.book}x{n}" for n in range(self.edition + 1)]

    def content(self) -> bytes:
        """Each edition has one highlight more, and the older ones reach further."""
        head = (
            '<html><head><meta charset="UTF-8"></head><body><div class="bodyContainer">'
            '<div class="notebookFor">Notebook Export</div>'
            f'<div class="bookTitle">Book {self.book}</div>'
            '<div class="authors">Marlow, Ines</div><div class="citation"></div><hr>'
        )
        parts = [head]
        for n, word in enumerate(self.words):
            tail = "".join(f" and further {m}" for m in range(self.edition - n))
            parts.append(
                '<div class="noteHeading">Highlight(<span class="highlight_yellow">yellow</span>) '
                f"- Page {n + 1} · Location {100 + 50 * n}</div>"
                f'<div class="noteText">{word} came in over the flats{tail}</div>'
            )
        html = "\n".join([*parts, "</div></body></html>"])
        return mail(html, sender=self.reader, subject=self.subject)
