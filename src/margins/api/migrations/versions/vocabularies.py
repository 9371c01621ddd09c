"""Every account searches in a vocabulary of its own; SQLite only.

"tide" of the account with the number 7 is indexed as "7_tide": what a search reads is then all its
own, however many others there are. No word contains a "_", so none of account 1 is ever one of
account 11. What an account is called never gets into the index.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "vocabularies"
down_revision = "revisions"

_OLD = (
    "DROP TRIGGER annotation_words_insert",
    "DROP TRIGGER annotation_words_update",
    "DROP TRIGGER annotation_words_delete",
    "DROP TABLE annotation_words",
)


def _marked(row: str, tables: str) -> str:
    """What is indexed of a row of annotations: its words, each with the mark of its account.

    To take a row out of the index, FTS5 must be told the same words as when it was put in.
    """
    return f"""
        SELECT {row}.seq AS seq,
            number || '_' || replace({row}.words, ' ', ' ' || number || '_') AS words
        FROM {tables} WHERE account_id = {row}.account AND {row}.words <> ''
    """  # noqa: S608  nothing but constants


_ACCOUNTS = "annotation_words_accounts"
_PUT = f"INSERT INTO annotation_words (rowid, words) {_marked('new', _ACCOUNTS)};"
_TAKE = f"""INSERT INTO annotation_words (annotation_words, rowid, words)
    SELECT 'delete', seq, words FROM ({_marked("old", _ACCOUNTS)});"""  # noqa: S608

_NEW = (
    """CREATE TABLE annotation_words_accounts (
        number INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL UNIQUE
    )""",
    "INSERT INTO annotation_words_accounts (account_id) SELECT id FROM accounts",
    """CREATE TRIGGER annotation_words_account_insert AFTER INSERT ON accounts BEGIN
        INSERT INTO annotation_words_accounts (account_id) SELECT new.id
        WHERE NOT EXISTS (SELECT 1 FROM annotation_words_accounts WHERE account_id = new.id);
    END""",
    # Its notes are gone by then, and the number with which they were taken out is needed no more.
    """CREATE TRIGGER annotation_words_account_delete AFTER DELETE ON accounts BEGIN
        DELETE FROM annotation_words_accounts WHERE account_id = old.id;
    END""",
    f"CREATE VIEW annotation_words_source AS {_marked('annotations', f'annotations, {_ACCOUNTS}')}",
    """CREATE VIRTUAL TABLE annotation_words USING fts5 (
        words, content = 'annotation_words_source', content_rowid = 'seq', columnsize = 0,
        tokenize = "ascii tokenchars '_'"
    )""",
    f"CREATE TRIGGER annotation_words_insert AFTER INSERT ON annotations BEGIN {_PUT} END",
    f"""CREATE TRIGGER annotation_words_update AFTER UPDATE OF account, words ON annotations
    WHEN new.account <> old.account OR new.words <> old.words BEGIN {_TAKE} {_PUT} END""",
    f"CREATE TRIGGER annotation_words_delete AFTER DELETE ON annotations BEGIN {_TAKE} END",
    "INSERT INTO annotation_words (annotation_words) VALUES ('rebuild')",
)

# All that is no letter and no digit and yet stood in words: of "(1)", "1/2" or "l.l" in one
# character, which are several words now.
_INSIDE = re.compile(r"[ (),.\u2044\u00b7]+")


def _part_words() -> None:
    rows = sa.table("annotations", sa.column("seq"), sa.column("words"))
    unparted = sa.select(rows).where(rows.c.words.op("GLOB")("*[(),.\u2044\u00b7]*"))
    connection = op.get_bind()
    for seq, words in connection.execute(unparted).all():
        parted = _INSIDE.sub(" ", words).strip()
        connection.execute(sa.update(rows).where(rows.c.seq == seq).values(words=parted))


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    for statement in _OLD:
        op.execute(statement)
    _part_words()
    for statement in _NEW:
        op.execute(statement)
