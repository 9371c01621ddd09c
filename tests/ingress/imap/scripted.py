"""An IMAP server that answers what a test tells it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = bytes | Callable[[socket.socket], None]

HEADER = b"To: notes@in.example\r\n\r\n"
CONTENT = b"From: ada@legit.example\r\nTo: notes@in.example\r\n\r\nNotes.\r\n"


def fetched(body: bytes, *, uid: int = 7, size: int = 0, name: bytes = b"BODY[]") -> bytes:
    """A FETCH response."""
    said = b"* 1 FETCH (UID %d RFC822.SIZE %d %s {%d}\r\n" % (uid, size, name, len(body))
    return said + body + b")\r\n"


@dataclass
class Scripted:
    """Answers by the first words of a command; what is not told is OK and nothing else.

    Attributes:
        answers: sent before `tag OK`; one that begins with NO, BAD or OK is the tagged answer; a
            function gets the connection, and no more is said.
        said: every command, without its tag.
    """

    port: int = 0
    greeting: Answer = b"* OK ready\r\n"
    answers: dict[str, Answer] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def _answer(self, connection: socket.socket, tag: bytes, command: str) -> None:
        known = [words for words in self.answers if command.startswith(words)]
        answer = self.answers[max(known, key=len)] if known else b""
        if callable(answer):
            answer(connection)
        elif answer.startswith((b"NO", b"BAD", b"OK")):
            connection.sendall(tag + b" " + answer + b"\r\n")
        else:
            connection.sendall(answer + tag + b" OK done\r\n")

    def serve(self, connection: socket.socket) -> None:
        """One session."""
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            if callable(self.greeting):
                self.greeting(connection)
            else:
                connection.sendall(self.greeting)
            for line in lines:
                tag, _, command = line.strip().partition(b" ")
                self.said.append(command.decode())
                self._answer(connection, tag, command.decode())


def usual() -> dict[str, Answer]:
    """One mail waits, of a server that can do all that is asked."""
    return {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\n",
        "SELECT": b"* OK [PERMANENTFLAGS (\\Seen \\*)] yes\r\n* OK [UIDVALIDITY 1] yes\r\n",
        "UID SEARCH": b"* SEARCH 7\r\n",
        "UID FETCH 7 (UID RFC822.SIZE": fetched(
            HEADER, size=len(CONTENT), name=b"BODY[HEADER.FIELDS (TO CC)]<0>"
        ),
        "UID FETCH 7 (UID BODY.PEEK[])": fetched(CONTENT),
    }


@contextmanager
def scripted(**changed: Answer) -> Iterator[Scripted]:
    """A context: inside it a server answers as usual, but for what a test changes.

    Args:
        changed: answers by command, spaces as underscores.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(listener.getsockname()[1], answers=usual())
        server.answers |= {words.replace("_", " "): said for words, said in changed.items()}

        def run() -> None:
            with suppress(OSError):
                while True:
                    server.serve(listener.accept()[0])

        threading.Thread(target=run, daemon=True).start()
        yield server
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
