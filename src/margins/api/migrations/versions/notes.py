"""The first tables: accounts, publications, annotations, tags, imports."""

import sqlalchemy as sa
from alembic import op

revision = "notes"
down_revision = None


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _owner(own: str, table: str) -> sa.ForeignKeyConstraint:
    targets = [f"{table}.account", f"{table}.id"]
    return sa.ForeignKeyConstraint(["account", own], targets, ondelete="CASCADE")


def _account() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account"], ["accounts.id"], ondelete="CASCADE")


def upgrade() -> None:
    op.create_table("accounts", *_keys("id", "created_at"), sa.PrimaryKeyConstraint("id"))
    _publications()
    _annotations()
    _tags()
    op.create_table(
        "imports",
        *_keys("account", "key"),
        sa.Column("result", sa.JSON(), nullable=False),
        *_keys("created_at"),
        sa.PrimaryKeyConstraint("account", "key"),
        _account(),
    )


def _publications() -> None:
    op.create_table(
        "publications",
        *_keys("account", "id", "title", "folded", "citation", "publisher"),
        sa.Column("year", sa.Integer()),
        *_keys("language", "imported_at"),
        sa.PrimaryKeyConstraint("account", "id"),
        _account(),
    )
    op.create_table(
        "publication_keys",
        *_keys("account", "key", "publication"),
        sa.PrimaryKeyConstraint("account", "key"),
        _owner("publication", "publications"),
    )
    op.create_index(
        "publication_keys_by_publication", "publication_keys", ["account", "publication"]
    )
    op.create_table(
        "creators",
        *_keys("account", "publication"),
        sa.Column("position", sa.Integer(), nullable=False),
        *_keys("name", "folded", "role"),
        sa.PrimaryKeyConstraint("account", "publication", "position"),
        _owner("publication", "publications"),
    )
    op.create_table(
        "identifiers",
        *_keys("account", "publication", "scheme", "value"),
        sa.PrimaryKeyConstraint("account", "publication", "scheme", "value"),
        _owner("publication", "publications"),
    )


def _annotations() -> None:
    op.create_table(
        "annotations",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *_keys("account", "id", "publication", "key", "source", "motivation", "quote", "note"),
        sa.Column("tags", sa.JSON(), nullable=False),
        *_keys("colour", "style", "page"),
        sa.Column("location_start", sa.Integer()),
        sa.Column("location_end", sa.Integer()),
        sa.Column("headings", sa.JSON(), nullable=False),
        *_keys("fragment", "conforms_to"),
        sa.Column("progress", sa.Float()),
        sa.Column("created", sa.Text()),
        sa.Column("modified", sa.Text()),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("quote_edit", sa.Text()),
        sa.Column("note_edit", sa.Text()),
        sa.Column("colour_edit", sa.Text()),
        sa.Column("tags_edited", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.Text()),
        *_keys("imported_at", "changed_at", "words"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("account", "id"),
        sa.UniqueConstraint("account", "publication", "key"),
        _owner("publication", "publications"),
        sqlite_autoincrement=True,
    )


def _tags() -> None:
    op.create_table(
        "tags",
        *_keys("account", "id", "name", "folded"),
        sa.PrimaryKeyConstraint("account", "id"),
        sa.UniqueConstraint("account", "folded"),
        _account(),
    )
    op.create_table(
        "annotation_tags",
        *_keys("account", "annotation", "tag"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "annotation", "tag"),
        _owner("annotation", "annotations"),
        _owner("tag", "tags"),
    )
    op.create_index("annotation_tags_by_tag", "annotation_tags", ["account", "tag"])
