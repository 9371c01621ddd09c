"""A session with the folder open: which mails there are, what they are, and marking them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event

from margins.agent.fetching import Glance, Stopped
from margins.errors import Unavailable
from margins.ingress.imap.conversation import Conversation
from margins.ingress.imap.entrance import Folder, enter
from margins.ingress.imap.names import folder_name
from margins.ingress.imap.response import Item, attributes
from margins.ingress.imap.rules import Rules
from margins.ingress.imap.wire import connect
from margins.mail.date import parse_date_time
from margins.mail.reply import Filing

__all__ = ["REFUSED", "SEEN", "TAKEN", "Session", "open_session"]

TAKEN, REFUSED = "$MarginsTaken", "$MarginsRefused"
"""Keywords of mail that is done with."""

SEEN = "\\Seen"

_FIELDS = "TO CC DELIVERED-TO X-ORIGINAL-TO X-DELIVERED-TO"
_MOST_OF_FIELDS = 64 * 1024
_OVERHEAD = 64 * 1024  # around a content


def _number(value: Item) -> int:
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) < 19 else 0


def _moment(value: Item) -> float | None:
    if not isinstance(value, bytes):
        return None
    found = parse_date_time(value.decode("ascii", "replace").replace("-", " ", 2))
    return found.timestamp() if found else None


class Session:
    """Methods raise what those of `Conversation` do."""

    ingress = "imap"

    def __init__(self, talk: Conversation, folder: Folder) -> None:
        self._talk = talk
        self._rules = talk.rules
        self._folder = folder

    @property
    def validity(self) -> int:
        """See Folder."""
        return self._folder.validity

    @property
    def keywords(self) -> bool:
        """The folder keeps our keywords; without them \\Seen stands for both."""
        return self._folder.keeps(TAKEN) and self._folder.keeps(REFUSED)

    def search(self) -> list[int]:
        """Numbers (UIDs) of the mails that are not done with, ascending."""
        self._talk.news = False
        undone = f"UNKEYWORD {TAKEN} UNKEYWORD {REFUSED}" if self.keywords else "UNSEEN"
        found = self._talk.done(f"UID SEARCH UNDELETED {undone}".encode("ascii"))
        words = b" ".join(r.pieces[0] for r in found if r.word == b"SEARCH").split()
        return sorted({number for word in words if (number := _number(word))})

    def _fetch(
        self, uids: Sequence[int], what: str, *, most: int
    ) -> Iterator[tuple[int, dict[bytes, Item]]]:
        command = f"UID FETCH {','.join(map(str, uids))} ({what})"
        for response in self._talk.done(command.encode("ascii"), most=most):
            if response.word == b"FETCH":
                found = attributes(response)
                if (uid := _number(found.get(b"UID"))) in uids:
                    yield uid, found

    def look(self, uids: Sequence[int]) -> dict[int, Glance]:
        """A glance at each mail that is still there; none of them becomes \\Seen by it."""
        what = f"UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS ({_FIELDS})]"
        what += f"<0.{_MOST_OF_FIELDS}>"
        most = self._rules.memory + len(uids) * _MOST_OF_FIELDS
        glances = {}
        for uid, found in self._fetch(uids, what, most=most):
            fields = found.get(b"BODY")
            if b"RFC822.SIZE" in found:
                glances[uid] = Glance(
                    size=_number(found[b"RFC822.SIZE"]),
                    arrived=_moment(found.get(b"INTERNALDATE")),
                    fields=fields if isinstance(fields, bytes) else b"",
                )
        return glances

    def content(self, uid: int) -> bytes | None:
        """The whole mail, which does not become \\Seen by it; None when it is gone."""
        most = self._rules.max_bytes + _OVERHEAD
        for _, found in self._fetch([uid], "UID BODY.PEEK[]", most=most):
            if isinstance(body := found.get(b"BODY"), bytes):
                return body
        return None

    def file(self, uid: int, filing: Filing) -> bool:
        """Move what is taken, or mark it: by a keyword, else as \\Seen."""
        if filing is Filing.DONE and self._rules.done:
            self._move(uid)
        else:
            keyword = TAKEN if filing is Filing.DONE else REFUSED
            self._store(uid, keyword if self.keywords else SEEN)
        return False

    def _store(self, uid: int, flag: str) -> None:
        self._talk.done(f"UID STORE {uid} +FLAGS.SILENT ({flag})".encode("ascii"), stoppable=False)

    def _move(self, uid: int) -> None:
        """Move it to the folder of taken mail (RFC 6851).

        Without MOVE it is copied, and the original deleted; removed only by UID EXPUNGE (RFC 4315),
        since a bare EXPUNGE takes what others have marked as well.
        """
        done = folder_name(self._rules.done)
        if b"MOVE" in self._talk.able:
            self._talk.done(b"UID MOVE %d %s" % (uid, done), stoppable=False)
            return
        self._talk.done(b"UID COPY %d %s" % (uid, done), stoppable=False)
        self._store(uid, "\\Deleted")
        if b"UIDPLUS" in self._talk.able:
            self._talk.done(b"UID EXPUNGE %d" % uid, stoppable=False)

    def wait(self, seconds: float) -> None:
        """Return when mail has come, or after so long."""
        if self._talk.news:
            return
        if b"IDLE" not in self._talk.able:
            # Whatever comes unasked is of interest only at the next search.
            self._talk.wire.ready(seconds)
            return
        self._idle(seconds)

    def _idle(self, seconds: float) -> None:
        """IDLE (RFC 2177) until there is news."""
        talk, tag = self._talk, self._talk.tag()
        end = time.monotonic() + seconds
        talk.expect()
        talk.wire.send(tag + b" IDLE\r\n")
        while (response := talk.next()).tag != b"+":
            if response.tag == tag:
                raise Unavailable(
                    f"The mail server refuses to wait: {response.said}.", place=self._rules.place
                )
        while not talk.news and (left := end - time.monotonic()) > 0 and talk.wire.ready(left):
            talk.expect()
            talk.next()
        talk.expect()
        talk.wire.send(b"DONE\r\n")
        while talk.next().tag != tag:
            pass

    def end(self) -> None:
        """Say goodbye, if the server still listens."""
        with suppress(Unavailable, Stopped):
            self._talk.wire.send(self._talk.tag() + b" LOGOUT\r\n")


@contextmanager
def open_session(rules: Rules, stop: Event) -> Iterator[Session]:
    """A session with the folder open.

    Raises:
        Refused: the server does not take user and password.
        ConfigError: a folder is not there, or there is no TLS to be believed.
        Unavailable: nobody answers, or not so that it can be understood.
        Stopped: `stop` was set.
    """
    wire = connect(rules, stop)
    try:
        talk = Conversation(wire, rules)
        session = Session(talk, enter(talk))
        yield session
        session.end()
    finally:
        wire.close()
