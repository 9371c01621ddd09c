"""The words of each note as PostgreSQL searches them, made once and not for every search.

Row-level security keeps the search from using an index of words: a function that might tell of
rows one may not see comes after the check that one may. The account's rows are what is searched.
"""

from alembic import op

revision = "lexemes"
down_revision = "tagged"

_STATEMENTS = (
    """ALTER TABLE annotations ADD COLUMN lexemes tsvector
        GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple'::regconfig, words)) STORED""",
    "DROP INDEX annotation_words",
)


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        for statement in _STATEMENTS:
            op.execute(statement)
