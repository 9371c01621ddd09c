"""When to try again: doubling, bounded, spread out. Pure."""

from __future__ import annotations

from hashlib import sha256

__all__ = ["delay"]

_LONGEST = 3600.0


def delay(
    name: str, attempts: int, retry_after: float | None = None, *, first: float = 2.0
) -> float:
    """Seconds to wait after `attempts` failed tries.

    2, 4, 8 ... 3600, or doubling from another first wait; each less up to a quarter, so that mails
    that failed together are not tried together again. The share is derived from the mail's name,
    which keeps this deterministic. What the other side asked for (Retry-After, RFC 9110 s10.2.3)
    is a minimum, and spread out as well.
    """
    base = min(_LONGEST, first * 2.0 ** min(max(attempts, 1) - 1, 12))
    share = int.from_bytes(sha256(f"{name}:{attempts}".encode()).digest()[:4]) / 2**32
    wait = base * (1 - share / 4)
    return max(wait, (retry_after or 0.0) * (1 + share / 4))
