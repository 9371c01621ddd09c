"""Servers that answer wrongly, endlessly or not at all: bounded in time and memory, always."""

from __future__ import annotations

import socket
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Event, Timer

import pytest
from scripted import CONTENT, HEADER, Answer, Scripted, fetched, scripted

from margins.agent.fetching import Collector, Fetcher, Stopped, Tally
from margins.agent.receive import Receipt
from margins.errors import ConfigError, MarginsError, Refused, Unavailable
from margins.ingress.imap import Rules, open_session
from margins.mail import MailObject, Outcome

ACCEPTED = Receipt(outcome=Outcome.ACCEPTED, reason="")
REFUSED = Receipt(outcome=Outcome.UNAUTHENTICATED, reason="")


SHORT = {"command_seconds": 0.2, "content_seconds": 0.2, "grace": 0.1}
_WHOLE = "UID_FETCH_7_(UID_BODY.PEEK[])"


def _name(answer: Answer) -> str:
    return answer.__name__ if callable(answer) else repr(answer[:24])


def rules(server: Scripted, **changes: object) -> Rules:
    """Little memory."""
    chosen = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": "ada",
        "password": "hush hush",
        "addresses": ("notes@in.example",),
        "tls": False,
        "max_bytes": 10_000,
        "memory": 100_000,
    }
    return Rules(**{**chosen, **changes})


def look(
    server: Scripted,
    hand_over: Callable[[MailObject], Receipt] = lambda _: ACCEPTED,
    **changes: object,
) -> Tally:
    """Look once into the mailbox of the server."""
    chosen = rules(server, **changes)
    with open_session(chosen, Event()) as session:
        return Collector(chosen, hand_over).collect(session)


def endless(block: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """The same again and again, until the other side has had enough."""

    def send(connection: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection.sendall(block)
                time.sleep(pause)

    return send


def silent(connection: socket.socket) -> None:
    """Listen, and say nothing."""
    with suppress(OSError):
        while connection.recv(4096):
            pass


def test_the_script_is_a_mailbox() -> None:
    """As it stands one mail is taken."""
    with scripted() as server:
        assert look(server).outcomes == [Outcome.ACCEPTED]
        assert "UID STORE 7 +FLAGS.SILENT ($MarginsTaken)" in server.said


@pytest.mark.parametrize("command", ["greeting", "UID_SEARCH", _WHOLE])
@pytest.mark.parametrize(
    "answer",
    [
        silent,
        endless(b"* OK still here\r\n", 0.02),
        endless(b"x" * 65_536),
        b"* 1 FETCH (UID 7 BODY[] {4000000000}\r\n",
        b"\0\xff\r\n",
        b"m999 OK of another command\r\n",
        b"+ go on\r\n",
        b"* BYE for today\r\n",
        b"NO not now",
    ],
    ids=_name,
)
def test_a_hostile_answer_ends_the_session(command: str, answer: Answer) -> None:
    """In a moment and little memory, with a sentence; nothing is filed."""
    with scripted(**({} if command == "greeting" else {command: answer})) as server:
        if command == "greeting":
            server.greeting = answer
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            look(server, memory=10_000, **SHORT)
        took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert took < 2
        assert peak < 4_000_000
        assert not [said for said in server.said if said.startswith(("UID STORE", "UID MOVE"))]


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 7 BODY[] {99999999999999999999}\r\n",
        b"* 1 FETCH " + b"(" * 50_000 + b"\r\n",
        b'* 1 FETCH (UID "' + b"\\" * 50_000 + b"\r\n",
        b"* 1 FETCH (UID {3}\r\n7))\r\n",
        b"* 1 FETCH (UID 7 BODY[])\r\n",
        b"* 1 FETCH ((UID) 7)\r\n",
        b"* 1 FETCH UID\r\n",
        b"* 1 EXISTS\r\n" * 11_000,
    ],
    ids=_name,
)
def test_a_mail_in_words_nobody_understands(answer: bytes) -> None:
    """It ends the session, and the mail has to wait so that others do not."""
    with scripted(**{_WHOLE: answer}) as server:
        chosen = rules(server, max_bytes=200_000)
        collector = Collector(chosen, lambda _: ACCEPTED)
        with pytest.raises(Unavailable), open_session(chosen, Event()) as session:
            collector.collect(session)
        assert 0 < collector.due < 3


def test_a_mail_larger_than_the_server_said_is_not_received() -> None:
    """It does not hold up the others: it is tried again later."""
    with scripted(**{_WHOLE: fetched(b"x" * 90_000)}) as server:
        chosen = rules(server)
        collector = Collector(chosen, lambda _: ACCEPTED)
        said = pytest.raises(Unavailable, match="more than was asked")
        with said, open_session(chosen, Event()) as session:
            collector.collect(session)
        assert 0 < collector.due < 3
        with open_session(chosen, Event()) as session:
            assert collector.collect(session).outcomes == []


