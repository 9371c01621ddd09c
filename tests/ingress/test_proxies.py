"""Behind a load balancer (PROXY) or a mail server (XCLIENT, XFORWARD): whose word counts."""

from __future__ import annotations

import ipaddress
import socket
import struct

import pytest
from listening import LOOPBACK, TO, Peer, listening, rules

from margins.ingress.smtp.xclient import parse_xclient

CONTENT = b"From: ada@example.org\r\n\r\nHello\r\n"
CLIENT = "198.51.100.7"
V1 = f"PROXY TCP4 {CLIENT} 192.0.2.1 5000 25\r\n".encode()
_V2 = b"\r\n\r\n\x00\r\nQUIT\n"
V2 = (
    _V2
    + b"\x21\x11"
    + struct.pack("!H", 12)
    + socket.inet_aton(CLIENT)
    + socket.inet_aton("192.0.2.1")
    + struct.pack("!HH", 5000, 25)
)
V2_LOCAL = _V2 + b"\x20\x00\x00\x00"
CLIENTS = (ipaddress.ip_network("198.51.100.0/24"),)


@pytest.mark.parametrize(("header", "peer_seen"), [(V1, CLIENT), (V2, CLIENT)])
def test_a_load_balancer_names_the_peer(header: bytes, peer_seen: str) -> None:
    """Proof and trust go by the peer it names, not by the balancer's own address."""
    chosen = rules(proxies=LOOPBACK, trusted=LOOPBACK)
    with listening(chosen) as server, server.peer() as peer:
        peer.sock.sendall(header)
        assert peer.send(CONTENT).startswith("250")
        [mail] = server.mails
    assert (mail.envelope.peer, mail.envelope.trusted) == (peer_seen, False)


@pytest.mark.parametrize("header", [V2_LOCAL, b"PROXY UNKNOWN\r\n"])
def test_a_health_check_names_nobody(header: bytes) -> None:
    """Then the balancer itself is the peer."""
    with listening(rules(proxies=LOOPBACK)) as server, server.peer() as peer:
        peer.sock.sendall(header)
        assert peer.reply().startswith("220")


def test_the_header_is_required_of_a_balancer_and_nobody_else_may_send_it() -> None:
    """Without one a balancer is cut off; from another peer it is an unknown command."""
    with listening(rules(proxies=LOOPBACK)) as server, server.peer() as peer:
        peer.sock.sendall(b"EHLO x\r\n")
        assert peer.closed
    with listening(rules()) as server, server.peer() as peer:
        peer.sock.sendall(V1)
        assert peer.reply().startswith("220")
        assert peer.reply().startswith("500")
        assert peer.say("EHLO x", "MAIL FROM:<a@b.example>", f"RCPT TO:<{TO}>")[:3] == "250"
        assert peer.say("DATA", CONTENT + b".").startswith("250")
        assert server.mails[0].envelope.peer == "127.0.0.1"


def test_limits_bind_the_peer_behind_the_balancer() -> None:
    """A balancer may open any number of connections, each of its peers few."""
    with (
        listening(rules(proxies=LOOPBACK, connections_per_peer=1)) as server,
        server.peer() as one,
        server.peer() as two,
        server.peer() as three,
    ):
        one.sock.sendall(V1)
        assert one.reply().startswith("220")
        two.sock.sendall(V1)
        assert two.reply() == "421 4.7.0 Too many connections from your address"
        three.sock.sendall(V1.replace(b"198.51.100.7", b"198.51.100.8"))
        assert three.reply().startswith("220")


def _offers(peer: Peer) -> bytes:
    peer.reply()
    peer.sock.sendall(b"EHLO front.example\r\n")
    offered = b""
    while b"250 " not in offered:
        offered += peer.sock.recv(4096)
    return offered


