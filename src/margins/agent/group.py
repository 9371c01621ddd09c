"""Group commit: mails that arrive together are made durable together, then answered together."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from margins.agent.agent import Agent
from margins.agent.facts import looks_up
from margins.agent.judges import Judges
from margins.agent.receive import Admission, Receipt, admit, commit
from margins.mail.envelope import MailObject
from margins.mail.peer import origin
from margins.mail.reply import Outcome

__all__ = ["GroupCommit"]

_log = logging.getLogger("margins.agent")
_Waiting = tuple[Admission, "Future[Receipt]"]
_LARGE = 256 * 1024  # bytes that are not read through while the caller waits
_FAILED = Receipt(outcome=Outcome.UNAVAILABLE, reason="internal error")
_STOPPING = Receipt(outcome=Outcome.UNAVAILABLE, reason="shutting down")


class GroupCommit:
    """Mails are judged as they come; one thread commits all that wait as one batch.

    While one batch is on its way to the disk the next one gathers: the busier it is, the fewer
    syncs each mail costs, and a lone mail never waits for company.

    Args:
        agent: whose store and ledger keep the mails.
        accepted: called after a batch in which something was accepted.
        most: mails in one batch.
        judges: mails judged at a time that wait, perhaps for seconds, for another machine; one
            sender has a quarter of them.
        near: the registry of senders is on this machine. Mails that need no look-up are then judged
            while the caller waits: less than a millisecond, and no thread has to be woken.
    """

    def __init__(
        self,
        agent: Agent,
        accepted: Callable[[], None],
        *,
        most: int = 64,
        judges: int = 32,
        near: bool = False,
    ) -> None:
        self._agent = agent
        self._accepted = accepted
        self._most = most
        self._near = near
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._judges = Judges(judges)
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        """Begin taking mails."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is judged, then end. Nothing can be submitted any more.

        Mails that still wait for a judge are answered that they should come again.
        """
        self._judges.close()
        self._queue.put(None)
        self._thread.join()

    def submit(self, mail: MailObject) -> Future[Receipt]:
        """Hand over one mail; the receipt comes when it is durable, or when it will not be."""
        future: Future[Receipt] = Future()
        # Nobody can cancel it from here on: a peer may go away, its mail is finished all the same.
        future.set_running_or_notify_cancel()
        if self._near and len(mail.content) <= _LARGE and not looks_up(self._agent, mail):
            self._judge(mail, future)
        else:
            self._judges.submit(
                origin(mail.envelope.peer),
                partial(self._judge, mail, future),
                partial(future.set_result, _STOPPING),
            )
        return future

    def _judge(self, mail: MailObject, future: Future[Receipt]) -> None:
        try:
            self._queue.put((admit(self._agent, mail), future))
        except Exception:  # noqa: BLE001
            # A bug of ours must not refuse a mail for good: the peer keeps it and tries again.
            _log.exception("a mail could not be judged")
            future.set_result(_FAILED)

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """All that is waiting, at least one; and whether to go on after it."""
        batch: list[_Waiting] = []
        while len(batch) < self._most:
            try:
                item = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if item is None:
                return batch, False
            batch.append(item)
        return batch, True

    def _receipts(self, batch: list[_Waiting]) -> list[Receipt]:
        try:
            return commit(self._agent, [admission for admission, _ in batch])
        except Exception:  # noqa: BLE001
            # Nothing is known to be durable, so nothing may be acknowledged: the peers try again.
            _log.exception("a batch of %d mails could not be committed", len(batch))
            return [_FAILED] * len(batch)

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._gather()
            receipts = self._receipts(batch)
            for (_, future), receipt in zip(batch, receipts, strict=True):
                future.set_result(receipt)
            if any(r.outcome is Outcome.ACCEPTED for r in receipts):
                self._accepted()