def test_a_giant_is_refused_unread() -> None:
    """Its size is looked at first."""
    with scripted() as server:
        server.answers["UID FETCH 7 (UID RFC822.SIZE"] = fetched(HEADER, size=10_001)
        assert look(server).outcomes == [Outcome.TOO_LARGE]
        assert not [said for said in server.said if "BODY.PEEK[]" in said]


def test_mails_that_were_not_asked_for_are_not_looked_at() -> None:
    """Nor those that have gone in the meantime."""
    with scripted() as server:
        server.answers["UID FETCH 7 (UID RFC822.SIZE"] = fetched(HEADER, uid=8)
        assert look(server).outcomes == []
        server.answers["UID FETCH 7 (UID RFC822.SIZE"] = fetched(HEADER)
        server.answers["UID FETCH 7 (UID BODY.PEEK[])"] = b"* 1 FETCH (UID 7 BODY[] NIL)\r\n"
        assert look(server).outcomes == []


@pytest.mark.parametrize("receipt", [ACCEPTED, REFUSED])
def test_a_folder_without_keywords(receipt: Receipt) -> None:
    """\\Seen stands for both, and what is unseen is looked for."""
    with scripted(SELECT=b"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] few\r\n") as server:
        look(server, lambda _: receipt)
        assert "UID SEARCH UNDELETED UNSEEN" in server.said
        assert "UID STORE 7 +FLAGS.SILENT (\\Seen)" in server.said


def test_a_mark_that_is_forgotten_is_not_put_again_and_again() -> None:
    """While the process runs the mail is known by its number, until the folder is numbered anew."""
    with scripted() as server:
        chosen, handed = rules(server), []
        collector = Collector(chosen, lambda mail: handed.append(mail) or REFUSED)
        for _ in range(3):
            with open_session(chosen, Event()) as session:
                collector.collect(session)
        assert len(handed) == 1
        server.answers["SELECT"] = (
            b"* OK [PERMANENTFLAGS (\\*)] yes\r\n* OK [UIDVALIDITY 2] anew\r\n"
        )
        with open_session(chosen, Event()) as session:
            collector.collect(session)
        assert [mail.content for mail in handed] == [CONTENT] * 2


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"LOGIN": b"NO [AUTHENTICATIONFAILED] hush hush is wrong"}, Refused, "*** is wrong"),
        ({"LOGIN": b"NO [UNAVAILABLE] try later"}, Unavailable, "try later"),
        ({"CAPABILITY": b"* CAPABILITY LOGINDISABLED\r\n"}, Refused, "takes no password"),
        ({"SELECT": b"OK [READ-ONLY] look, do not touch"}, ConfigError, "only be read"),
        ({"SELECT": b"NO no such folder"}, ConfigError, "no folder 'INBOX'"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    changed: dict[str, Answer], kind: type[MarginsError], said: str
) -> None:
    """With a remedy where the operator has one, and never with the password."""
    with scripted(**changed) as server, pytest.raises(kind) as raised:
        look(server)
    assert said in str(raised.value)
    assert raised.value.remedy or kind is Unavailable
    assert "hush" not in str(raised.value)


def test_a_password_beyond_ascii_needs_a_better_way_in() -> None:
    """AUTHENTICATE PLAIN carries it; LOGIN does not."""
    with scripted() as server, pytest.raises(ConfigError, match="only ASCII"):
        look(server, password="häsch")
    with scripted(
        CAPABILITY=b"* CAPABILITY AUTH=PLAIN\r\n",
        AUTHENTICATE=lambda connection: connection.sendall(b"+ \r\n"),
    ) as server:
        server.answers["AGhpbW1lbABow6RzY2g="] = b""
        with suppress(Unavailable):
            look(server, user="himmel", password="häsch")
    assert server.said[1] == "AUTHENTICATE PLAIN"


@pytest.mark.parametrize("command", ["greeting", "UID_SEARCH", "IDLE", "UID_STORE"])
def test_a_stop_is_not_held_up(command: str) -> None:
    """By a server that says nothing, wherever it is silent; a mark in hand has little time."""
    with scripted(**({} if command == "greeting" else {command: silent})) as server:
        if command == "greeting":
            server.greeting = silent
        chosen = rules(server, grace=0.3 if command == "UID_STORE" else 30.0)
        fetcher = Fetcher("imap", chosen, partial(open_session, chosen), _taken)
        fetcher.start()
        time.sleep(0.15)
        began = time.monotonic()
        fetcher.stop(seconds=5)
        assert time.monotonic() - began < 1.5


def _taken(_: MailObject) -> Future[Receipt]:

    future: Future[Receipt] = Future()
    future.set_result(ACCEPTED)
    return future


def test_a_stop_while_signing_in() -> None:
    """The caller is told."""
    stop = Event()
    Timer(0.1, stop.set).start()
    with (
        scripted(LOGIN=silent) as server,
        pytest.raises(Stopped),
        open_session(rules(server), stop),
    ):
        pass


def test_nobody_answers() -> None:
    """The settings to look at are named."""
    with scripted() as server:
        gone = rules(server)
    with pytest.raises(Unavailable, match="imap_host"), open_session(gone, Event()):
        pass
