"""What is stored plus what an export says gives what to change: pure, deterministic, total.

An export never deletes: what it lacks stays. An empty field never erases a filled one. What a
person edited is never overwritten. An older export never takes back what a newer one says, whenever
it comes. Applying a plan and planning again changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from margins.annotation import Annotation, Motivation, Notebook, Publication, Target
from margins.annotation.identity import (
    anchors_agree,
    annotation_key,
    folded_text,
    same_passage,
)
from margins.annotation.merge import complete, merge

__all__ = ["Change", "Plan", "Stored", "StoredNotebook", "merge", "reconcile", "unite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An annotation as the notes API holds it.

    Attributes:
        id: the API's own id.
        annotation: as the exports had it, apart from a person's edits.
        edited: names of the Annotation fields a person has edited ("note", "tags", "colour"), or
            "*" when a person deleted it: it is then known, and left alone.
        said_at: when the newest mail that changed it was received, in seconds since 1970; None
            where nobody knows.
    """

    id: str
    annotation: Annotation
    edited: frozenset[str] = frozenset()
    said_at: float | None = None

    def told(self, note: Annotation, said_at: float | None) -> Annotation:
        """What it becomes when an export says this."""
        older = said_at is not None and self.said_at is not None and said_at < self.said_at
        return (complete if older else merge)(self.annotation, note, self.edited)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotebook:
    """All that is stored of one publication.

    Attributes:
        annotations: every one of this account and publication, deleted ones too.
        revision: names this state of the publication; None where the sink cannot tell states apart.
    """

    annotations: Sequence[Stored] = ()
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stored annotation and what it becomes."""

    id: str
    before: Annotation
    after: Annotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one notebook changes in one publication.

    Attributes:
        revision: of what was stored when the plan was made. It fits no other state: two plans made
            side by side would both create what neither of them saw.
        source: name of the format the notebook was read from.
        said_at: when the mail was received, in seconds since 1970; None where nobody knows.
        duplicates: annotations that repeat another one of the same notebook.
    """

    publication: Publication
    source: str = ""
    revision: int | None = None
    said_at: float | None = None
    create: tuple[Annotation, ...] = ()
    update: tuple[Change, ...] = ()
    unchanged: tuple[str, ...] = ()
    duplicates: int = 0

    @property
    def empty(self) -> bool:
        """True when applying it would change nothing."""
        return not self.create and not self.update


def _distinct(annotations: Iterable[Annotation]) -> dict[str, Annotation]:
    """Annotations by key; repeats within one notebook are merged, the later one winning."""
    by_key: dict[str, Annotation] = {}
    for annotation in annotations:
        key = annotation_key(annotation)
        known = by_key.get(key)
        by_key[key] = annotation if known is None else merge(known, annotation)
    return by_key


_Candidates = Callable[[Annotation], Iterable[int]]

# Looked at for one note. Real notes have a handful of neighbours; this keeps planning linear for
# exports that put thousands in one place.
_MOST_NEIGHBOURS = 100
_MOST_ROUNDS = 5


def _by_text(stored: Sequence[Stored], free: set[int]) -> _Candidates:
    """Same motivation and text; the places do not contradict each other."""
    index: dict[tuple[str, str], list[int]] = {}
    for i in sorted(free):
        annotation = stored[i].annotation
        if text := folded_text(annotation):
            index.setdefault((annotation.motivation, text), []).append(i)

    def candidates(new: Annotation) -> Iterable[int]:
        for i in islice(index.get((new.motivation, folded_text(new)), ()), _MOST_NEIGHBOURS):
            if anchors_agree(stored[i].annotation.target, new.target) is not False:
                yield i

    return candidates


def _is_version(old: Annotation, new: Annotation, old_text: str, new_text: str) -> bool:
    if old.motivation is not new.motivation:
        return False
    if old.motivation is Motivation.COMMENTING or old.truncated or new.truncated:
        return old.target.location is not None and old.target.location == new.target.location
    return same_passage(old_text, new_text) and anchors_agree(old.target, new.target) is True


def _by_place(stored: Sequence[Stored], free: set[int]) -> _Candidates:
    """Another version of the same passage at an overlapping place."""
    texts = {i: folded_text(stored[i].annotation) for i in free}
    places = {i: stored[i].annotation.target.location for i in free}
    placed = sorted(((span.start, span.end, i) for i, span in places.items() if span is not None))
    starts = [start for start, _, _ in placed]
    furthest = list(accumulate((end for _, end, _ in placed), max))
    by_page: dict[str, list[int]] = {}
    for i in sorted(free):
        by_page.setdefault(stored[i].annotation.target.page, []).append(i)

    def neighbours(target: Target) -> Iterator[int]:
        if (location := target.location) is None:
            yield from by_page.get(target.page, ()) if target.page else ()
            return
        at = bisect_right(starts, location.end) - 1
        while at >= 0 and furthest[at] >= location.start:
            yield placed[at][2]
            at -= 1

    def candidates(new: Annotation) -> Iterable[int]:
        text = folded_text(new)
        for i in islice(neighbours(new.target), _MOST_NEIGHBOURS):
            if _is_version(stored[i].annotation, new, texts[i], text):
                yield i

    return candidates


