"""From a message to notebooks: what every attachment says, or why it says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from margins.annotation import Notebook
from margins.annotation.identity import publication_key
from margins.errors import Ambiguous, FormatError, NoNotes
from margins.formats import About, Format, identify
from margins.mail import Message, Unpacked, attachments, cloud_link, unpack
from margins.mail.entity import Attachment
from margins.plan import unite

__all__ = [
    "Claim",
    "Reading",
    "combine",
    "insist",
    "read",
    "read_export",
    "read_message",
    "read_through",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of one attachment.

    Attributes:
        about: the format that claimed it, or None.
        problem: why it gave no notebooks; empty when it gave some, or nobody expected any.
        size: bytes of the attachment, whose content may have been left out since.
    """

    attachment: Attachment
    size: int = 0
    about: About | None = None
    notebooks: tuple[Notebook, ...] = ()
    problem: str = ""

    @property
    def format(self) -> str:
        """ "name/version" of the format that claimed it, or empty."""
        return "" if self.about is None else f"{self.about.name}/{self.about.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything a message says.

    Attributes:
        notebooks: one per publication, in order of appearance.
        problems: sentences, each naming its place, about what could not be read.
    """

    claims: tuple[Claim, ...]
    notebooks: tuple[Notebook, ...]
    problems: tuple[str, ...]

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that read something, each once, sorted."""
        return tuple(sorted({c.format for c in self.claims if c.notebooks}))


def _mebibytes(size: int) -> str:
    return f"{size / 1048576:.1f} MiB"


def _problem(what: str, *, place: str, remedy: str) -> str:
    return str(FormatError(what, place=place, remedy=remedy))


def _unclaimed(attachment: Attachment) -> str:
    if attachment.inline:
        return ""  # the text around an attachment is rarely an export
    if not attachment.content.strip():
        return _problem(
            "The file is empty.",
            place=attachment.place,
            remedy="Export it again and send the new file.",
        )
    size = len(attachment.content)
    return _problem(
        f"No format recognises this file ({attachment.media_type}, {size} bytes).",
        place=attachment.place,
        remedy="Send the file that the reading app exports, unchanged.",
    )


def _claim(attachment: Attachment, formats: Sequence[Format]) -> Claim:
    try:
        claimed = identify(attachment, formats)
    except Ambiguous as error:
        return Claim(attachment=attachment, problem=str(error))
    if claimed is None:
        return Claim(attachment=attachment, problem=_unclaimed(attachment))
    about = claimed.about
    if len(attachment.content) > about.max_bytes:
        size, most = _mebibytes(len(attachment.content)), _mebibytes(about.max_bytes)
        problem = _problem(
            f"At {size} it is larger than any {about.title} ({most}).",
            place=attachment.place,
            remedy="Send it in parts.",
        )
        return Claim(attachment=attachment, about=about, problem=problem)
    try:
        notebooks = claimed.extract(attachment)
    except FormatError as error:
        place = error.place or attachment.place
        problem = _problem(error.what, place=place, remedy=error.remedy)
        return Claim(attachment=attachment, about=about, problem=problem)
    named = tuple(replace(notebook, source=about.name) for notebook in notebooks)
    return Claim(attachment=attachment, about=about, notebooks=named)


def _renumbered(notebook: Notebook, by: int) -> Notebook:
    return replace(
        notebook,
        annotations=tuple(
            replace(a, sources=tuple(s + by for s in a.sources)) for a in notebook.annotations
        ),
        skipped=tuple(replace(s, entry=s.entry + by) for s in notebook.skipped),
    )


def _last_entry(notebook: Notebook) -> int:
    numbers = [n for a in notebook.annotations for n in a.sources]
    return max([*numbers, *(s.entry for s in notebook.skipped)], default=0)