def test_a_mail_server_in_front_speaks_for_its_peer() -> None:
    """XCLIENT gives SPF the real peer and its greeting; the peer is trusted only by its address."""
    with listening(rules(xclients=LOOPBACK, trusted=LOOPBACK)) as server, server.peer() as peer:
        assert b"XCLIENT NAME ADDR" in _offers(peer)
        assert peer.say(f"XCLIENT ADDR={CLIENT} HELO=mail.example.org NAME=[UNAVAILABLE]")[:3] == (
            "220"
        )
        assert peer.say("MAIL FROM:<ada@example.org>").startswith("503")
        peer.say("EHLO front.example", "MAIL FROM:<ada@example.org>", f"RCPT TO:<{TO}>", "DATA")
        assert peer.say(CONTENT + b".").startswith("250")
        envelope = server.mails[0].envelope
    assert (envelope.peer, envelope.helo) == (CLIENT, "mail.example.org")
    assert not envelope.trusted


def test_xclient_is_for_nobody_else() -> None:
    """A stranger is offered nothing and refused; he stays who he is, however he asks."""
    with listening(rules()) as server, server.peer() as peer:
        assert b"XCLIENT" not in _offers(peer)
        assert peer.say("XCLIENT ADDR=127.0.0.1").startswith("550")
        peer.say("MAIL FROM:<ada@example.org>", f"RCPT TO:<{TO}>", "DATA")
        assert peer.say(CONTENT + b".").startswith("250")
        assert server.mails[0].envelope.peer == "127.0.0.1"


def test_xclient_may_name_a_trusted_peer() -> None:
    """Only its word makes somebody trusted who is not at the other end of the connection."""
    with listening(rules(xclients=LOOPBACK, trusted=CLIENTS)) as server, server.peer() as peer:
        peer.reply()
        peer.say(f"XCLIENT ADDR={CLIENT}")
        peer.say("EHLO x", "MAIL FROM:<ada@example.org>", f"RCPT TO:<{TO}>", "DATA")
        peer.say(CONTENT + b".")
        assert server.mails[0].envelope.trusted


def _mail(peer: Peer) -> None:
    peer.say("MAIL FROM:<ada@example.org>", f"RCPT TO:<{TO}>", "DATA")
    assert peer.say(CONTENT + b".").startswith("250")


def test_a_mail_server_in_front_speaks_for_one_mail() -> None:
    """XFORWARD holds for the next mail only, in as many commands as it takes; RSET ends it too."""
    said = f"XFORWARD NAME=mail.example.org ADDR={CLIENT}"
    with listening(rules(xclients=LOOPBACK, trusted=LOOPBACK)) as server, server.peer() as peer:
        assert b"XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE" in _offers(peer)
        assert peer.say(said).startswith("250")
        assert peer.say("XFORWARD HELO=mail.example.org SOURCE=REMOTE").startswith("250")
        _mail(peer)
        _mail(peer)
        peer.say(said, "RSET")
        _mail(peer)
        peer.say("XFORWARD ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE]")
        _mail(peer)
        first, second, third, unknown = (mail.envelope for mail in server.mails)
    assert (first.peer, first.helo, first.trusted) == (CLIENT, "mail.example.org", False)
    for own in (second, third):
        assert (own.peer, own.helo, own.trusted) == ("127.0.0.1", "front.example", True)
    assert (unknown.peer, unknown.trusted) == ("", False)


@pytest.mark.parametrize("again", ["XCLIENT ADDR=127.0.0.1", "XFORWARD ADDR=127.0.0.1"])
def test_whom_a_front_has_named_names_nobody(again: str) -> None:
    """What he sends behind the front's XCLIENT is his own: he is not offered it, and refused."""
    with listening(rules(xclients=LOOPBACK, trusted=LOOPBACK)) as server, server.peer() as peer:
        peer.reply()
        assert peer.say(f"XCLIENT ADDR={CLIENT}").startswith("220")
        peer.sock.sendall(b"EHLO mallory.example\r\n")
        offered = b""
        while b"250 " not in offered:
            offered += peer.sock.recv(4096)
        assert b"XCLIENT" not in offered
        assert peer.say(again).startswith("550")
        _mail(peer)
        [mail] = server.mails
    assert (mail.envelope.peer, mail.envelope.trusted) == (CLIENT, False)


