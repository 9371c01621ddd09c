"""Sorts the entries of one export under the publications they are on, losing none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from margins.annotation.identity import publication_key
from margins.annotation.model import Annotation, Publication
from margins.annotation.notebook import Notebook, Skipped

__all__ = ["Binder"]


@dataclass(slots=True)
class _Sheaf:
    publication: Publication
    annotations: list[Annotation] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    identifiers: dict[tuple[str, str], None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def meet(self, other: Publication) -> None:
        """Learns what an entry says of the publication."""
        self.identifiers.update(dict.fromkeys(other.identifiers))
        if not self.publication.creators and other.creators:
            self.publication = replace(self.publication, creators=other.creators)


class Binder:
    """Collects entries of an export that holds many publications; gives one notebook for each.

    Publications are the same when title and authors are; the first spelling is kept.
    """

    def __init__(self) -> None:
        self._sheaves: dict[str, _Sheaf] = {}
        self._keys: dict[Publication, str] = {}

    def _sheaf(self, publication: Publication) -> _Sheaf:
        if (key := self._keys.get(publication)) is None:
            key = self._keys[publication] = publication_key(publication)
            self._sheaves.setdefault(key, _Sheaf(publication)).meet(publication)
        return self._sheaves[key]

    def add(self, publication: Publication, annotation: Annotation) -> None:
        """An entry that became an annotation."""
        self._sheaf(publication).annotations.append(annotation)

    def skip(self, publication: Publication, skipped: Skipped) -> None:
        """An entry that did not."""
        self._sheaf(publication).skipped.append(skipped)

    def warn(self, publication: Publication, sentence: str) -> None:
        """Something about the publication a person should know; said once however often given."""
        self._sheaf(publication).warnings[sentence] = None

    def notebooks(self) -> tuple[Notebook, ...]:
        """One notebook per publication, in order of first mention; an empty one when there is none.

        Raises:
            ValueError: an entry is accounted for twice, which is a mistake of the format.
        """
        if not self._sheaves:
            return (Notebook(publication=Publication(title=""), found=0),)
        return tuple(_notebook(sheaf) for sheaf in self._sheaves.values())


def _notebook(sheaf: _Sheaf) -> Notebook:
    found = sum(len(a.sources) for a in sheaf.annotations) + len(sheaf.skipped)
    return Notebook(
        publication=replace(sheaf.publication, identifiers=tuple(sheaf.identifiers)),
        annotations=tuple(sheaf.annotations),
        skipped=tuple(sheaf.skipped),
        found=found,
        warnings=tuple(sheaf.warnings),
    )
