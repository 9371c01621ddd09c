"""Notes as Markdown files, one per book, ready for Obsidian.

Every note is a callout followed by its block id, `^0123456789abcdef`. Those blocks are Margins'
own: everything else in a file is the reader's, and so is a block that the reader has changed or
removed. Files are recognised by the `margins` property, so they may be renamed and moved about
within the account's directory.

What the notes are, another sink keeps; this one shows it. Source of the syntax:
https://help.obsidian.md/callouts, https://help.obsidian.md/links#Link+to+a+block+in+a+note
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from margins.annotation import Annotation, Motivation, Publication
from margins.annotation.identity import publication_key
from margins.annotation.markdown import escape
from margins.clients import disk
from margins.errors import Unavailable
from margins.plan import Plan, Stored, StoredNotebook
from margins.ports import Applied, Sink
from margins.text.normal import one_line

__all__ = ["MarkdownSink"]

_BLOCK_ID = re.compile(r"\^([A-Za-z0-9-]{1,64})[ \t]*")
_OWNER = re.compile(r"^margins: ([0-9a-f]{32})[ \t\r]*$", re.MULTILINE)
_HEAD_BYTES = 4096
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|#^\[\]]')
_NOT_IN_TAGS = re.compile(r"[^\w/-]")
_CALLOUT = {
    Motivation.HIGHLIGHTING: "quote",
    Motivation.COMMENTING: "note",
    Motivation.BOOKMARKING: "bookmark",
}
_LONGEST_NAME = 60  # characters, at most 240 bytes


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _block_id(stored: Stored) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", stored.id)[:64]


def _place(annotation: Annotation) -> str:
    target = annotation.target
    facts = (
        " \u203a ".join(target.headings),
        f"page {target.page}" if target.page else "",
        f"location {target.location}" if target.location is not None else "",
        annotation.colour,
        annotation.style,
        "cut off by the app" if annotation.truncated else "",
        f"{annotation.created:%Y-%m-%d}" if annotation.created else "",
    )
    return escape(one_line(" \u00b7 ".join(fact for fact in facts if fact), 400))


def _block(annotation: Annotation) -> str:
    """The callout, without the block id that follows it."""
    tags = " ".join(f"#{_NOT_IN_TAGS.sub('-', tag)}" for tag in annotation.tags)
    quoted = escape(annotation.target.quote)
    note = escape(annotation.note)
    title = f"[!{_CALLOUT[annotation.motivation]}] {_place(annotation)}".rstrip()
    if quoted and note:
        note = f"**Note:** {note}"
    paragraphs = "\n\n".join(part for part in (quoted, note, tags) if part)
    lines = [title, *paragraphs.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _property(name: str, value: str) -> Iterator[str]:
    # JSON strings are YAML strings, once no control character is left in them.
    if value:
        yield f"{name}: {json.dumps(one_line(value, 1000), ensure_ascii=False)}"


def _header(publication: Publication) -> str:
    """The front matter and the title of a new file."""
    lines = ["---", f"margins: {publication_key(publication)}"]
    lines += _property("title", publication.title or "Untitled")
    if publication.creators:
        names = [one_line(creator.name, 200) for creator in publication.creators]
        lines += ["authors:", *(f"  - {json.dumps(n, ensure_ascii=False)}" for n in names)]
    lines += _property("publisher", publication.publisher)
    lines += [f"year: {publication.year}"] if publication.year is not None else []
    lines += _property("language", publication.language)
    lines += _property("citation", publication.citation)
    return "\n".join([*lines, "---", "", f"# {escape(one_line(publication.title)) or 'Untitled'}"])


@dataclass(slots=True)
class _Piece:
    """Some lines of a file: a block of ours with its id, or what lies between blocks."""

    lines: list[str]
    id: str = ""
    fresh: bool = False

    @classmethod
    def block(cls, text: str, id_: str) -> _Piece:
        """A block that was not in the file."""
        return cls([*text.split("\n"), "", f"^{id_}"], id_, fresh=True)

    @property
    def callout(self) -> str:
        """The text of a block, without its id."""
        return "\n".join(line.rstrip("\r") for line in self.lines[:-1]).rstrip()


def _take_apart(text: str) -> list[_Piece]:
    lines = text.split("\n")
    pieces, start = [], 0
    for end, line in enumerate(lines):
        if (named := _BLOCK_ID.fullmatch(line)) is None:
            continue
        first = end
        if first > start and not lines[first - 1].strip():
            first -= 1
        while first > start and lines[first - 1].startswith(">"):
            first -= 1
        if lines[first].startswith(">"):
            pieces += [_Piece(lines[start:first]), _Piece(lines[first : end + 1], named[1])]
            start = end + 1
    return [*pieces, _Piece(lines[start:])]


def _put_together(pieces: Iterable[_Piece]) -> str:
    """The file; blocks that are new get the empty lines around them that Markdown asks for."""
    lines: list[str] = []
    after_fresh = False
    for piece in pieces:
        if piece.lines and piece.lines[0].strip() and lines and lines[-1].strip():
            lines += [""] if piece.fresh or after_fresh else []
        lines += piece.lines
        after_fresh = piece.fresh if piece.lines else after_fresh
    return "\n".join(lines).rstrip("\n") + "\n"


def _in_reading_order(stored: Sequence[Stored]) -> Sequence[Stored]:
    """By location where every note has one, else as the other sink has them."""
    starts = {
        each.id: each.annotation.target.location.start
        for each in stored
        if each.annotation.target.location is not None
    }
    return sorted(stored, key=lambda s: starts[s.id]) if len(starts) == len(stored) else stored


def _show(text: str, stored: Sequence[Stored], shown: dict[str, str]) -> str:
    """The file brought up to date.

    Args:
        shown: block id to digest of every block ever put into it; brought up to date too. A block
            that is in there and not in the file was removed by the reader, and one that has
            another digest was changed.
    """
    pieces = _take_apart(text)
    blocks = {piece.id: piece for piece in pieces if piece.id}
    following: dict[str, list[_Piece]] = {}
    previous = ""
    for each in _in_reading_order(stored):
        id_, wanted = _block_id(each), _block(each.annotation)
        if (block := blocks.get(id_)) is None:
            if id_ in shown or "*" in each.edited:
                continue
            following.setdefault(previous, []).append(_Piece.block(wanted, id_))
        else:
            previous = id_
            if block.callout != wanted:
                if _digest(block.callout) != shown.get(id_):
                    continue
                block.lines = _Piece.block(wanted, id_).lines
        shown[id_] = _digest(wanted)
    # What precedes the first block is the head of the file; without any block that is all of it.
    arranged = [pieces[0], *following.pop("", [])]
    for piece in pieces[1:]:
        arranged += [piece, *following.get(piece.id, [])]
    return _put_together(arranged)


class MarkdownSink:
    """margins.ports.Sink: keeps notes in another sink and shows them in a directory.

    Args:
        directory: gets a directory per account.
        notes: keeps the notes and knows what has been imported.
    """

    def __init__(self, directory: Path, notes: Sink) -> None:
        self._directory = directory.absolute()
        self._notes = notes
        self._disk = disk.LocalDisk()

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What is stored for each; see margins.ports.Sink."""
        return self._notes.fetch(account, publications)

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Apply all plans, then bring the files up to date; see margins.ports.Sink.

        The files follow the notes: where this fails in between, the next call with the same key
        finds the notes as they should be and completes the files.
        """
        applied = self._notes.apply(account, plans, key=key)
        books = {publication_key(plan.publication): plan.publication for plan in plans}
        stored = self._notes.fetch(account, list(books.values()))
        folder = self._directory / quote(account, safe="")
        with disk.reporting(folder):
            disk.make_directory(self._disk, folder / ".margins")
            with disk.alone_in(folder):
                files = self._files(folder)
                for (book, publication), notes in zip(books.items(), stored, strict=True):
                    path = files.get(book) or self._free(folder, publication)
                    self._bring_up_to_date(path, folder, publication, notes.annotations)
        return applied

    def _files(self, folder: Path) -> dict[str, Path]:
        """The file of each publication, wherever in the folder the reader has put it."""
        found: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.md")):
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
            if head.startswith("---") and (owner := _OWNER.search(head)):
                found.setdefault(owner[1], path)
        return found

    def _free(self, folder: Path, publication: Publication) -> Path:
        name = one_line(_NOT_IN_NAMES.sub(" ", publication.title), _LONGEST_NAME).strip(". ")
        name = name or "Untitled"
        path, number = folder / f"{name}.md", 1
        while path.exists():
            number += 1
            path = folder / f"{name} ({number}).md"
        return path

    def _bring_up_to_date(
        self, path: Path, folder: Path, publication: Publication, notes: Sequence[Stored]
    ) -> None:
        memory = folder / ".margins" / f"{publication_key(publication)}.json"
        shown = self._shown(memory)
        known = dict(shown)
        try:
            before = self._disk.read(path).decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            before = ""
        after = _show(before or _header(publication), notes, shown)
        if after != before and (before or shown != known):
            content = after.encode("utf-8", "surrogateescape")
            disk.replace(self._disk, path, content)
        if shown != known:
            disk.replace(self._disk, memory, json.dumps(shown, indent=1).encode())

    def _shown(self, memory: Path) -> dict[str, str]:
        try:
            shown = json.loads(self._disk.read(memory))
        except FileNotFoundError:
            return {}
        except ValueError:
            shown = None
        if not isinstance(shown, dict):
            raise Unavailable(
                "What was shown before cannot be read.",
                place=str(memory),
                remedy="Remove the file; blocks you removed yourself then appear once more.",
            )
        return shown
