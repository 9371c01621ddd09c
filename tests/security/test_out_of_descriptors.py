"""A process that has no file descriptors left defers, and goes on once it has some again."""

from __future__ import annotations

import resource
import smtplib
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from running import IMPORT, READER, Running, mail, notebook_html, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc"),
]

_NONE = 3  # the standard streams have the only numbers below


def _limit(service: Running, descriptors: int) -> int:
    """Give the running service this many; how many it had."""
    assert service.process is not None
    had = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (descriptors, had[1]))
    return had[0]


def test_a_mail_is_deferred_and_later_taken(service: Running) -> None:
    """Without a descriptor to store it the mail is put off; the listener survives the famine."""
    service.send(mail(notebook_html(1)))
    service.settled(1)  # every part has loaded what it needs
    content = mail(notebook_html(2))
    with smtplib.SMTP("127.0.0.1", service.smtp_port, timeout=20) as client:
        client.ehlo()
        had = _limit(service, _NONE)
        client.mail(READER)
        client.rcpt(IMPORT)
        code, text = client.data(content)
        assert (code, text[:2]) in {(451, b"4."), (452, b"4.")}
        late = socket.create_connection(("127.0.0.1", service.smtp_port), 20)  # in the backlog
        _limit(service, had)
        with late:
            assert late.recv(3) == b"220"
    assert service.send(content)[0] == 250
    assert service.settled()[0][1] == "delivered"


def test_a_flood_of_connections_leaves_descriptors_for_the_mail(tmp_path: Path) -> None:
    """Half of them are kept for the store: those who are in are served, the rest hear 421."""
    service = Running(tmp_path / "data")
    service.command("accounts", "add", READER)
    service.wrapper = ("prlimit", "--nofile=128:128")
    service.start()
    try:
        service.send(mail(notebook_html(1)))
        service.settled(1)  # every part has loaded what it needs
        with smtplib.SMTP("127.0.0.1", service.smtp_port) as client, ExitStack() as stack:
            port = ("127.0.0.1", service.smtp_port)
            flood = [stack.enter_context(socket.create_connection(port, 20)) for _ in range(200)]
            greetings = [s.recv(3) for s in flood]
            assert {b"220", b"421"} == set(greetings)
            assert greetings.count(b"421") >= 136
            client.sendmail(READER, [IMPORT], mail(notebook_html(2)))
        wait_for(lambda: service.send(mail(notebook_html(3)))[0] == 250, "a place", 10)
        assert [state for _, state, _ in service.settled(3)] == ["delivered"] * 3
    finally:
        service.stop()
