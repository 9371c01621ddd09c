"""How names are compared: those of tags, titles and people."""

from collections.abc import Iterable

from sqlalchemy import CompoundSelect, select, union_all

from margins.api.tables import tag_aliases, tags
from margins.text.normal import fold

__all__ = ["folded_name", "tags_named"]

_LONGEST = 200


def folded_name(name: str) -> str:
    """What equal names have in common."""
    # It becomes part of cursors, and PostgreSQL indexes no longer ones.
    return fold(name)[:_LONGEST]


def tags_named(account: str, names: Iterable[str]) -> CompoundSelect[tuple[str]]:
    """A query for the ids of the tags meant, by name or alias; no alias is another tag's name."""
    folded = [folded_name(name) for name in names]
    return union_all(
        select(tags.c.id).where(tags.c.account == account, tags.c.folded.in_(folded)),
        select(tag_aliases.c.tag).where(
            tag_aliases.c.account == account, tag_aliases.c.folded.in_(folded)
        ),
    )
