"""STARTTLS command injection (CVE-2011-0411; CVE-2024-34083).

What a man in the middle sends in the clear behind STARTTLS must not be taken for what the client
says under TLS.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from certificates import self_signed
from listening import Peer, listening, rules


@pytest.mark.parametrize(
    "injected",
    [
        b"EHLO attack.example\r\nMAIL FROM:<mallory@attack.example>\r\n",
        b"NOOP\r\n" * 1_000,
        b"MAIL FROM:<mallory@attack.example>",
    ],
)
def test_what_was_said_in_the_clear_is_forgotten(tmp_path: Path, injected: bytes) -> None:
    """No reply answers it, and no half of it stands before the client's first command."""
    chain, key = self_signed(tmp_path)
    client = ssl.create_default_context(cafile=str(chain))
    with listening(rules(), certificate=(str(chain), str(key))) as server, server.peer() as peer:
        peer.reply()
        assert peer.say("EHLO mallory.example").startswith("250")
        peer.sock.sendall(b"STARTTLS\r\n" + injected)
        assert peer.reply().startswith("220")
        with client.wrap_socket(peer.sock, server_hostname="localhost") as tls:
            under_tls = Peer(tls)
            assert under_tls.say("MAIL FROM:<ada@example.org>").startswith("503")
            assert under_tls.say("EHLO ada.example").startswith("250")
            assert under_tls.say("MAIL FROM:<ada@example.org>").startswith("250")
            under_tls.lines.close()
