"""Every limit of the SMTP server, and that honest mail meets none of them."""

from __future__ import annotations

import time

import pytest
from listening import LOOPBACK, TO, listening, rules

CONTENT = b"From: ada@example.org\r\n\r\nHello\r\n"


def test_a_mail_arrives_byte_for_byte() -> None:
    """Dots are unstuffed, everything else is as it was sent."""
    content = b"From: ada@example.org\r\n\r\n.\r\n..two\r\n.end\r\n"
    with listening(rules()) as server, server.peer() as peer:
        assert peer.send(content) == "250 2.6.0 Message accepted"
        [mail] = server.mails
    assert mail.content == content
    assert mail.envelope.forward_paths == (TO,)
    assert (mail.envelope.peer, mail.envelope.helo) == ("127.0.0.1", "peer.example")
    assert not mail.envelope.trusted


def test_lines_of_200_kilobytes_are_taken() -> None:
    """HTML exports put everything on one line."""
    content = b"From: ada@example.org\r\n\r\n" + b"x" * 200_000 + b"\r\n"
    with listening(rules()) as server, server.peer() as peer:
        assert peer.send(content).startswith("250")
        assert server.mails[0].content == content


@pytest.mark.parametrize("size", [1_000, 1_001])
def test_the_largest_content_is_exact(size: int) -> None:
    """As many bytes as announced are taken, one more is too large; the session goes on."""
    content = CONTENT.ljust(size - 2, b"x") + b"\r\n"
    with listening(rules(max_bytes=1_000)) as server:
        for _ in range(2):
            with server.peer() as peer:
                wanted = "250" if size == 1_000 else "552 5.3.4"
                assert peer.send(content).startswith(wanted)
                assert peer.say("NOOP").startswith("250")


def test_connections_of_one_address_are_few() -> None:
    """The third hears 421, until one of the first two has ended; another address has its own."""
    with listening(rules(connections_per_peer=2)) as server:
        with server.peer() as one, server.peer() as two:
            assert one.reply().startswith("220")
            assert two.reply().startswith("220")
            with server.peer() as three:
                assert three.reply() == "421 4.7.0 Too many connections from your address"
                assert three.closed
            with server.peer(source="127.0.0.2") as other:
                assert other.reply().startswith("220")
        time.sleep(0.2)
        with server.peer() as again:
            assert again.reply().startswith("220")


def test_connections_in_all_are_bounded() -> None:
    """Whoever comes after the last free place is told to try again, trusted or not."""
    chosen = rules(connections=2, trusted=LOOPBACK)
    with listening(chosen) as server, server.peer() as one, server.peer() as two:
        assert one.reply().startswith("220")
        assert two.reply().startswith("220")
        with server.peer() as three:
            assert three.reply() == "421 4.3.2 Too many connections, try again later"


def test_recipients_are_bounded() -> None:
    """What is over the limit is sent by the peer in another mail; what was taken is delivered."""
    with listening(rules(addresses=("@in.example",), max_recipients=3)) as server:
        with server.peer() as peer:
            peer.reply()
            peer.say("EHLO x", "MAIL FROM:<ada@example.org>")
            replies = [peer.say(f"RCPT TO:<n{n}@in.example>")[:9] for n in range(5)]
        assert replies == ["250 2.1.5"] * 3 + ["452 4.5.3"] * 2


def test_two_secret_addresses_do_not_share_a_mail() -> None:
    """The second is put off, known or not, so that one mail never belongs to two accounts."""
    secrets = [f"u-{letter * 32}@in.example" for letter in "ab"]
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        peer.say("EHLO x", "MAIL FROM:<ada@example.org>")
        replies = [peer.say(f"RCPT TO:<{path}>")[:9] for path in (secrets[0], TO, secrets[1])]
    assert replies == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]


def test_a_command_line_is_bounded() -> None:
    """A longer one is refused, however long, and the session goes on."""
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        assert peer.say("EHLO " + "x" * 2_000).startswith("500")
        assert peer.say(b"NOOP " + b"x" * 500_000).startswith("500")
        assert peer.say("EHLO x").startswith("250")


def test_errors_in_a_session_are_bounded() -> None:
    """A peer that is refused again and again is dismissed."""
    with listening(rules(errors=5)) as server, server.peer() as peer:
        peer.reply()
        peer.say("EHLO x", "MAIL FROM:<ada@example.org>")
        for n in range(6):
            assert peer.say(f"RCPT TO:<guess{n}@in.example>").startswith("550 5.1.1")
        assert peer.reply() == "421 4.7.0 Too many errors"
        assert peer.closed


def test_junk_commands_are_bounded_and_mail_resets_them() -> None:
    """NOOP for ever is no way to keep a connection; a session that brings mail may go on."""
    with listening(rules(junk=10)) as server:
        with server.peer() as peer:
            assert peer.send(CONTENT).startswith("250")
            for _ in range(10):
                assert peer.say("NOOP").startswith("250")
            assert peer.say("NOOP") == "421 4.7.0 Too many commands without a mail"
            assert peer.closed
        with server.peer() as peer:
            assert peer.reply().startswith("220")
            for _ in range(20):
                peer.say("EHLO x", "MAIL FROM:<ada@example.org>", f"RCPT TO:<{TO}>", "DATA")
                assert peer.say(CONTENT + b".").startswith("250")


