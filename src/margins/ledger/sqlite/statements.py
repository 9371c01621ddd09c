"""The tables of the ledger, and every statement on them that is more than a line."""

from __future__ import annotations

__all__ = [
    "FIND",
    "FIND_IN_STATE",
    "FORGET",
    "INSERT",
    "KNOWN",
    "MIGRATIONS",
    "QUEUE_LETTER",
    "RELEASABLE",
    "SETTLE",
    "TAKE_LETTER",
    "TAKE_NEXT",
    "TAKE_ONE",
    "UNKNOWN",
]

MIGRATIONS = (
    """
    CREATE TABLE mail (
        id          TEXT PRIMARY KEY,
        status      TEXT NOT NULL,
        account     TEXT NOT NULL,
        digest      TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        size        INTEGER NOT NULL,
        envelope    TEXT NOT NULL,
        author      TEXT NOT NULL,
        subject     TEXT NOT NULL,
        reason      TEXT NOT NULL,
        received_at REAL NOT NULL,
        changed_at  REAL NOT NULL,
        attempts    INTEGER NOT NULL DEFAULT 0,
        replays     INTEGER NOT NULL DEFAULT 0,
        next_try_at REAL NOT NULL,
        formats     TEXT NOT NULL DEFAULT '[]',
        counts      TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE UNIQUE INDEX mail_once ON mail (account, fingerprint) WHERE status <> 'rejected';
    CREATE INDEX mail_due ON mail (next_try_at, id)
        WHERE status IN ('accepted', 'deferred', 'delivering');
    CREATE INDEX mail_by_status ON mail (status, id)
    """,
    """
    ALTER TABLE mail ADD COLUMN begun_at REAL NOT NULL DEFAULT 0;
    ALTER TABLE mail ADD COLUMN takeovers INTEGER NOT NULL DEFAULT 0;
    UPDATE mail SET begun_at = received_at;
    CREATE INDEX mail_in_hand ON mail (account) WHERE status = 'delivering';
    CREATE INDEX mail_by_digest ON mail (digest) WHERE digest <> '';
    CREATE INDEX mail_kept ON mail (changed_at)
        WHERE digest <> '' AND status IN ('delivered', 'failed', 'rejected');
    CREATE TABLE letter (
        mail        TEXT PRIMARY KEY,
        recipient   TEXT NOT NULL,
        content     BLOB,
        reason      TEXT NOT NULL DEFAULT '',
        queued_at   REAL NOT NULL,
        changed_at  REAL NOT NULL,
        attempts    INTEGER NOT NULL DEFAULT 0,
        next_try_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX letter_due ON letter (next_try_at) WHERE content IS NOT NULL;
    CREATE INDEX letter_rate ON letter (recipient, queued_at)
    """,
    # Of a mail that has moved on since, why it was let in is not known any more.
    """
    ALTER TABLE mail ADD COLUMN admitted TEXT NOT NULL DEFAULT '';
    UPDATE mail SET admitted = reason WHERE status = 'accepted'
    """,
)

INSERT = """
    INSERT INTO mail (id, status, account, digest, fingerprint, size, envelope, author, subject,
                      reason, admitted, received_at, changed_at, next_try_at, begun_at)
    VALUES (:id, :status, :account, :digest, :fingerprint, :size, :envelope, :author, :subject,
            :reason, :admitted, :now, :now, :now, :now)
    ON CONFLICT (account, fingerprint) WHERE status <> 'rejected' DO NOTHING
    RETURNING *
"""
KNOWN = "SELECT * FROM mail WHERE account = ? AND fingerprint = ? AND status <> 'rejected'"
FORGET = """
    DELETE FROM mail WHERE status = 'rejected' AND id <= (
        SELECT id FROM mail WHERE status = 'rejected' ORDER BY id DESC LIMIT 1 OFFSET ?)
"""

# One look at the few that are in hand, however many wait.
_ACCOUNT_IS_FREE = """account NOT IN (
    SELECT account FROM mail INDEXED BY mail_in_hand
    WHERE status = 'delivering' AND next_try_at > :now)"""

