"""SMTP smuggling (CVE-2023-51764, -51765, -51766, -51747; CVE-2024-27305).

Two servers that disagree about where a mail ends let a stranger hide a second mail in a first.
"""

from __future__ import annotations

import pytest
from listening import TO, listening, rules

VARIANTS = {
    "LF . LF": b"\n.\n",
    "LF . CRLF": b"\n.\r\n",
    "CRLF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r",
    "CR . CRLF": b"\r.\r\n",
    "CRLF . CR": b"\r\n.\r",
    "LF . CR": b"\n.\r",
    "CR . LF": b"\r.\n",
    "CRLF NUL . CRLF": b"\r\n\0.\r\n",
    "CRLF . CR CRLF": b"\r\n.\r\r\n",
    "CR CRLF . CR CRLF": b"\r\r\n.\r\r\n",
}
_SECOND = (
    f"MAIL FROM:<admin@legit.example>\r\nRCPT TO:<{TO}>\r\nDATA\r\n"
    "From: admin@legit.example\r\n\r\nSmuggled\r\n.\r\n"
).encode()


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_mail_goes_in_and_at_most_one_comes_out(variant: str) -> None:
    """The whole is refused as one mail, and the session is where the peer thinks it is."""
    with listening(rules()) as server, server.peer() as peer:
        peer.envelope()
        peer.sock.sendall(b"From: eve@attack.example\r\n\r\nHello" + VARIANTS[variant] + _SECOND)
        assert peer.reply() == "550 5.6.11 Bare CR, bare LF or NUL in the message"
        assert peer.say("NOOP").startswith("250")
        assert server.mails == []


def test_the_real_end_of_data_ends_one_mail() -> None:
    """Two mails in one go, as PIPELINING allows, are two; a stuffed dot is not an end."""
    first = b"From: eve@attack.example\r\n\r\n..\r\nHello\r\n.\r\n"
    with listening(rules()) as server, server.peer() as peer:
        peer.envelope()
        peer.sock.sendall(first + _SECOND)
        replies = [peer.reply()[:3] for _ in range(5)]
        assert replies == ["250", "250", "250", "354", "250"]
        assert [mail.content[-10:] for mail in server.mails] == [b".\r\nHello\r\n", b"Smuggled\r\n"]


def test_the_end_may_come_in_any_pieces() -> None:
    """Where the network cuts the stream changes nothing."""
    content = b"From: eve@attack.example\r\n\r\nHello\r\n..\r\n"
    with listening(rules()) as server, server.peer() as peer:
        peer.envelope()
        for byte in content + b".\r\n":
            peer.sock.sendall(bytes([byte]))
        assert peer.reply().startswith("250")
        assert server.mails[0].content == content.replace(b"..", b".")
