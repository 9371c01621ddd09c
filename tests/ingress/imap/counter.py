"""An agent with every port in memory that knows one reader, and looks into a mailbox."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from dovecot import PASSWORD, Mailbox
from reader import TO, Reader

from margins.agent.fetching import Collector, Fetcher, Tally
from margins.agent.receive import Receipt, receive
from margins.ingress.imap import Rules, Session, open_session
from margins.mail import MailObject


@dataclass(kw_only=True)
class Counter(Reader):
    """What mail is handed over at."""

    mailbox: Mailbox
    collector: Collector[int] | None = None
    stop: Event = field(default_factory=Event)

    def rules(self, **changes: object) -> Rules:
        """For this mailbox."""
        chosen = {
            "host": "127.0.0.1",
            "port": self.mailbox.port,
            "user": self.mailbox.user,
            "password": PASSWORD,
            "addresses": (TO,),
            "tls": False,
            "max_bytes": 100_000,
        }
        return Rules(**{**chosen, **changes})

    def session(self, **changes: object) -> AbstractContextManager[Session]:
        """A session with the folder open."""
        return open_session(self.rules(**changes), self.stop)

    def look(
        self, hand_over: Callable[[MailObject], Receipt] | None = None, **changes: object
    ) -> Tally:
        """Look once into the mailbox."""
        rules = self.rules(**changes)
        hand_over = hand_over or partial(receive, self.agent)
        if self.collector is None:
            self.collector = Collector(rules, hand_over, now=lambda: self.now)
        with open_session(rules, self.stop) as session:
            return self.collector.collect(session)

    def fetcher(self, rules: Rules) -> Fetcher[int]:
        """As it runs in the service."""
        return Fetcher("imap", rules, partial(open_session, rules), self.submit)

    def restart(self) -> None:
        """Forget what a new process does not know."""
        self.collector = None