def combine(first: Notebook, second: Notebook) -> Notebook:
    """Two notebooks of the same publication as one, notes that are in both once.

    A mail may say the same twice: as PDF and CSV, as text and HTML. Every entry of both stays
    accounted for.
    """
    second = _renumbered(second, _last_entry(first))
    return Notebook(
        publication=first.publication,
        annotations=unite(first.annotations, second.annotations),
        skipped=(*first.skipped, *second.skipped),
        found=first.found + second.found,
        warnings=tuple(dict.fromkeys((*first.warnings, *second.warnings))),
        source=first.source,
    )


def _without_alternatives(claims: Sequence[Claim]) -> Iterator[Claim]:
    """The claims, less the texts of the mail that a later one repeats in a richer form.

    A mail program writes its text as plain text first and as HTML last (RFC 2046 s5.1.4).
    """
    later: set[tuple[str, tuple[str, ...]]] = set()
    kept = []
    for claim in reversed(claims):
        said = claim.format, tuple(publication_key(n.publication) for n in claim.notebooks)
        if claim.attachment.inline and claim.notebooks:
            if said in later:
                continue
            later.add(said)
        kept.append(claim)
    return reversed(kept)


def _without_yielding(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims, less what another attachment of the same mail says better."""
    read_by = {c.about.name for c in claims if c.about is not None and c.notebooks}
    return tuple(
        replace(c, notebooks=(), problem="")
        if c.about is not None and not read_by.isdisjoint(c.about.yields_to)
        else c
        for c in _without_alternatives(claims)
    )


def read(attachments: Sequence[Attachment], formats: Sequence[Format]) -> Reading:
    """Ask every format about every attachment; one that fails never stops the others."""
    said = (replace(_claim(each, formats), size=len(each.content)) for each in attachments)
    claims = _without_yielding(list(said))
    by_publication: dict[str, Notebook] = {}
    for notebook in (n for c in claims for n in c.notebooks):
        key = publication_key(notebook.publication)
        known = by_publication.get(key)
        by_publication[key] = notebook if known is None else combine(known, notebook)
    return Reading(
        claims=claims,
        notebooks=tuple(by_publication.values()),
        problems=tuple(c.problem for c in claims if c.problem),
    )


def insist(reading: Reading, message: Message | None) -> None:
    """Insist that there is an annotation.

    Raises:
        NoNotes: there is none; says what was wrong and what to do.
    """
    if any(n.annotations for n in reading.notebooks):
        return
    said = list(reading.problems)
    said += [f"{s.place}: {s.reason}" for n in reading.notebooks for s in n.skipped][:5]
    if said:
        raise NoNotes(" ".join(said), reasons=said)
    if reading.notebooks:
        named = [n.publication.title for n in reading.notebooks]
        titles = ", ".join(f"\u201c{title}\u201d" for title in named if title)
        raise NoNotes(
            f"The export of {titles} holds no highlights, notes or bookmarks."
            if titles
            else "The export holds no highlights, notes or bookmarks.",
            remedy="Highlight something in the book, export it again and send the new file.",
        )
    if message is not None and (cloud := cloud_link(message)):
        raise NoNotes(
            f"The mail links to a file on {cloud} instead of carrying it; links are not followed.",
            remedy="Send the export as an attachment.",
        )
    raise NoNotes(
        "The mail has no attachment and its text is no export.",
        remedy="Export your notes in the reading app and attach the file, or forward that mail.",
    )


def _reading(unpacked: Unpacked, formats: Sequence[Format]) -> Reading:
    reading = read(unpacked.attachments, formats)
    return replace(reading, problems=(*unpacked.problems, *reading.problems))


def read_export(export: Attachment, formats: Sequence[Format]) -> Reading:
    """What one file says, or the files packed in it.

    Raises:
        NoNotes: no annotation came of it; says why.
    """
    reading = _reading(unpack(export), formats)
    insist(reading, None)
    return reading


def read_through(message: Message, formats: Sequence[Format]) -> Reading:
    """What all the exports in a message say, even when that is nothing."""
    return _reading(attachments(message), formats)


def read_message(message: Message, formats: Sequence[Format]) -> Reading:
    """What all the exports in a message say.

    Raises:
        NoNotes: no annotation came of any; says why.
    """
    reading = read_through(message, formats)
    insist(reading, message)
    return reading