@pytest.mark.parametrize("again", ["XCLIENT ADDR=127.0.0.1", "XFORWARD ADDR=127.0.0.1"])
@pytest.mark.parametrize("header", [V1, V2])
def test_whom_a_load_balancer_has_named_names_nobody(header: bytes, again: str) -> None:
    """Although the balancer itself may say XCLIENT."""
    chosen = rules(proxies=LOOPBACK, xclients=LOOPBACK, trusted=LOOPBACK)
    with listening(chosen) as server, server.peer() as peer:
        peer.sock.sendall(header)
        assert b"XCLIENT" not in _offers(peer)
        assert peer.say(again).startswith("550")
        _mail(peer)
        [mail] = server.mails
    assert (mail.envelope.peer, mail.envelope.trusted) == (CLIENT, False)


def test_a_mail_server_behind_a_load_balancer_speaks_for_its_peer() -> None:
    """When it is itself listed, and then no longer; so does one behind another."""
    chosen = rules(proxies=LOOPBACK, xclients=CLIENTS)
    with listening(chosen) as server, server.peer() as peer:
        peer.sock.sendall(V1)
        assert b"XCLIENT" in _offers(peer)
        assert peer.say("XCLIENT ADDR=198.51.100.8").startswith("220")
        assert peer.say("XCLIENT ADDR=192.0.2.9").startswith("220")
        assert peer.say("XCLIENT ADDR=198.51.100.8").startswith("550")
        peer.say("EHLO x")
        _mail(peer)
        assert server.mails[0].envelope.peer == "192.0.2.9"


def test_an_unknown_peer_names_nobody() -> None:
    """A front that does not know who its peer is passes on a stranger's words all the same."""
    with listening(rules(xclients=LOOPBACK)) as server, server.peer() as peer:
        _offers(peer)
        assert peer.say("XCLIENT ADDR=[UNAVAILABLE]").startswith("220")
        assert peer.say("XCLIENT ADDR=127.0.0.1").startswith("550")


def test_a_connection_that_is_used_again_forwards_each_mail() -> None:
    """Postfix says XFORWARD before each mail of a connection, pipelined, and is heard each time."""
    with listening(rules(xclients=LOOPBACK, trusted=LOOPBACK)) as server, server.peer() as peer:
        _offers(peer)
        for n in range(3):
            lines = (
                f"XFORWARD ADDR=198.51.100.{n} HELO=mail{n}.example",
                "MAIL FROM:<ada@example.org>",
                f"RCPT TO:<{TO}>",
                "DATA",
            )
            peer.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())
            assert [peer.reply()[:3] for _ in lines] == ["250", "250", "250", "354"]
            assert peer.say(CONTENT + b".").startswith("250")
        seen = [(mail.envelope.peer, mail.envelope.helo) for mail in server.mails]
    assert seen == [(f"198.51.100.{n}", f"mail{n}.example") for n in range(3)]


def test_xforward_is_for_nobody_else() -> None:
    """A stranger is refused; the one who may is told what is malformed, or comes too late."""
    with listening(rules()) as server, server.peer() as peer:
        assert b"XFORWARD" not in _offers(peer)
        assert peer.say(f"XFORWARD ADDR={CLIENT}").startswith("550")
        _mail(peer)
        assert server.mails[0].envelope.peer == "127.0.0.1"
    with listening(rules(xclients=LOOPBACK)) as server, server.peer() as peer:
        _offers(peer)
        assert peer.say("XFORWARD LOGIN=ada").startswith("501")
        assert peer.say("XFORWARD ADDR=example.org").startswith("501")
        peer.say("MAIL FROM:<ada@example.org>")
        assert peer.say(f"XFORWARD ADDR={CLIENT}").startswith("503")


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("ADDR=192.0.2.1 PORT=25", {"ADDR": "192.0.2.1", "PORT": "25"}),
        ("addr=IPV6:2001:db8::1", {"ADDR": "2001:db8::1"}),
        ("ADDR=[UNAVAILABLE]", {"ADDR": ""}),
        ("HELO=a+2Bb", {"HELO": "a+b"}),
        ("ADDR=example.org", None),
        ("SHOE=42", None),
        ("ADDR", None),
        ("", None),
    ],
)
def test_attributes(argument: str, found: dict[str, str] | None) -> None:
    """As Postfix writes them; anything else is malformed."""
    assert parse_xclient(argument) == found
