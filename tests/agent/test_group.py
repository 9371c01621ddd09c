"""Group commit: many mails, few commits, every receipt to the right mail."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from desk import READER, Desk, export, mail

from margins.agent.group import GroupCommit
from margins.errors import NoSpace
from margins.mail import Envelope, MailObject, Outcome
from margins.ports.resolver import RecordType


def _broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def _object(content: bytes, *, trusted: bool = True, peer: str = "") -> MailObject:
    envelope = Envelope(
        reverse_path=READER, forward_paths=("import@localhost",), trusted=trusted, peer=peer
    )
    return MailObject(envelope=envelope, content=content)


def test_each_mail_gets_its_own_receipt(desk: Desk) -> None:
    """Of a hundred mails at once, strangers' ones are refused and all others accepted."""
    woken = threading.Event()
    group = GroupCommit(desk.agent, woken.set)
    group.start()
    authors = [READER if n % 3 else "stranger@example.net" for n in range(100)]
    futures = [
        group.submit(_object(mail(export(f"Number {n}."), author=author)))
        for n, author in enumerate(authors)
    ]
    outcomes = [future.result(10).outcome for future in futures]
    group.stop()
    wanted = {READER: Outcome.ACCEPTED, "stranger@example.net": Outcome.UNKNOWN_SENDER}
    assert outcomes == [wanted[author] for author in authors]
    assert woken.is_set()


def test_a_peer_that_does_not_wait_stops_nobody(desk: Desk) -> None:
    """Who goes away before the receipt is there takes back nothing, and the next mail is taken."""
    group = GroupCommit(desk.agent, lambda: None)
    gone = group.submit(_object(mail(export("Gone."))))
    assert not gone.cancel()
    group.start()
    assert group.submit(_object(mail(export("Here.")))).result(10).outcome is Outcome.ACCEPTED
    assert gone.result(10).outcome is Outcome.ACCEPTED
    group.stop()


def test_stopping_answers_what_was_submitted(desk: Desk) -> None:
    """No mail that was handed over is left without an answer."""
    group = GroupCommit(desk.agent, lambda: None)
    futures = [group.submit(_object(mail(export(f"Number {n}.")))) for n in range(20)]
    group.start()
    group.stop()
    assert all(future.done() for future in futures)


def test_a_large_mail_does_not_take_the_small_ones_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a batch does not fit on the disk, its mails are tried one by one."""
    put_many = desk.store.put_many

    def small_disk(contents: list[bytes]) -> list[str]:
        if sum(map(len, contents)) > 20_000:
            raise NoSpace("The disk is full.")
        return put_many(contents)

    monkeypatch.setattr(desk.store, "put_many", small_disk)
    group = GroupCommit(desk.agent, lambda: None)
    futures = [group.submit(_object(mail(export("x" * n)))) for n in (10, 30_000, 20)]
    group.start()
    outcomes = [future.result(10).outcome for future in futures]
    group.stop()
    assert outcomes == [Outcome.ACCEPTED, Outcome.NO_SPACE, Outcome.ACCEPTED]


class _Silent:
    """Name servers that answer nothing until they are told to."""

    def __init__(self) -> None:
        self.free = threading.Event()

    def texts(self, name: str) -> tuple[bytes, ...]:  # noqa: ARG002
        self.free.wait(10)
        return ()

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:  # noqa: ARG002
        self.free.wait(10)
        return ()


def test_nobody_waits_for_the_name_servers_of_others(desk: Desk) -> None:
    """However many mails of strangers are being looked up, those of trusted peers are taken."""
    resolver = _Silent()
    group = GroupCommit(replace(desk.agent, resolver=resolver), lambda: None, judges=2, near=True)
    group.start()
    waiting = [group.submit(_object(mail(export(f"Number {n}.")), trusted=False)) for n in range(5)]
    taken = group.submit(_object(mail(export("Here."))))
    assert taken.result(5).outcome is Outcome.ACCEPTED
    assert not any(future.done() for future in waiting)
    resolver.free.set()
    group.stop()
    assert all(future.done() for future in waiting)


def test_who_waits_for_a_judge_is_not_waited_for(desk: Desk) -> None:
    """Of mails behind silent name servers a stop ends those in judgement; the rest come again."""
    resolver = _Silent()
    group = GroupCommit(replace(desk.agent, resolver=resolver), lambda: None, judges=1, near=True)
    group.start()
    waiting = [group.submit(_object(mail(export(f"Number {n}.")), trusted=False)) for n in range(9)]
    threading.Timer(0.2, resolver.free.set).start()
    group.stop()
    assert {future.result(0).outcome for future in waiting[1:]} == {Outcome.UNAVAILABLE}
    assert desk.ledger.entries() == [] or len(desk.ledger.entries()) == 1


def test_a_bug_defers_and_the_group_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception nobody expected is answered 451 and stops neither thread."""
    group = GroupCommit(desk.agent, lambda: None)
    group.start()
    with monkeypatch.context() as patch:
        patch.setattr(desk.ledger, "record_many", _broken)
        failed = group.submit(_object(mail(export("One.")))).result(10)
    good = group.submit(_object(mail(export("One.")))).result(10)
    group.stop()
    assert (failed.outcome, good.outcome) == (Outcome.UNAVAILABLE, Outcome.ACCEPTED)
