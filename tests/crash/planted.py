"""Starts the service with a bug in it: `planted.py BUG python -m margins.cli serve`.

The harness must see each of these; a harness that sees nothing proves nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from secrets import token_hex
from threading import Timer

from margins.agent import deliver, group
from margins.agent.receive import Receipt
from margins.cli import main
from margins.mail.envelope import MailObject
from margins.mail.reply import Outcome
from margins.plan import StoredNotebook
from margins.sink import graphql
from margins.sink.graphql import GraphQLSink


def acknowledge_first() -> None:
    """250 at once; what is in memory is stored a moment later, as write-behind caches do."""
    submit = group.GroupCommit.submit

    def hasty(self: group.GroupCommit, mail: MailObject) -> Future[Receipt]:
        Timer(0.1, submit, (self, mail)).start()
        done: Future[Receipt] = Future()
        done.set_result(Receipt(outcome=Outcome.ACCEPTED, reason=""))
        return done

    group.GroupCommit.submit = hasty  # type: ignore[method-assign]


def no_idempotency_key() -> None:
    """Every attempt under another key."""
    deliver.idempotency_key = lambda entry: f"{entry.id}.{token_hex(8)}"


def no_reading_first() -> None:
    """Everything is written as if nothing were stored."""

    def fetch(
        self: GraphQLSink, account: str, publications: Sequence[object]
    ) -> list[StoredNotebook]:
        return [StoredNotebook() for _ in publications]

    GraphQLSink.fetch = fetch  # type: ignore[assignment,method-assign]


def no_turns() -> None:
    """Two workers may have mails of one account in hand at the same time.

    Not a bug by itself: the revision of the publication tells their plans apart.
    """
    from margins.ledger.sqlite import statements

    for name in ("TAKE_NEXT", "TAKE_ONE"):
        text = getattr(statements, name)
        setattr(statements, name, text.replace(statements._ACCOUNT_IS_FREE, "1"))


def no_turns_no_revisions() -> None:
    """And no plan says which state it was made for."""
    no_turns()
    notebook = graphql._notebook

    def forgetful(said: Mapping[str, object]) -> StoredNotebook:
        return replace(notebook(said), revision=None)

    graphql._notebook = forgetful


BUGS = {
    plant.__name__: plant
    for plant in (acknowledge_first, no_idempotency_key, no_reading_first, no_turns_no_revisions)
}
HARMLESS = {no_turns.__name__: no_turns}

if __name__ == "__main__":
    (BUGS | HARMLESS)[sys.argv[1]]()
    sys.exit(main(sys.argv[sys.argv.index("margins.cli") + 1 :]))
