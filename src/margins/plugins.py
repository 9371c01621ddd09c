"""Which formats there are: the built-in ones, and those that other packages bring.

A package brings formats through entry points of the group `margins.formats`, each naming an object
that satisfies `margins.formats.Format`, usually a module::

    [project.entry-points."margins.formats"]
    acme-notes = "acme_notes.export"

Whatever somebody else's format does wrong stays with that format: it never stops the others, and
what it did is reported with the name of the package it came from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from margins.annotation import Notebook
from margins.catalogue import BUILT_IN
from margins.errors import FormatError
from margins.formats import About, Format
from margins.mail.entity import Attachment
from margins.text.normal import one_line

__all__ = ["GROUP", "Brought", "Loaded", "load_formats"]

GROUP = "margins.formats"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The formats that can be used, and what kept others out.

    Attributes:
        formats: built-in ones first; no two with one name.
        warnings: a sentence for each entry point that could not be used.
    """

    formats: tuple[Format, ...]
    warnings: tuple[str, ...] = ()


def _said(fault: Exception) -> str:
    return one_line(f"{type(fault).__name__}: {fault}", 300)


class Brought:
    """Somebody else's format, held to the contract.

    Attributes:
        origin: the package it came from, "acme-notes 1.2".
    """

    def __init__(self, inner: Format, origin: str, report: Report) -> None:
        self.about: About = inner.about
        self.origin = origin
        self._inner = inner
        self._report = report

    def identify(self, attachment: Attachment) -> bool:
        """What the format says; a format that raises does not claim the file."""
        try:
            return self._inner.identify(attachment) is True
        except Exception as fault:  # noqa: BLE001 - anything at all may come out of a plug-in
            self._report(
                f"Format {self.about.name} of {self.origin} failed to look at "
                f"{attachment.place or 'a file'}: {_said(fault)}"
            )
            return False

    def extract(self, attachment: Attachment) -> tuple[Notebook, ...]:
        """What the format says.

        Raises:
            FormatError: the format raised it, or broke the contract in any other way.
        """
        try:
            notebooks = tuple(self._inner.extract(attachment))
        except FormatError:
            raise
        except Exception as fault:
            raise self._broken(attachment, _said(fault)) from fault
        if not all(isinstance(notebook, Notebook) for notebook in notebooks):
            raise self._broken(attachment, "it gave something else than notebooks")
        return notebooks

    def _broken(self, attachment: Attachment, what: str) -> FormatError:
        return FormatError(
            f"The format {self.about.name} failed: {what}.",
            place=attachment.place,
            remedy=f"Please report it to the makers of {self.origin}.",
        )


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _bring(entry: EntryPoint, report: Report) -> Brought:
    """The format an entry point names.

    Raises:
        TypeError: what it names is no format.
        Exception: whatever importing it raises.
    """
    inner = entry.load()
    if not isinstance(getattr(inner, "about", None), About):
        raise TypeError("it has no `about` of type margins.formats.About")
    if not all(callable(getattr(inner, name, None)) for name in ("identify", "extract")):
        raise TypeError("it has no identify() or no extract()")
    return Brought(inner, _origin(entry), report)


def load_formats(
    *, installed: Iterable[EntryPoint] | None = None, report: Report | None = None
) -> Loaded:
    """Every format, the built-in ones and the installed ones; never raises.

    Args:
        installed: entry points to look at; those of the group `margins.formats` when None.
        report: called with a sentence whenever an installed format fails to look at a file.
    """
    report = report or logging.getLogger(__name__).warning
    formats: list[Format] = list(BUILT_IN)
    warnings: list[str] = []
    for entry in entry_points(group=GROUP) if installed is None else installed:
        try:
            brought = _bring(entry, report)
        except Exception as fault:  # noqa: BLE001 - anything at all may come out of a plug-in
            warnings.append(f"Format {entry.name} of {_origin(entry)} is left out: {_said(fault)}.")
            continue
        if any(brought.about.name == known.about.name for known in formats):
            warnings.append(
                f"Format {brought.about.name} of {brought.origin} is left out: "
                "there is one of that name already."
            )
            continue
        formats.append(brought)
    return Loaded(formats=tuple(formats), warnings=tuple(warnings))
