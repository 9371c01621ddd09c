"""A name server with a zone from memory, over real UDP and TCP sockets on loopback."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from margins.testing.resolver import Zone

__all__ = ["NameServer", "serve"]

_LARGEST_DATAGRAM = 1_232
_LARGEST = 65_535
_STRING = 255


def _presentation(kind: str, data: str | bytes) -> str:
    """A record in the text form of zone files (RFC 1035 s5.1)."""
    if kind in ("A", "AAAA"):
        return str(data)
    text = data if isinstance(data, bytes) else data.encode()
    if kind != "TXT":
        return f"{text.decode()}."
    strings = [text[i : i + _STRING] for i in range(0, len(text), _STRING)] or [b""]
    return " ".join('"' + "".join(f"\\{byte:03d}" for byte in s) + '"' for s in strings)


class NameServer:
    """What the server says, and what it was asked.

    Attributes:
        port: of both sockets.
        asked_by_tcp: questions that came again because their answer did not fit a datagram.
    """

    def __init__(self, zone: Zone, silent: Collection[str], broken: Collection[str]) -> None:
        self._zone, self._silent, self._broken = zone, silent, broken
        self.port = 0
        self.asked_by_tcp = 0

    def reply(self, wire: bytes, limit: int) -> bytes:
        """The reply to one question, cut down to its header where it is too large; or nothing."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name in self._silent:
            return b""
        response = dns.message.make_response(query)
        if name in self._broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self._zone:
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._fill(response, name, dns.rdatatype.to_text(question.rdtype))
        answer = response.to_wire(max_size=_LARGEST)
        if len(answer) > limit:
            response.answer.clear()
            response.flags |= dns.flags.TC
            return response.to_wire()
        return answer

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        """The records asked for, behind the aliases that lead to them."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            records = self._zone.get(name, ())
            aliases = [str(data) for found, data in records if found == "CNAME"]
            wanted = "CNAME" if aliases else kind
            texts = [_presentation(found, data) for found, data in records if found == wanted]
            if texts:
                response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", wanted, *texts))
            name = aliases[0] if aliases else name


def _udp(server: NameServer) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            if reply := server.reply(wire, _LARGEST_DATAGRAM):
                socket.sendto(reply, self.client_address)

    return Handler


def _tcp(server: NameServer) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            server.asked_by_tcp += 1
            if reply := server.reply(self.rfile.read(length), _LARGEST):
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    return Handler


@contextmanager
def _running(listener: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown()
        thread.join()


@contextmanager
def serve(
    zone: Zone,
    *,
    silent: Collection[str] = (),
    broken: Collection[str] = (),
    address: tuple[str, int] = ("127.0.0.1", 0),
) -> Iterator[NameServer]:
    """Serve a zone on one port for the length of the block; port 0 is any free one.

    Args:
        silent: names about which questions are never answered.
        broken: names about which the answer is SERVFAIL.
    """
    server = NameServer(zone, silent, broken)
    with ExitStack() as stack:
        tcp = stack.enter_context(socketserver.TCPServer(address, _tcp(server)))
        server.port = tcp.server_address[1]
        address = (address[0], server.port)
        udp = stack.enter_context(socketserver.UDPServer(address, _udp(server)))
        stack.enter_context(_running(tcp))
        stack.enter_context(_running(udp))
        yield server
