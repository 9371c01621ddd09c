"""Bodies of requests while they are in hand: how much, how long, and the memory of all together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from margins.ingress.relay.provider import Refusal
from margins.mail.peer import Patience, origin

__all__ = ["Intake"]


class _Clock:
    """Of one body: when it is given up."""

    def __init__(self, timer: asyncio.Timeout, intake: Intake) -> None:
        self._timer = timer
        self._patience, self._most = Patience(intake.rate), intake.patience
        self._end = asyncio.get_running_loop().time() + intake.seconds
        self.earn(0)

    def earn(self, size: int) -> None:
        """So many bytes have come."""
        now = asyncio.get_running_loop().time()
        until = self._patience.earn(size, now=now, most=self._most)
        self._timer.reschedule(min(self._end, until))


@dataclass(slots=True)
class Intake:
    """What all requests of one provider may take together.

    A peer is one address, or one /64. A proxy in front makes one of all.

    Attributes:
        memory: bytes of bodies, in all; one peer may hold a quarter, but one body of the largest
            size always finds room.
        seconds: for one body, however steadily it comes.
        rate: least bytes a second, below which a body is given up after `patience` seconds.
    """

    memory: int = 512 * 1024 * 1024
    seconds: float = 120.0
    rate: float = 65_536.0
    patience: float = 20.0
    _held: int = 0
    _peers: Counter[str] = field(default_factory=Counter)

    def _take(self, who: str, size: int, most: int) -> bool:
        if self._held + size > max(self.memory, most):
            return False
        if self._peers[who] + size > max(self.memory // 4, most):
            return False
        self._held += size
        self._peers[who] += size
        return True

    def _give(self, who: str, size: int) -> None:
        self._held -= size
        self._peers[who] -= size
        if not self._peers[who]:
            del self._peers[who]

    @asynccontextmanager
    async def body(self, request: Request, most: int) -> AsyncIterator[bytes | None]:
        """The body, whose memory is given back at the end; None when it is larger than `most`.

        What is too large, or finds no memory, is still read to its end and thrown away: the
        provider hears its answer only there.

        Raises:
            Refusal: 503, there is no memory now; 408, it took too long; 400, it broke off.
        """
        who = origin(request.client.host if request.client else "")
        blocks: list[bytes] = []
        size = held = 0
        crowded = False
        try:
            async with self._in_time() as clock:
                async for block in request.stream():
                    clock.earn(len(block))
                    size += len(block)
                    if size <= most and not crowded and self._take(who, len(block), most):
                        blocks.append(block)
                        held += len(block)
                        continue
                    crowded = crowded or size <= most
                    blocks.clear()
                    self._give(who, held)
                    held = 0
            if crowded and size <= most:
                raise Refusal(503, "the requests in hand take all the memory there is")
            whole = b"".join(blocks)
            blocks.clear()
            yield None if size > most else whole
        finally:
            self._give(who, held)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[_Clock]:
        try:
            async with asyncio.timeout(None) as timer:
                yield _Clock(timer, self)
        except TimeoutError as error:
            raise Refusal(408, "the body took too long") from error
        except ClientDisconnect as error:
            raise Refusal(400, "the connection broke off within the body") from error