# An accepted mail is due since it came. Should the clock have been set back since, it is found by
# the second query, in its order of arrival, rather than left until the clock has caught up.
TAKE_NEXT = f"""
    UPDATE mail SET status = 'delivering', changed_at = :now, next_try_at = :now + :seconds,
        attempts = attempts + 1,
        takeovers = CASE status WHEN 'delivering' THEN takeovers + 1 ELSE 0 END
    WHERE id = coalesce(
        (SELECT id FROM mail INDEXED BY mail_due
         WHERE status IN ('accepted', 'deferred', 'delivering') AND next_try_at <= :now
            AND {_ACCOUNT_IS_FREE}
         ORDER BY next_try_at, id LIMIT 1),
        (SELECT id FROM mail WHERE status = 'accepted' AND {_ACCOUNT_IS_FREE} ORDER BY id LIMIT 1))
    RETURNING *
"""  # noqa: S608  nothing but constants
TAKE_ONE = f"""
    UPDATE mail SET status = 'delivering', changed_at = :now, next_try_at = :now + :seconds,
        attempts = CASE WHEN status IN ('failed', 'delivered') THEN 1 ELSE attempts + 1 END,
        replays = replays + (status IN ('failed', 'delivered')),
        begun_at = CASE WHEN status IN ('failed', 'delivered') THEN :now ELSE begun_at END,
        takeovers = CASE status WHEN 'delivering' THEN takeovers + 1 ELSE 0 END
    WHERE id = :only AND {_ACCOUNT_IS_FREE} AND (
        status = 'accepted' OR :replay AND status IN ('failed', 'delivered')
        OR status IN ('deferred', 'delivering') AND next_try_at <= :now)
    RETURNING *
"""  # noqa: S608
SETTLE = """
    UPDATE mail SET status = :status, changed_at = :now, reason = :reason,
        next_try_at = :next_try_at, formats = coalesce(:formats, formats),
        counts = coalesce(:counts, counts)
    WHERE id = :id AND status = 'delivering' AND attempts = :attempts AND replays = :replays
    RETURNING *
"""

FIND = """
    SELECT * FROM mail
    WHERE id < :before AND (:status = '' OR status = :status)
        AND (:format = '' OR EXISTS (
            SELECT 1 FROM json_each(formats)
            WHERE value = :format OR substr(value, 1, length(:format) + 1) = :format || '/'))
    ORDER BY id DESC LIMIT :limit
"""
FIND_IN_STATE = FIND.replace("(:status = '' OR status = :status)", "status = :status")

RELEASABLE = """
    SELECT DISTINCT digest FROM mail INDEXED BY mail_kept
    WHERE digest <> '' AND status IN ('delivered', 'failed', 'rejected') AND changed_at < :before
        AND NOT EXISTS (
            SELECT 1 FROM mail AS other
            WHERE other.digest = mail.digest AND other.digest <> ''
                AND (other.status NOT IN ('delivered', 'failed', 'rejected')
                     OR other.changed_at >= :before))
    LIMIT :limit
"""
UNKNOWN = """
    SELECT value FROM json_each(?)
    WHERE NOT EXISTS (SELECT 1 FROM mail WHERE digest = value AND digest <> '')
"""

QUEUE_LETTER = """
    INSERT OR IGNORE INTO letter (mail, recipient, content, queued_at, changed_at, next_try_at)
    SELECT :mail, :to, :content, :now, :now, :now
    WHERE (SELECT count(*) FROM letter WHERE recipient = :to AND queued_at > :now - 3600) < :most
"""
TAKE_LETTER = """
    UPDATE letter SET attempts = attempts + 1, next_try_at = :now + :seconds, changed_at = :now
    WHERE mail = (SELECT mail FROM letter INDEXED BY letter_due
                  WHERE content IS NOT NULL AND next_try_at <= :now ORDER BY next_try_at LIMIT 1)
    RETURNING *
"""
DECIDE = """
    UPDATE OR IGNORE mail SET status = :status, account = :account, reason = :reason,
        admitted = iif(:status = 'accepted', :reason, ''), changed_at = :now, next_try_at = :now
    WHERE id = :id AND status = 'held' RETURNING *
"""
