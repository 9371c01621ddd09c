"""What shows that a request is genuine: secrets, times and tokens, compared in constant time."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

from margins.ingress.relay.provider import Refusal

__all__ = ["SKEW_SECONDS", "Tokens", "check_hmac", "check_time", "is_one_of"]

SKEW_SECONDS = 300.0
"""How far two clocks may lie apart."""
_MOST_TOKENS = 100_000


def is_one_of(secrets: Sequence[bytes], given: bytes) -> bool:
    """True for one of the secrets; the time it takes tells nothing about them, nor their length."""
    digest = sha256(given).digest()
    return any(hmac.compare_digest(sha256(secret).digest(), digest) for secret in secrets)


def check_hmac(secrets: Sequence[bytes], message: bytes, given: bytes) -> None:
    """Hexadecimal HMAC-SHA256 (RFC 2104) of a message, under one of the secrets.

    Raises:
        Refusal: 401, it is not.
    """
    signatures = [hmac.new(secret, message, sha256).hexdigest().encode() for secret in secrets]
    if not is_one_of(signatures, given):
        raise Refusal(401, "the signature is not that of any secret in the settings")


def check_time(text: str, now: float, *, age: float = SKEW_SECONDS) -> None:
    """A Unix time in whole seconds, at most `age` seconds ago and hardly in the future.

    Raises:
        Refusal: 401, it is not.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Refusal(401, "the timestamp is not a Unix time")
    if not -SKEW_SECONDS <= now - int(text) <= age:
        raise Refusal(401, "the timestamp is too old, or one of the two clocks is wrong")


class Tokens:
    """Tokens that are good for one mail, and for that mail as often as the provider tries again.

    They are remembered in this process, the newest 100,000. Threads may share it.

    Args:
        seconds: how long a token is remembered: as long as its timestamp is good.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._seen: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    def check(self, token: bytes, mail: bytes, now: float) -> None:
        """Take a token for the mail of this digest.

        Raises:
            Refusal: 401, it came with another one before.
        """
        with self._lock:
            while self._seen and next(iter(self._seen.values()))[0] < now:
                self._seen.popitem(last=False)
            _, known = self._seen.setdefault(token, (now + self._seconds, mail))
            if len(self._seen) > _MOST_TOKENS:
                self._seen.popitem(last=False)
        if not hmac.compare_digest(known, mail):
            raise Refusal(401, "the token came with another mail before")