def _match(
    stored: Sequence[Stored], notes: dict[str, Annotation], alone: Set[str] = frozenset()
) -> dict[str, int]:
    """Key of each note to the index of the stored annotation it is; each one is taken once.

    Exact keys are matched for the whole notebook before any looser rule is tried, so that two
    notes which are both stored can never be taken for versions of one another.

    Args:
        alone: keys of notes for which no looser rule is tried.
    """
    by_key: dict[str, int] = {}
    for i, known in enumerate(stored):
        by_key.setdefault(annotation_key(known.annotation), i)
    matched = {key: by_key[key] for key in notes if key in by_key}
    free = set(range(len(stored))) - set(matched.values())
    for index in (_by_text, _by_place):
        candidates = index(stored, free)
        for key in [key for key in notes if key not in matched and key not in alone]:
            found = next((i for i in candidates(notes[key]) if i in free), None)
            if found is not None:
                matched[key] = found
                free.discard(found)
    return matched


def _carry_out(
    stored: Sequence[Stored],
    notes: dict[str, Annotation],
    matched: dict[str, int],
    said_at: float | None,
) -> tuple[list[Stored], dict[str, int]]:
    """What is stored once each note went where it was matched and the others were added, and the
    index at which each note then is."""
    rows, places = list(stored), dict(matched)
    for key, note in notes.items():
        if key not in matched:
            places[key] = len(rows)
            rows.append(Stored(id="", annotation=note, said_at=said_at))
        else:
            known = rows[matched[key]]
            rows[matched[key]] = replace(known, annotation=known.told(note, said_at))
    return rows, places


def _lasting_match(
    stored: Sequence[Stored], notes: dict[str, Annotation], said_at: float | None
) -> dict[str, int]:
    """A match that the next import of the same notes finds again.

    What a stored annotation learns from one note may make it look like another one of the same
    export. Notes that would go elsewhere the next time are ambiguous: they stay on their own.
    """
    ambiguous: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        matched = _match(stored, notes, ambiguous)
        rows, places = _carry_out(stored, notes, matched, said_at)
        again = _match(rows, notes)
        moved = {key for key in notes if again.get(key) != places[key]} - ambiguous
        if not moved or _carry_out(rows, notes, again, said_at)[0] == rows:
            return matched
        ambiguous |= moved
    return _match(stored, notes, notes.keys())


def _changed(known: Stored, note: Annotation, said_at: float | None) -> Change | None:
    """What the note changes in the stored annotation that it is; None when that is nothing."""
    after = known.told(note, said_at)
    if after == known.annotation:
        return None
    after = replace(after, sources=note.sources)
    return Change(id=known.id, before=known.annotation, after=after)


def reconcile(
    stored: Sequence[Stored],
    notebook: Notebook,
    *,
    revision: int | None = None,
    said_at: float | None = None,
) -> Plan:
    """The plan that brings what the notebook says into what is stored.

    Args:
        stored, revision: see StoredNotebook.
        notebook: what one export says about the publication.
        said_at: see Plan.

    Returns:
        A plan in the order of the notebook. reconcile(apply(plan), notebook) is empty.
    """
    notes = _distinct(notebook.annotations)
    matched = _lasting_match(stored, notes, said_at)
    create: list[Annotation] = []
    update: list[Change] = []
    unchanged: list[str] = []
    for key, note in notes.items():
        if key not in matched:
            create.append(note)
        elif change := _changed(stored[matched[key]], note, said_at):
            update.append(change)
        else:
            unchanged.append(stored[matched[key]].id)
    return Plan(
        publication=notebook.publication,
        source=notebook.source,
        revision=revision,
        said_at=said_at,
        create=tuple(create),
        update=tuple(update),
        unchanged=tuple(unchanged),
        duplicates=len(notebook.annotations) - len(notes),
    )


def unite(first: Sequence[Annotation], second: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """Two readings of the same publication as one: notes that are in both stand once.

    The second reading wins where they differ, as a later export would.
    """
    stored = [Stored(id=str(i), annotation=a) for i, a in enumerate(first)]
    notes = _distinct(second)
    matched = _match(stored, notes)
    united = list(first)
    for key, note in notes.items():
        if key in matched:
            united[matched[key]] = merge(united[matched[key]], note)
        else:
            united.append(note)
    return tuple(united)
