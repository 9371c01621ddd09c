"""A notebook: what one export says about one publication, with nothing unaccounted for."""

from __future__ import annotations

from dataclasses import dataclass

from margins.annotation.model import Annotation, Publication

__all__ = ["Notebook", "Skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An entry of the export that did not become an annotation.

    Attributes:
        entry: its ordinal in the export, from 1.
        place: where it stands, for a person: "entry 12, Location 340".
        reason: one sentence, for a person.
        text: the raw text of the entry, so that nothing is lost.
    """

    entry: int
    place: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """One publication's annotations, in the order of the export (W3C AnnotationCollection).

    Attributes:
        found: how many entries of the export belong to this publication. Always equals the
            entries the annotations were made from plus the skipped ones: silent partial success
            cannot be expressed.
        warnings: sentences about things read by structure alone, such as words not known.
        source: name of the format it was read from; empty until somebody has said.

    Raises:
        ValueError: when an entry is unaccounted for, or accounted for twice.
    """

    publication: Publication
    annotations: tuple[Annotation, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    found: int
    warnings: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        used = [s for a in self.annotations for s in a.sources] + [s.entry for s in self.skipped]
        if len(used) != self.found or len(set(used)) != self.found:
            raise ValueError(
                f"{self.found} entries found, {len(used)} accounted for, {len(set(used))} distinct"
            )
