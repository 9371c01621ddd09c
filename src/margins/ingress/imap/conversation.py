"""Commands and their answers (RFC 3501 s2.2)."""

from __future__ import annotations

from margins.errors import Unavailable
from margins.ingress.imap.response import Response, read_response
from margins.ingress.imap.rules import Rules
from margins.ingress.imap.wire import Wire

__all__ = ["Conversation"]

_MOST_RESPONSES = 10_000  # to one command


class Conversation:
    """Every method raises Unavailable when the server is silent, slow, gone or not to be
    understood, and Stopped when we are told to stop; the conversation is over then.

    Attributes:
        able: what the server can do, in capitals.
        news: mail has come since this was last set to False.
    """

    def __init__(self, wire: Wire, rules: Rules) -> None:
        self.wire = wire
        self.rules = rules
        self.able: frozenset[bytes] = frozenset()
        self.news = False
        self._count = 0

    def tag(self) -> bytes:
        """Of the next command."""
        self._count += 1
        return b"m%d" % self._count

    def expect(self) -> None:
        """What comes is an ordinary answer."""
        self.wire.expect(seconds=self.rules.command_seconds, most=self.rules.memory)

    def next(self) -> Response:
        """The next response, whatever it belongs to."""
        response = read_response(self.wire)
        if response.word == b"EXISTS":
            self.news = True
        if response.word == b"BYE" and response.tag == b"*":
            raise Unavailable(
                f"The mail server says goodbye: {response.said}.", place=self.rules.place
            )
        return response

    def ask(
        self,
        command: bytes,
        *,
        then: bytes = b"",
        seconds: float = 0.0,
        most: int = 0,
        stoppable: bool = True,
    ) -> tuple[Response, list[Response]]:
        """The tagged response, and those before it.

        Args:
            then: what is said when the server asks to go on.
        """
        rules = self.rules
        tag = self.tag()
        self.wire.expect(
            seconds=seconds or rules.command_seconds,
            most=most or rules.memory,
            stoppable=stoppable,
        )
        self.wire.send(tag + b" " + command + b"\r\n")
        found: list[Response] = []
        while len(found) < _MOST_RESPONSES:
            response = self.next()
            if response.tag == tag:
                return response, found
            if response.tag == b"+" and then:
                self.wire.send(then + b"\r\n")
                then = b""
            elif response.tag == b"*":
                found.append(response)
            else:
                break
        raise Unavailable("The mail server answers what was not asked.", place=rules.place)

    def done(self, command: bytes, *, most: int = 0, stoppable: bool = True) -> list[Response]:
        """The responses to a command that must succeed."""
        seconds = self.rules.content_seconds if most else 0.0
        end, found = self.ask(command, seconds=seconds, most=most, stoppable=stoppable)
        if end.word != b"OK":
            raise Unavailable(
                f"The mail server refuses {command.partition(b'(')[0].decode('ascii')!r}: "
                f"{end.said}.",
                place=self.rules.place,
            )
        return found

    def learn(self) -> None:
        """Ask what the server can do."""
        said = self.done(b"CAPABILITY")
        words = [r.pieces[0].upper().split() for r in said if r.word == b"CAPABILITY"]
        self.able = frozenset(word for each in words for word in each)
