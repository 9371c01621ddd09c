"""An SMTP relay that takes every message and carries none of them anywhere."""

from __future__ import annotations

import asyncio
import threading

from aiosmtpd.smtp import SMTP


class Relay:
    """A context: inside it the relay answers on `port`.

    Attributes:
        says: what to answer instead, by command: "RCPT", "DATA".
        taken: (reverse-path, forward-paths, content) of each message.
    """

    def __init__(self) -> None:
        self.port = 0
        self.says: dict[str, str] = {}
        self.taken: list[tuple[str, list[str], bytes]] = []
        self._server: asyncio.Server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: SMTP(self), "127.0.0.1", 0)

    def __exit__(self, *args: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: ARG002
        if "RCPT" in self.says:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002
        if "DATA" in self.says:
            return self.says["DATA"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 OK"
