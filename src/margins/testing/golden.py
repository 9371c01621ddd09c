"""Golden files: exports of a reading app beside what the format must say about them.

    golden/kindle-notebook/roman-pages.html         an export
    golden/kindle-notebook/roman-pages.html.json    its notebooks as W3C JSON-LD, or its error
    golden/kindle-notebook/novel.html               no expected file: must not be identified

A format identifies all the files that have an expected file, and only those. Files are given to it
as attachments; a name that ends in ".inline.txt" as the text of the mail itself.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from margins.annotation.jsonld import to_json
from margins.errors import FormatError
from margins.formats import Format
from margins.mail.entity import Attachment

__all__ = ["Failure", "Result", "attachment_of", "check", "expected_path", "generate", "inputs"]

_INLINE = ".inline.txt"
_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".csv": "text/csv"}


class Failure(StrEnum):
    """The four ways a golden file fails."""

    NOT_IDENTIFIED = "DocumentNotIdentified"
    NOTHING_EXPECTED = "ExpectedOutputFileNotFound"
    WOULD_OVERWRITE = "FileExists"
    DIFFERENT = "OutputDiffers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one input.

    Attributes:
        failure: None when all is well.
        detail: for people; a unified diff when the output differs.
    """

    path: Path
    failure: Failure | None = None
    detail: str = ""

    def __str__(self) -> str:
        if self.failure is None:
            return f"{self.path}: {self.detail or 'ok'}"
        return f"{self.path}: {self.failure.value}\n{self.detail}".rstrip()


def expected_path(path: Path) -> Path:
    """Where the expected output of an input stands: beside it, with ".json" added."""
    return path.with_name(path.name + ".json")


def inputs(folder: Path) -> tuple[Path, ...]:
    """The inputs of a folder, sorted; expected outputs, notes on origin and folders are none."""
    files = [path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._"]
    names = {path.name for path in files}

    def expected(name: str) -> bool:
        return name.endswith(".json") and name.removesuffix(".json") in names

    return tuple(sorted(p for p in files if not expected(p.name) and p.name != "README.md"))


def attachment_of(path: Path) -> Attachment:
    """The file as it would come with a mail."""
    guessed, _ = mimetypes.guess_type(path.name)
    media_type = _TYPES.get(path.suffix.lower()) or guessed or "application/octet-stream"
    inline = path.name.endswith(_INLINE)
    return Attachment(
        content=path.read_bytes(),
        filename="" if inline else path.name,
        media_type=media_type,
        place=path.name,
        inline=inline,
    )


def _output(form: Format, attachment: Attachment) -> str:
    """What the format says: notebooks, or the error it raises, as text that diffs well."""
    try:
        return to_json(form.extract(attachment))
    except FormatError as error:
        said = {"error": error.what, "place": error.place, "remedy": error.remedy}
        return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _compare(form: Format, path: Path, attachment: Attachment) -> Result:
    expected = expected_path(path).read_text(encoding="utf-8")
    output = _output(form, attachment)
    if expected == output:
        return Result(path=path)
    lines = unified_diff(
        expected.splitlines(keepends=True),
        output.splitlines(keepends=True),
        fromfile=expected_path(path).name,
        tofile="what the format says now",
    )
    return Result(path=path, failure=Failure.DIFFERENT, detail="".join(lines))


def check(folder: Path, form: Format) -> Iterator[Result]:
    """One result per input of the folder."""
    for path in inputs(folder):
        attachment = attachment_of(path)
        identified, expected = form.identify(attachment), expected_path(path).exists()
        if expected and not identified:
            detail = f"{form.about.name} does not claim it, yet {expected_path(path).name} exists."
            yield Result(path=path, failure=Failure.NOT_IDENTIFIED, detail=detail)
        elif identified and not expected:
            detail = f"{form.about.name} claims it, yet {expected_path(path).name} is missing."
            yield Result(path=path, failure=Failure.NOTHING_EXPECTED, detail=detail)
        elif identified:
            yield _compare(form, path, attachment)
        else:
            yield Result(path=path, detail="rightly left alone")


def generate(folder: Path, form: Format, *, force: bool = False) -> Iterator[Result]:
    """Writes the expected output of every input that the format claims, for a person to review.

    An expected file that says something else is replaced only with `force`.
    """
    for path in inputs(folder):
        attachment = attachment_of(path)
        if not form.identify(attachment):
            yield Result(path=path, detail="left alone: not identified")
        elif not expected_path(path).exists():
            expected_path(path).write_text(_output(form, attachment), encoding="utf-8")
            yield Result(path=path, detail="written; please read it, it is the specification")
        elif (result := _compare(form, path, attachment)).failure is None:
            yield Result(path=path, detail="unchanged")
        elif force:
            expected_path(path).write_text(_output(form, attachment), encoding="utf-8")
            yield Result(path=path, detail=f"replaced\n{result.detail}")
        else:
            yield Result(path=path, failure=Failure.WOULD_OVERWRITE, detail=result.detail)
