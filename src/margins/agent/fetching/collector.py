"""One look into the folder: each mail that is not done with is judged, and then filed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Generic

from margins.agent.backoff import delay
from margins.agent.fetching.folder import Fetching, Folder, Glance, Key
from margins.agent.receive import Receipt, together
from margins.errors import MailError, Unavailable
from margins.mail import MailObject, Message, parse
from margins.mail.envelope import Envelope
from margins.mail.import_address import secret_of
from margins.mail.recipients import named_among, one_account_each, served
from margins.mail.reply import TABLE, Filing, Outcome

__all__ = ["Collector", "Tally"]

_log = logging.getLogger("margins.agent.fetching")

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
class _Memory(Generic[Key]):
    """What is known of a folder's mails while this process runs, by their keys.

    Attributes:
        settled: filed already, whatever the server has made of the mark.
        left: tries so far, and when the next one is due.
    """

    validity: object = None
    settled: set[Key] = field(default_factory=set)
    left: dict[Key, tuple[int, float]] = field(default_factory=dict)

    def keep(self, validity: object, found: set[Key]) -> None:
        """Forget the mails that are not found any more, and all when they have other keys."""
        if validity != self.validity:
            found = set()
        self.validity = validity
        self.settled &= found
        self.left = {key: known for key, known in self.left.items() if key in found}


def _mail(
    ingress: str, content: bytes, paths: tuple[str, ...], arrived: float | None
) -> MailObject:
    """As it is judged: there was no client, so SPF shows nothing, and nobody vouches."""
    envelope = Envelope(reverse_path="", forward_paths=paths, ingress=ingress)
    return MailObject(envelope=envelope, content=content, arrived=arrived)


class Collector(Generic[Key]):
    """Judges and files; it outlives the open folder, and remembers what is to be tried later.

    Args:
        hand_over: judges one mail and returns once it is durable, or will not be.
        now: seconds of a clock that only goes forwards.
    """

    def __init__(
        self,
        rules: Fetching,
        hand_over: Callable[[MailObject], Receipt],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._hand_over = hand_over
        self._now = now
        self._memory: _Memory[Key] = _Memory()

    @property
    def due(self) -> float:
        """Seconds until something is to be tried again; infinite when nothing is."""
        times = [at for _, at in self._memory.left.values()]
        return max(0.0, min(times, default=inf) - self._now())

    def collect(self, folder: Folder[Key]) -> Tally:
        """Look through the folder once.

        Raises:
            Unavailable: the folder is not there any more.
            Stopped: we are to stop.
        """
        found = folder.search()
        memory, now, tally = self._memory, self._now(), Tally()
        memory.keep(folder.validity, set(found))
        new = [
            key
            for key in found
            if key not in memory.settled and memory.left.get(key, (0, 0.0))[1] <= now
        ]
        for start in range(0, len(new), _AT_A_GLANCE):
            for key, glance in folder.look(new[start : start + _AT_A_GLANCE]).items():
                try:
                    if (outcome := self._judge(folder, key, glance)) is None:
                        continue
                    self._file(folder, key, outcome)
                except Unavailable:
                    # Should it be this mail's fault, the others must not wait behind it.
                    self._later(key)
                    raise
                tally.outcomes.append(outcome)
                if tally.count(Filing.LEFT) >= _MOST_LEFT:
                    tally.unfinished = True
                    return tally
        return tally

    def _judge(self, folder: Folder[Key], key: Key, glance: Glance) -> Outcome | None:
        """How the handing over ended; None when the mail has gone."""
        if glance.size > self._rules.max_bytes:
            return self._told(key, Outcome.TOO_LARGE)
        if not self._may_be_ours(glance.fields):
            return self._told(key, Outcome.UNKNOWN_RECIPIENT)
        if (content := folder.content(key)) is None:
            return None
        if len(content) > self._rules.max_bytes:
            return self._told(key, Outcome.TOO_LARGE)
        try:
            paths = self._recipients(parse(content))
        except MailError:
            paths = ()
        else:
            if not paths:
                return self._told(key, Outcome.UNKNOWN_RECIPIENT)
        receipts = [
            self._hand_over(_mail(folder.ingress, content, group, glance.arrived))
            for group in one_account_each(paths)
        ]
        return self._told(key, *together(receipts))

    @staticmethod
    def _told(key: Key, outcome: Outcome, mail: str = "") -> Outcome:
        _log.info("mail %s, %r in the folder: %s", mail or "-", key, outcome.value)
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

    def _file(self, folder: Folder[Key], key: Key, outcome: Outcome) -> None:
        """It is durable by now, or never will be."""
        filing = TABLE[outcome].filing
        if filing is Filing.LEFT:
            self._later(key)
            return
        if not folder.file(key, filing):
            self._memory.settled.add(key)
        self._memory.left.pop(key, None)

    def _later(self, key: Key) -> None:
        tries = self._memory.left.get(key, (0, 0.0))[0] + 1
        wait = delay(f"{self._memory.validity}/{key!r}", tries, first=self._rules.retry_seconds)
        self._memory.left[key] = tries, self._now() + wait
