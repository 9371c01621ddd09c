"""Who is on the other side of a connection, as far as limits are concerned."""

from __future__ import annotations

import ipaddress
import math
from functools import lru_cache

__all__ = ["Patience", "address_of", "origin"]

_PEERS = 4_096  # whose addresses need not be read again


@lru_cache(_PEERS)
def address_of(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The peer's IP address, IPv4 where it is mapped into IPv6; None when it is none."""
    try:
        ip = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


@lru_cache(_PEERS)
def origin(peer: str) -> str:
    """Whom a peer counts as: its IPv4 address, or its IPv6 /64, which one customer commands."""
    ip = address_of(peer)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip or peer)


class Patience:
    """Whoever sends at least so many bytes a second is never overdue; whoever falls silent is when
    the patience is over, however much was sent before.

    Args:
        rate: least bytes a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._until = math.inf

    def earn(self, size: int, *, now: float, most: float) -> float:
        """When the peer is overdue, so many bytes having come since the last call.

        Args:
            now: seconds of any clock, not before that of the last call.
            most: seconds that can be saved up.
        """
        self._until = min(now + most, self._until + size / self._rate)
        return self._until
