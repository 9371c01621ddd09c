"""Secret import addresses: `u-` and 160 random bits in base32 (RFC 4648 s6), at a served domain.

Whoever knows one holds a second factor, so it is shown once, kept as a digest and never logged.
"""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha256

__all__ = [
    "SECRET_BYTES",
    "import_address",
    "is_masked",
    "mask",
    "open_address",
    "secret_digest",
    "secret_of",
]

SECRET_BYTES = 20
_SHAPE = re.compile(r"u-([a-z2-7]{32})@.+", re.IGNORECASE)
_MASK = "u-***"
# Wherever it stands: a mailbox that forwards writes it into the middle of its own reverse-path.
_IN_TEXT = re.compile(r"u-[a-z2-7]{32}", re.IGNORECASE)


def import_address(random: bytes, domain: str) -> str:
    """The address that holds these random bytes.

    Raises:
        ValueError: they are not SECRET_BYTES long.
    """
    if len(random) != SECRET_BYTES:
        raise ValueError(f"{SECRET_BYTES} random bytes are needed, not {len(random)}")
    return f"u-{b32encode(random).decode('ascii').lower()}@{domain}"


def open_address(served: str) -> str:
    """An address that everybody may know, of one that is served or of "@domain"."""
    return f"import{served}" if served.startswith("@") else served


def secret_of(path: str) -> str | None:
    """The secret in a path, in lower case; None when the path has not the shape of one.

    The shape says nothing about whether any account has this secret.
    """
    shaped = _SHAPE.fullmatch(path)
    return shaped[1].lower() if shaped else None


def secret_digest(secret: str) -> bytes:
    """What a registry keeps: SHA-256, from which 160 random bits cannot be guessed back."""
    return sha256(secret.encode("ascii")).digest()


def mask(text: str) -> str:
    """The text with every secret in it blotted out, for rows and logs."""
    return _IN_TEXT.sub(_MASK, text)


def is_masked(path: str) -> bool:
    """True for a secret import address as rows hold it."""
    return path.startswith(f"{_MASK}@")
