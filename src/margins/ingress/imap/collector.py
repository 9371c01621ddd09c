"""One look into the folder: each mail that is not done with is judged, and then filed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from margins.agent.backoff import delay
from margins.agent.receive import Receipt, together
from margins.errors import MailError, Unavailable
from margins.ingress.imap.rules import Rules
from margins.ingress.imap.session import REFUSED, TAKEN, Glance, Session
from margins.mail import MailObject, Message, parse
from margins.mail.envelope import Envelope
from margins.mail.import_address import secret_of
from margins.mail.recipients import named_among, one_account_each, served
from margins.mail.reply import TABLE, Filing, Outcome

__all__ = ["Collector", "Tally"]

_log = logging.getLogger("margins.ingress.imap")

_AT_A_GLANCE = 50  # mails looked at with one command
_MOST_LEFT = 5  # in one look: whatever is down, is down for the rest as well
_WORDS = {Filing.DONE: "taken", Filing.REFUSED: "refused", Filing.LEFT: "left for later"}
_DELIVERED = ("Delivered-To", "X-Original-To", "X-Delivered-To")


@dataclass(slots=True)
class Tally:
    """What became of the mails of one look.

    Attributes:
        outcomes: of each mail, in order.
        unfinished: there is more to be looked at.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    unfinished: bool = False

    def count(self, filing: Filing) -> int:
        """Mails filed so."""
        return sum(TABLE[outcome].filing is filing for outcome in self.outcomes)

    def __str__(self) -> str:
        counts = ((self.count(filing), word) for filing, word in _WORDS.items())
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "no new mail"


@dataclass(slots=True)
class _Memory:
    """What is known of a folder's mails while this process runs, by their numbers.

    Attributes:
        settled: filed already, whatever the server has made of the mark.
        left: tries so far, and when the next one is due.
    """

    validity: int = 0
    settled: set[int] = field(default_factory=set)
    left: dict[int, tuple[int, float]] = field(default_factory=dict)

    def keep(self, validity: int, found: set[int]) -> None:
        """Forget the mails that are not found any more, and all when they are numbered anew."""
        if validity != self.validity:
            found = set()
        self.validity = validity
        self.settled &= found
        self.left = {uid: known for uid, known in self.left.items() if uid in found}


class Collector:
    """Judges and files; it lives longer than a session, and remembers what is to be tried later.

    Args:
        hand_over: judges one mail and returns once it is durable, or will not be.
        now: seconds of a clock that only goes forwards.
    """

    def __init__(
        self,
        rules: Rules,
        hand_over: Callable[[MailObject], Receipt],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._hand_over = hand_over
        self._now = now
        self._memory = _Memory()

    @property
    def due(self) -> float:
        """Seconds until something is to be tried again; infinite when nothing is."""
        times = [at for _, at in self._memory.left.values()]
        return max(0.0, min(times, default=inf) - self._now())

    def collect(self, session: Session) -> Tally:
        """Look through the folder once.

        Raises:
            Unavailable: the session is over.
            Stopped: we are to stop.
        """
        found = session.search()
        memory, now, tally = self._memory, self._now(), Tally()
        memory.keep(session.validity, set(found))
        new = [
            uid
            for uid in found
            if uid not in memory.settled and memory.left.get(uid, (0, 0.0))[1] <= now
        ]
        for start in range(0, len(new), _AT_A_GLANCE):
            for uid, glance in session.look(new[start : start + _AT_A_GLANCE]).items():
                if (outcome := self._judge(session, uid, glance)) is None:
                    continue
                self._file(session, uid, outcome)
                tally.outcomes.append(outcome)
                if tally.count(Filing.LEFT) >= _MOST_LEFT:
                    tally.unfinished = True
                    return tally
        return tally

    def _judge(self, session: Session, uid: int, glance: Glance) -> Outcome | None:
        """How the handing over ended; None when the mail has gone."""
        if glance.size > self._rules.max_bytes:
            return self._told(uid, Outcome.TOO_LARGE)
        if not self._may_be_ours(glance.fields):
            return self._told(uid, Outcome.UNKNOWN_RECIPIENT)
        try:
            content = session.content(uid)
        except Unavailable:
            # Should it be larger than the server says, the other mails must not wait behind it.
            self._later(uid)
            raise
        if content is None:
            return None
        if len(content) > self._rules.max_bytes:
            return self._told(uid, Outcome.TOO_LARGE)
        try:
            paths = self._recipients(parse(content))
        except MailError:
            paths = ()
        else:
            if not paths:
                return self._told(uid, Outcome.UNKNOWN_RECIPIENT)
        receipts = [
            self._hand_over(self._mail(content, group, glance.arrived))
            for group in one_account_each(paths)
        ]
        return self._told(uid, *together(receipts))

    def _mail(self, content: bytes, paths: tuple[str, ...], arrived: float | None) -> MailObject:
        """As it is judged: there was no client, so SPF shows nothing, and nobody vouches."""
        envelope = Envelope(reverse_path="", forward_paths=paths, ingress="imap")
        return MailObject(envelope=envelope, content=content, arrived=arrived)

    @staticmethod
    def _told(uid: int, outcome: Outcome, mail: str = "") -> Outcome:
        _log.info("mail %s, number %d in the mailbox: %s", mail or "-", uid, outcome.value)
        return outcome

    def _serves(self, address: object) -> bool:
        return served(self._rules.addresses, str(address))

    def _may_be_ours(self, fields: bytes) -> bool:
        """False when the fields, which may be cut off, name none of our addresses.

        Strangers' mail is then neither fetched nor looked up, nor is anything of it written down.
        """
        try:
            return bool(self._recipients(parse(fields)))
        except MailError:
            return True

    def _recipients(self, message: Message) -> tuple[str, ...]:
        """Those of our addresses the message is for.

        Of what servers wrote on delivery the topmost field of each name is read. Anybody can write
        one, where the provider writes none: a secret address in it he knows, and any other counts
        only where a signed To or Cc names it as well.
        """
        tops = [values[0] for name in _DELIVERED if (values := message.values(name))]
        delivered = named_among(tops, self._serves)
        named = named_among((*message.values("To"), *message.values("Cc")), self._serves)
        if any(map(secret_of, delivered)):
            # This copy is that account's, whoever else it was sent to.
            named = tuple(path for path in named if not secret_of(path))
        return tuple(dict.fromkeys((*delivered, *named)))

    def _file(self, session: Session, uid: int, outcome: Outcome) -> None:
        """Move or mark it; it is durable by now, or never will be."""
        filing = TABLE[outcome].filing
        if filing is Filing.LEFT:
            self._later(uid)
            return
        if filing is Filing.REFUSED:
            session.mark(uid, REFUSED)
        elif self._rules.done:
            session.move(uid)
        else:
            session.mark(uid, TAKEN)
        self._memory.left.pop(uid, None)
        self._memory.settled.add(uid)

    def _later(self, uid: int) -> None:
        tries = self._memory.left.get(uid, (0, 0.0))[0] + 1
        wait = delay(f"{self._memory.validity}/{uid}", tries, first=self._rules.retry_seconds)
        self._memory.left[uid] = tries, self._now() + wait