def test_a_browser_is_dismissed_at_its_first_line() -> None:
    """Commands hidden in the body of an HTTP request are never interpreted."""
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        peer.sock.sendall(
            b"POST / HTTP/1.1\r\nHost: in.example\r\n\r\nEHLO x\r\nMAIL FROM:<a@b.example>\r\n"
        )
        assert peer.reply() == "421 4.7.0 This is a mail server"
        assert peer.closed


def test_a_silent_session_ends() -> None:
    """And hears why."""
    with listening(rules(command_seconds=0.2)) as server, server.peer() as peer:
        assert peer.reply().startswith("220")
        assert peer.reply() == "421 4.4.2 Timed out"
        assert peer.closed


def test_silence_is_cut_short_while_half_of_all_connections_are_taken() -> None:
    """Strangers then get `stress_seconds`, trusted peers keep theirs."""
    with listening(rules(connections=2, stress_seconds=0.2)) as server, server.peer() as peer:
        assert peer.reply().startswith("220")
        assert peer.reply() == "421 4.4.2 Timed out"
    chosen = rules(connections=2, stress_seconds=0.2, trusted=LOOPBACK)
    with listening(chosen) as server, server.peer() as peer:
        assert peer.reply().startswith("220")
        time.sleep(0.8)
        assert peer.say("NOOP").startswith("250")


def test_a_content_has_its_time_and_its_rate() -> None:
    """One that takes too long, or trickles, is cut off; nothing of it is taken."""
    for limit in ({"data_seconds": 0.3}, {"data_grace": 0.3, "data_rate": 1e6}):
        with listening(rules(**limit)) as server, server.peer() as peer:
            peer.envelope()
            peer.sock.sendall(b"From: ada@example.org\r\n")
            assert peer.reply() == "421 4.4.2 Timed out"
            assert peer.closed
            assert server.mails == []


def test_a_slow_content_that_keeps_to_the_rate_is_taken() -> None:
    """However few bytes come at a time, and however long it takes."""
    with listening(rules(data_grace=0.6, data_rate=500)) as server, server.peer() as peer:
        peer.envelope()
        peer.sock.sendall(b"From: ada@example.org\r\n\r\n")
        for _ in range(15):
            peer.sock.sendall(b"x" * 98 + b"\r\n")
            time.sleep(0.1)
        peer.sock.sendall(b".\r\n")
        assert peer.reply().startswith("250")
        assert len(server.mails) == 1


def test_silence_after_a_burst_is_no_better_than_any_other() -> None:
    """Much at once earns no more patience than a little; less while places are short."""
    burst = b"From: ada@example.org\r\n\r\n" + b"x" * 140_000
    crowded = {"connections": 2, "stress_seconds": 0.4}
    for limits in ({"data_grace": 0.4}, {"data_grace": 60.0, **crowded}):
        with listening(rules(data_rate=500, **limits)) as server, server.peer() as peer:
            peer.envelope()
            peer.sock.sendall(burst)
            began = time.monotonic()
            assert peer.reply() == "421 4.4.2 Timed out"
            assert time.monotonic() - began < 5
            assert server.mails == []


def test_memory_of_contents_is_bounded_per_peer_and_in_all() -> None:
    """Without room a mail is put off, not refused; when the other one ends there is room again."""
    big = b"From: ada@example.org\r\n\r\n" + b"x" * 1_200_000
    chosen = rules(max_bytes=2 * 1024 * 1024, memory=2 * 1024 * 1024)
    with listening(chosen) as server:
        with server.peer() as slow, server.peer() as peer:
            slow.envelope()
            slow.sock.sendall(big)
            time.sleep(0.5)
            assert peer.send(big + b"\r\n").startswith("452 4.3.1")
            slow.sock.sendall(b"\r\n.\r\n")
            assert slow.reply().startswith("250")
        with server.peer() as peer:
            assert peer.send(big + b"\r\n").startswith("250")


def test_no_password_is_ever_asked_for() -> None:
    """AUTH is neither offered nor understood."""
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        peer.sock.sendall(b"EHLO x\r\n")
        offered = b""
        while b"250 " not in offered:
            offered += peer.sock.recv(4096)
        assert b"AUTH" not in offered
        assert peer.say("AUTH PLAIN AGEAYg==").startswith("500")


def test_the_null_reverse_path_is_empty() -> None:
    """As the agent knows it."""
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        peer.say("EHLO x", "MAIL FROM:<> BODY=8BITMIME", f"RCPT TO:<{TO}>", "DATA")
        assert peer.say(CONTENT + b".").startswith("250")
        assert server.mails[0].envelope.reverse_path == ""
