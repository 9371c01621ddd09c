"""Letters over a relay: a real SMTP session, and every way it may end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from margins.errors import Refused, Unavailable
from margins.mailer.smtp import SmtpMailer
from margins.ports import Letter

LETTER = Letter(
    to="reader@example.org", content=b"Subject: Auto: Notes\r\n\r\n.dots\r\n\xc3\xa4\r\n"
)


class _Relay:
    """Takes mail, or says what it is told to say."""

    def __init__(self) -> None:
        self.says = {"RCPT": "", "DATA": ""}
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: ARG002
        if self.says["RCPT"]:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002
        if self.says["DATA"]:
            return self.says["DATA"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 OK"


@pytest.fixture
def relay() -> Iterator[tuple[_Relay, SmtpMailer]]:
    handler = _Relay()
    controller = Controller(handler, hostname="127.0.0.1", port=0)
    ready = threading.Event()

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(controller.factory, "127.0.0.1", 0)
        controller.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    loop = asyncio.new_event_loop()
    task = loop.create_task(serve())

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            return

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    yield handler, SmtpMailer("127.0.0.1", controller.port, helo="notes.example")
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    loop.close()


def test_a_letter_goes_out_with_the_null_reverse_path(relay: tuple[_Relay, SmtpMailer]) -> None:
    """Byte for byte, to one address, and nothing can bounce back."""
    handler, mailer = relay
    mailer.send(LETTER)
    assert handler.taken == [("<>", ["reader@example.org"], LETTER.content)]


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_is_final_and_a_deferral_is_not(
    relay: tuple[_Relay, SmtpMailer], stage: str
) -> None:
    """5xx is Refused, 4xx Unavailable, with the relay's own words."""
    handler, mailer = relay
    handler.says[stage] = "550 5.7.1 not from you"
    with pytest.raises(Refused, match="not from you"):
        mailer.send(LETTER)
    handler.says[stage] = "450 4.2.0 greylisted"
    with pytest.raises(Unavailable, match="greylisted"):
        mailer.send(LETTER)


def test_no_relay_is_unavailable() -> None:
    """The letter waits until somebody listens."""
    with pytest.raises(Unavailable, match="receipts_relay"):
        SmtpMailer("127.0.0.1", 1, helo="notes.example").send(LETTER)
