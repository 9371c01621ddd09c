"""The tables, for SQLite and PostgreSQL alike.

Every table names the account and every key begins with it, so that no row can belong to, or point
at, two accounts. Texts of the exports and a person's edits stand in different columns: an import
writes the first and never the second.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "accounts",
    "annotation_tags",
    "annotations",
    "creators",
    "identifiers",
    "imports",
    "metadata",
    "publication_keys",
    "publications",
    "tag_aliases",
    "tags",
]

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _owned(account: str, own: str, owner: Table) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([account, own], [owner.c.account, owner.c.id], ondelete="CASCADE")


accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    _text("created_at"),
)

publications = Table(
    "publications",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    _text("title"),
    _text("folded"),  # of the title
    _text("citation"),
    _text("publisher"),
    Column("year", Integer),
    _text("language"),
    _text("imported_at"),
    Column("revision", Integer, nullable=False, default=0),
    ForeignKeyConstraint(["account"], [accounts.c.id], ondelete="CASCADE"),
)

# More than one key leads to a publication once two have been merged.
publication_keys = Table(
    "publication_keys",
    metadata,
    Column("account", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("publication"),
    _owned("account", "publication", publications),
    Index("publication_keys_by_publication", "account", "publication"),
)

creators = Table(
    "creators",
    metadata,
    Column("account", Text, primary_key=True),
    Column("publication", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("name"),
    _text("folded"),  # of the name
    _text("role"),
    _owned("account", "publication", publications),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("account", Text, primary_key=True),
    Column("publication", Text, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    _owned("account", "publication", publications),
)

annotations = Table(
    "annotations",
    metadata,
    # The order in which they came; full-text search needs a number too.
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    _text("account"),
    _text("id"),
    _text("publication"),
    _text("key"),
    _text("source"),
    _text("motivation"),
    _text("quote"),
    _text("note"),
    Column("tags", JSON, nullable=False),
    _text("colour"),
    _text("style"),
    _text("page"),
    Column("location_start", Integer),
    Column("location_end", Integer),
    Column("headings", JSON, nullable=False),
    _text("fragment"),
    _text("conforms_to"),
    Column("progress", Float),
    Column("created", Text),
    Column("modified", Text),
    Column("truncated", Boolean, nullable=False),
    Column("said_at", Float),
    Column("quote_edit", Text),
    Column("note_edit", Text),
    Column("tags_edited", Boolean, nullable=False),
    Column("colour_edit", Text),
    Column("deleted_at", Text),
    _text("imported_at"),
    _text("changed_at"),
    # What search looks at: see margins.api.words.
    _text("words"),
    UniqueConstraint("account", "id"),
    UniqueConstraint("account", "publication", "key"),
    _owned("account", "publication", publications),
    sqlite_autoincrement=True,
)

tags = Table(
    "tags",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("folded"),
    UniqueConstraint("account", "folded"),
    ForeignKeyConstraint(["account"], [accounts.c.id], ondelete="CASCADE"),
)

# More than one name leads to a tag once it was renamed, or another was merged into it.
tag_aliases = Table(
    "tag_aliases",
    metadata,
    Column("account", Text, primary_key=True),
    Column("folded", Text, primary_key=True),
    _text("name"),
    _text("tag"),
    _owned("account", "tag", tags),
    Index("tag_aliases_by_tag", "account", "tag"),
)

annotation_tags = Table(
    "annotation_tags",
    metadata,
    Column("account", Text, primary_key=True),
    Column("annotation", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    _owned("account", "annotation", annotations),
    _owned("account", "tag", tags),
    Index("annotation_tags_by_tag", "account", "tag", "annotation"),
)

imports = Table(
    "imports",
    metadata,
    Column("account", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("result", JSON, nullable=False),
    _text("created_at"),
    ForeignKeyConstraint(["account"], [accounts.c.id], ondelete="CASCADE"),
)
