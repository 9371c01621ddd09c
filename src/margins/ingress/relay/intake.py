"""Bodies of requests while they are in hand: how much, how long, and the memory of all together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from margins.ingress.relay.provider import Refusal

__all__ = ["Intake"]


@dataclass(slots=True)
class Intake:
    """What all requests of one provider may take together.

    Attributes:
        memory: bytes of bodies, in all; one body of the largest size always finds room.
        seconds: for one body, however steadily it comes.
    """

    memory: int = 256 * 1024 * 1024
    seconds: float = 120.0
    _held: int = 0

    @asynccontextmanager
    async def body(self, request: Request, most: int) -> AsyncIterator[bytes | None]:
        """The body, whose memory is given back at the end; None when it is larger than `most`.

        What is too large, or finds no memory, is still read to its end and thrown away: the
        provider hears its answer only there.

        Raises:
            Refusal: 503, there is no memory now; 408, it took too long; 400, it broke off.
        """
        blocks: list[bytes] = []
        size = held = 0
        crowded, room = False, max(self.memory, most)
        try:
            async with self._in_time():
                async for block in request.stream():
                    size += len(block)
                    crowded = crowded or self._held + len(block) > room
                    if size > most or crowded:
                        blocks.clear()
                        self._held, held = self._held - held, 0
                    else:
                        blocks.append(block)
                        self._held, held = self._held + len(block), held + len(block)
            if crowded and size <= most:
                raise Refusal(503, "the requests in hand take all the memory there is")
            whole = b"".join(blocks)
            blocks.clear()
            yield None if size > most else whole
        finally:
            self._held -= held

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.seconds):
                yield
        except TimeoutError as error:
            raise Refusal(408, "the body took too long") from error
        except ClientDisconnect as error:
            raise Refusal(400, "the connection broke off within the body") from error
