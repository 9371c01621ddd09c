"""Bytes to and from an IMAP server within bounds: of memory, of time, of being told to stop."""

from __future__ import annotations

import socket
import ssl
import time
from threading import Event

from margins.agent.fetching import Stopped
from margins.errors import ConfigError, Unavailable
from margins.ingress.imap.rules import Rules
from margins.mail.peer import Patience

__all__ = ["Wire", "connect"]

_CONNECT_SECONDS = 10.0
_SEND_SECONDS = 10.0
_POLL_SECONDS = 0.2  # after which it is seen that we are to stop
_BLOCK = 64 * 1024


class Wire:
    """One connection. Every wait in it ends in time, with Unavailable or Stopped."""

    def __init__(self, connection: socket.socket, rules: Rules, stop: Event) -> None:
        self._socket = connection
        self._rules = rules
        self._stop = stop
        self._buffer = bytearray()
        self._stoppable = True
        self._left = 0
        self._until = self._overdue = 0.0
        self._patience = Patience(rules.rate)
        connection.settimeout(_POLL_SECONDS)

    def expect(self, *, seconds: float, most: int, stoppable: bool = True) -> None:
        """What comes from here on is one answer, and has so much time and memory.

        Args:
            stoppable: False for what should be finished although we are to stop.
        """
        now = time.monotonic()
        self._until, self._left, self._stoppable = now + seconds, most, stoppable
        self._patience = Patience(self._rules.rate)
        self._overdue = self._patience.earn(0, now=now, most=self._rules.grace)

    def send(self, data: bytes) -> None:
        """Send what is small enough for any buffer.

        Raises:
            Unavailable: it did not go out.
        """
        try:
            self._socket.settimeout(_SEND_SECONDS)
            self._socket.sendall(data)
            self._socket.settimeout(_POLL_SECONDS)
        except OSError as error:
            raise self._lost(error) from error

    def line(self) -> bytes:
        """The next line, without its ending."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            self._receive()
        found = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return found

    def literal(self, size: int) -> bytes:
        """The next bytes, so many.

        Raises:
            Unavailable: that is more than was expected; none of them is received.
        """
        if size - len(self._buffer) > self._left:
            raise self._flooded()
        while len(self._buffer) < size:
            self._receive()
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def ready(self, seconds: float) -> bool:
        """True once something has come, False when nothing has in this time."""
        self.expect(seconds=seconds, most=self._rules.memory)
        while not self._buffer:
            if time.monotonic() >= self._until:
                return False
            self._poll()
        return True

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> None:
        """Wait until there is more in the buffer."""
        while True:
            if time.monotonic() >= min(self._until, self._overdue):
                raise Unavailable("The mail server is too slow.", place=self._rules.place)
            if self._poll():
                return

    def _poll(self) -> bool:
        """True when something came within a moment."""
        if self._stop.is_set() and self._stoppable:
            raise Stopped
        try:
            block = self._socket.recv(_BLOCK)
        except TimeoutError:
            return False
        except OSError as error:
            raise self._lost(error) from error
        if not block:
            raise self._lost("it was closed at the other end")
        self._left -= len(block)
        if self._left < 0:
            raise self._flooded()
        self._buffer += block
        now = time.monotonic()
        self._overdue = self._patience.earn(len(block), now=now, most=self._rules.grace)
        return True

    def _lost(self, why: object) -> Unavailable:
        return Unavailable(
            f"The connection to the mail server was lost: {why}.", place=self._rules.place
        )

    def _flooded(self) -> Unavailable:
        return Unavailable(
            "The mail server answers with more than was asked for.", place=self._rules.place
        )


def _secured(plain: socket.socket, rules: Rules) -> socket.socket:
    """The same connection in TLS, its certificate checked.

    Raises:
        ConfigError: there is no TLS, or the certificate is not that of this name.
        OSError
    """
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=rules.host)
    except ssl.SSLCertVerificationError as error:
        raise ConfigError(
            f"The certificate of the mail server cannot be believed: {error.verify_message}.",
            place=rules.place,
            remedy="imap_host must be the name in it; the password is not sent to anybody else.",
        ) from error
    except ssl.SSLError as error:
        raise ConfigError(
            f"The mail server speaks no TLS there: {error.reason or error}.",
            place=rules.place,
            remedy="Set imap_port to its port for TLS from the first byte on, mostly 993.",
        ) from error


def connect(rules: Rules, stop: Event) -> Wire:
    """A connection to the server.

    Raises:
        ConfigError: it speaks no TLS, or somebody else answers.
        Unavailable: nobody answers.
    """
    plain = None
    try:
        plain = socket.create_connection((rules.host, rules.port), _CONNECT_SECONDS)
        return Wire(_secured(plain, rules) if rules.tls else plain, rules, stop)
    except (OSError, ConfigError) as error:
        if plain is not None:
            plain.close()
        if isinstance(error, ConfigError):
            raise
        raise Unavailable(
            f"The mail server does not answer: {error}.",
            place=rules.place,
            remedy="Check imap_host and imap_port, and that this machine is connected.",
        ) from error
