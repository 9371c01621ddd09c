"""The Cloudflare Worker, by Node, against a real relay."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from posting import CONTENT, NOW, SENDER, TO, Posting, posting
from worker import End, run_worker

from margins.ingress.relay import Signed
from margins.mail import Outcome

SECRET = "tide-and-time-wait-for-no-reader"


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay for the Worker."""
    with posting(Signed("cloudflare", [SECRET])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new, with the clock of the machine."""
    import time

    running.begin().now = time.time()
    return running


def run(folder: Path, port: int, *, secret: str = SECRET, sender: str = SENDER) -> End:
    """The Worker with one mail."""
    url = f"http://127.0.0.1:{port}/relay/cloudflare"
    return run_worker(folder, url, secret, CONTENT, sender=sender, to=TO)


@pytest.mark.parametrize("sender", ["", "j\u00f6rg@example.org"])
def test_the_mail_arrives(relay: Posting, tmp_path: Path, sender: str) -> None:
    """Content byte for byte and both paths, whatever their script; the Worker ends in peace."""
    assert run(tmp_path, relay.port, sender=sender) == End(rejected="", thrown="")
    assert relay.mail.content == CONTENT
    assert (relay.mail.envelope.reverse_path, relay.mail.envelope.forward_paths) == (sender, (TO,))


def test_what_margins_refuses_is_refused_to_the_sender(relay: Posting, tmp_path: Path) -> None:
    """The reason is the text of the outcome."""
    relay.outcome = lambda _: Outcome.UNKNOWN_SENDER
    assert run(tmp_path, relay.port) == End(rejected="Sender not registered here", thrown="")


def test_what_margins_defers_stays_with_the_sender(relay: Posting, tmp_path: Path) -> None:
    """The Worker fails, which is a temporary failure to the sender."""
    relay.outcome = lambda _: Outcome.UNAVAILABLE
    end = run(tmp_path, relay.port)
    assert (end.rejected, "503" in end.thrown) == ("", True)


def test_a_wrong_secret_costs_no_mail(relay: Posting, tmp_path: Path) -> None:
    """401 is no verdict on the mail; neither is a clock that is wrong."""
    end = run(tmp_path, relay.port, secret="x" * 32)
    assert (end.rejected, "401" in end.thrown) == ("", True)
    relay.now = NOW - 86_400
    assert "401" in run(tmp_path, relay.port).thrown
    assert relay.mails == []


@pytest.mark.parametrize("status", [200, 302, 403])
def test_nobody_else_speaks_for_margins(tmp_path: Path, status: int) -> None:
    """A page, a redirect or a refusal of a proxy in between is a temporary failure."""

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        end = run(tmp_path, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
    assert (end.rejected, str(status) in end.thrown) == ("", True)


def test_when_margins_is_down(tmp_path: Path) -> None:
    """Without an answer the sender tries again."""
    end = run(tmp_path, 1)
    assert (end.rejected, end.thrown != "") == ("", True)
