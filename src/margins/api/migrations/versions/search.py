"""Full-text search over the column `words`, kept up to date by the database itself.

The words are folded and cut beforehand (`margins.api.words`), so both databases get the plainest
tokenizer they have. SQLite indexes the account as well, so that a common word costs each account
only its own notes.
"""

from alembic import op

revision = "search"
down_revision = "walls"

_SQLITE = (
    """CREATE VIRTUAL TABLE annotation_words USING fts5 (
        account, words, content = 'annotations', content_rowid = 'seq', tokenize = 'ascii'
    )""",
    """CREATE TRIGGER annotation_words_insert AFTER INSERT ON annotations BEGIN
        INSERT INTO annotation_words (rowid, account, words)
        VALUES (new.seq, new.account, new.words);
    END""",
    """CREATE TRIGGER annotation_words_update AFTER UPDATE OF words ON annotations BEGIN
        INSERT INTO annotation_words (annotation_words, rowid, account, words)
        VALUES ('delete', old.seq, old.account, old.words);
        INSERT INTO annotation_words (rowid, account, words)
        VALUES (new.seq, new.account, new.words);
    END""",
    """CREATE TRIGGER annotation_words_delete AFTER DELETE ON annotations BEGIN
        INSERT INTO annotation_words (annotation_words, rowid, account, words)
        VALUES ('delete', old.seq, old.account, old.words);
    END""",
)
_POSTGRESQL = (
    """CREATE INDEX annotation_words ON annotations
    USING gin (to_tsvector('pg_catalog.simple'::regconfig, words))""",
)


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    for statement in _SQLITE if dialect == "sqlite" else _POSTGRESQL:
        op.execute(statement)
