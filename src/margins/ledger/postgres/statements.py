"""The tables of the ledger, and every statement on them that is more than a line.

An account has one row in `turn`, from its first mail on: whoever holds it delivers. A lease locks
the mail and the turn in one step and passes over what others have locked, so that workers neither
wait for one another nor ever hold two mails of one account
(https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE).

Locks are taken in one order, by everybody: turns, then mails; several of a kind in theirs. Only a
lease and its end take them the other way round, and a lease waits for nobody.
"""

from __future__ import annotations

__all__ = [
    "DECIDE",
    "FIND",
    "FIND_IN_STATE",
    "FORGET",
    "INSERT",
    "KNOWN",
    "MAKE_TURN",
    "MIGRATIONS",
    "QUEUE_LETTER",
    "RELEASABLE",
    "RELEASE",
    "SETTLE",
    "TAKE_LETTER",
    "TAKE_NEXT",
    "TAKE_ONE",
    "UNKNOWN",
]

# Ids and digests sort by their bytes, whatever language the database speaks.
MIGRATIONS = (
    """
    CREATE TABLE mail (
        id          text COLLATE "C" PRIMARY KEY,
        status      text NOT NULL,
        account     text NOT NULL,
        digest      text COLLATE "C" NOT NULL,
        fingerprint text NOT NULL,
        size        bigint NOT NULL,
        envelope    json NOT NULL,
        author      text NOT NULL,
        subject     text NOT NULL,
        reason      text NOT NULL,
        admitted    text NOT NULL,
        received_at double precision NOT NULL,
        changed_at  double precision NOT NULL,
        begun_at    double precision NOT NULL,
        next_try_at double precision NOT NULL,
        attempts    integer NOT NULL DEFAULT 0,
        replays     integer NOT NULL DEFAULT 0,
        takeovers   integer NOT NULL DEFAULT 0,
        formats     text[] NOT NULL DEFAULT '{}',
        counts      json NOT NULL DEFAULT '{}'
    );
    CREATE UNIQUE INDEX mail_once ON mail (account, fingerprint) WHERE status <> 'rejected';
    CREATE INDEX mail_due ON mail (next_try_at, id)
        WHERE status IN ('accepted', 'deferred', 'delivering');
    CREATE INDEX mail_by_status ON mail (status, id);
    CREATE INDEX mail_by_digest ON mail (digest) WHERE digest <> '';
    CREATE INDEX mail_kept ON mail (changed_at)
        WHERE digest <> '' AND status IN ('delivered', 'failed', 'rejected');
    CREATE TABLE turn (
        account text PRIMARY KEY,
        mail    text NOT NULL DEFAULT '',
        until   double precision NOT NULL DEFAULT 0
    );
    CREATE TABLE letter (
        mail        text PRIMARY KEY,
        recipient   text NOT NULL,
        content     bytea,
        reason      text NOT NULL DEFAULT '',
        queued_at   double precision NOT NULL,
        changed_at  double precision NOT NULL,
        attempts    integer NOT NULL DEFAULT 0,
        next_try_at double precision NOT NULL
    );
    CREATE INDEX letter_due ON letter (next_try_at) WHERE content IS NOT NULL;
    CREATE INDEX letter_rate ON letter (recipient, queued_at)
    """,
)

MAKE_TURN = "INSERT INTO turn (account) VALUES (%s) ON CONFLICT DO NOTHING"
INSERT = """
    INSERT INTO mail (id, status, account, digest, fingerprint, size, envelope, author, subject,
                      reason, admitted, received_at, changed_at, begun_at, next_try_at)
    VALUES (%(id)s, %(status)s, %(account)s, %(digest)s, %(fingerprint)s, %(size)s, %(envelope)s,
            %(author)s, %(subject)s, %(reason)s, %(admitted)s, %(now)s, %(now)s, %(now)s, %(now)s)
    ON CONFLICT (account, fingerprint) WHERE status <> 'rejected' DO NOTHING
    RETURNING *
"""
KNOWN = """
    SELECT * FROM mail WHERE status <> 'rejected'
        AND (account, fingerprint) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
# Only what goes is locked: with FOR UPDATE an OFFSET would lock all that stay.
FORGET = """
    DELETE FROM mail WHERE id IN (
        SELECT id FROM mail WHERE status = 'rejected' AND id <= (
            SELECT id FROM mail WHERE status = 'rejected' ORDER BY id DESC OFFSET %s LIMIT 1)
        FOR UPDATE SKIP LOCKED)
"""
DECIDE = """
    UPDATE mail SET status = %(status)s, account = %(account)s, reason = %(reason)s,
        admitted = CASE %(status)s WHEN 'accepted' THEN %(reason)s ELSE '' END,
        changed_at = %(now)s, next_try_at = %(now)s
    WHERE id = %(id)s AND status = 'held' RETURNING *
"""

_HAND_OVER = """
    held AS (
        UPDATE turn SET mail = taken.id, until = taken.next_try_at
        FROM taken WHERE turn.account = taken.account)
    SELECT * FROM taken
