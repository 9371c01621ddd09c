"""What a format is: a module that answers two questions.

`identify(attachment)`: can you read this? `extract(attachment)`: what does it say? One module per
reading-app export, none imports another. A format never does I/O and never raises anything but
FormatError.

This package does not import its members (else each would reach every other through it); the tuple
of built-in formats stands in `margins.plugins`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from margins.annotation import Notebook
from margins.errors import Ambiguous
from margins.mail.entity import Attachment

__all__ = ["About", "Format", "identify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a format says of itself; the format reference is generated from it.

    Attributes:
        name: stable, lower-case, hyphenated; recorded with every mail it reads.
        version: raised whenever extract() would read the same file differently.
        title: for people, "Kindle notebook (HTML)".
        app: the reading app, or "any".
        steps: how a reader makes this export, one or two sentences.
        media_types, suffixes: what such files usually are; a hint for docs, never a condition.
        languages: BCP 47 tags whose words have been seen or are claimed by a peer.
        yields_to: names of formats that say the same better: when one of them has read something
            in the same mail, this one is left aside.
        max_bytes: larger files are refused before extract() is called.
    """

    name: str
    version: int
    title: str
    app: str
    steps: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    languages: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    max_bytes: int = 16 * 1024 * 1024


class Format(Protocol):
    """A reading-app export. Modules satisfy this protocol."""

    @property
    def about(self) -> About:
        """What the format says of itself; in a module simply a name."""
        ...

    def identify(self, attachment: Attachment) -> bool:
        """True when extract() can read it. Cheap, exact, looks at 64 KiB at most, never raises."""
        ...

    def extract(self, attachment: Attachment) -> tuple[Notebook, ...]:
        """One notebook per publication, in the order of the file.

        Raises:
            FormatError: the file is claimed but broken; names the place and the remedy.
        """
        ...


def identify(attachment: Attachment, formats: Sequence[Format]) -> Format | None:
    """The one format that claims the attachment, or None.

    Raises:
        Ambiguous: when two or more claim it. There are no priorities: it is a bug in one of them.
    """
    claims = [f for f in formats if f.identify(attachment)]
    if len(claims) > 1:
        names = tuple(sorted(f.about.name for f in claims))
        raise Ambiguous(names, place=attachment.place)
    return claims[0] if claims else None
