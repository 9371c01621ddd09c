"""Walls between accounts: PostgreSQL itself shows and takes only the rows of the account at hand.

The API names the account at the start of each transaction. The walls hold for the owner of the
tables too. SQLite has none; there every statement names the account.
"""

from alembic import op

revision = "walls"
down_revision = "notes"

_OWNED = (
    "publications",
    "publication_keys",
    "creators",
    "identifiers",
    "annotations",
    "tags",
    "annotation_tags",
    "imports",
)


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, column in (("accounts", "id"), *((table, "account") for table in _OWNED)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} "
            f"USING ({column} = current_setting('margins.account', true)) "
            f"WITH CHECK ({column} = current_setting('margins.account', true))"
        )