"""

# An accepted mail is due since it came. Should the clock have been set back since, it is found by
# the second query, in its order of arrival, rather than left until the clock has caught up.
TAKE_NEXT = f"""
    WITH due AS (
        SELECT id FROM mail JOIN turn USING (account)
        WHERE status IN ('accepted', 'deferred', 'delivering')
            AND next_try_at <= %(now)s AND until <= %(now)s
        ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),
    early AS (
        SELECT id FROM mail JOIN turn USING (account)
        WHERE status = 'accepted' AND until <= %(now)s AND NOT EXISTS (SELECT FROM due)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE mail SET status = 'delivering', changed_at = %(now)s,
            next_try_at = %(now)s::float8 + %(seconds)s, attempts = attempts + 1,
            takeovers = CASE status WHEN 'delivering' THEN takeovers + 1 ELSE 0 END
        WHERE id = (SELECT id FROM due UNION ALL SELECT id FROM early)
        RETURNING *),
    {_HAND_OVER}
"""  # noqa: S608  nothing but constants
TAKE_ONE = f"""
    WITH chosen AS (
        SELECT id, status IN ('failed', 'delivered') AS ended
        FROM mail JOIN turn USING (account)
        WHERE id = %(only)s AND until <= %(now)s AND (
            status = 'accepted' OR %(replay)s AND status IN ('failed', 'delivered')
            OR status IN ('deferred', 'delivering') AND next_try_at <= %(now)s)
        FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE mail SET status = 'delivering', changed_at = %(now)s,
            next_try_at = %(now)s::float8 + %(seconds)s,
            attempts = CASE WHEN ended THEN 1 ELSE attempts + 1 END,
            replays = replays + ended::integer,
            begun_at = CASE WHEN ended THEN %(now)s ELSE begun_at END,
            takeovers = CASE status WHEN 'delivering' THEN takeovers + 1 ELSE 0 END
        FROM chosen WHERE mail.id = chosen.id
        RETURNING mail.*),
    {_HAND_OVER}
"""  # noqa: S608
SETTLE = """
    WITH settled AS (
        UPDATE mail SET status = %(status)s, changed_at = %(now)s, reason = %(reason)s,
            next_try_at = %(next_try_at)s,
            formats = coalesce(%(formats)s::text[], formats),
            counts = coalesce(%(counts)s::json, counts)
        WHERE id = %(id)s AND status = 'delivering'
            AND attempts = %(attempts)s AND replays = %(replays)s
        RETURNING *),
    freed AS (
        UPDATE turn SET until = 0 FROM settled WHERE turn.mail = settled.id
            AND turn.account = settled.account)
    SELECT * FROM settled
"""

FIND = """
    SELECT * FROM mail
    WHERE id < %(before)s AND (%(status)s = '' OR status = %(status)s)
        AND (%(format)s = '' OR EXISTS (
            SELECT FROM unnest(formats) AS name
            WHERE name = %(format)s OR starts_with(name, %(format)s || '/')))
    ORDER BY id DESC LIMIT %(limit)s
"""
FIND_IN_STATE = FIND.replace("(%(status)s = '' OR status = %(status)s)", "status = %(status)s")

RELEASABLE = """
    SELECT DISTINCT digest FROM mail
    WHERE digest <> '' AND status IN ('delivered', 'failed', 'rejected')
        AND changed_at < %(before)s
        AND NOT EXISTS (
            SELECT FROM mail AS other
            WHERE other.digest = mail.digest AND other.digest <> ''
                AND (other.status NOT IN ('delivered', 'failed', 'rejected')
                     OR other.changed_at >= %(before)s))
    LIMIT %(limit)s
"""
# Looked at once more with the rows locked: one may have been taken for a replay meanwhile.
RELEASE = """
    WITH named AS (
        SELECT id, digest, status, changed_at FROM mail WHERE digest = ANY(%(digests)s)
        ORDER BY id FOR UPDATE),
    released AS (
        SELECT digest FROM named GROUP BY digest
        HAVING bool_and(status IN ('delivered', 'failed', 'rejected')
                        AND changed_at < %(before)s))
    UPDATE mail SET digest = '' FROM released WHERE mail.digest = released.digest
    RETURNING released.digest
"""
UNKNOWN = """
    SELECT digest FROM unnest(%s::text[]) AS asked (digest)
    WHERE NOT EXISTS (SELECT FROM mail WHERE mail.digest = asked.digest AND mail.digest <> '')
"""

QUEUE_LETTER = """
    INSERT INTO letter (mail, recipient, content, queued_at, changed_at, next_try_at)
    SELECT %(mail)s, %(to)s, %(content)s, %(now)s, %(now)s, %(now)s
    WHERE %(most)s > (
        SELECT count(*) FROM letter
        WHERE recipient = %(to)s AND queued_at > %(now)s::float8 - 3600)
    ON CONFLICT DO NOTHING
"""
TAKE_LETTER = """
    UPDATE letter SET attempts = attempts + 1, next_try_at = %(now)s::float8 + %(seconds)s,
        changed_at = %(now)s
    WHERE mail = (SELECT mail FROM letter WHERE content IS NOT NULL AND next_try_at <= %(now)s
                  ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING *
"""
