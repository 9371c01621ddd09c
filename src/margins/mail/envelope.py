"""The mail object: envelope and content (RFC 5321 s2.3.1). Content bytes are never changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from margins.mail.authentication import Authentication

__all__ = ["Envelope", "MailObject", "digest", "fingerprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the transport said, kept beside the content.

    Attributes:
        reverse_path: MAIL FROM without brackets; empty is the null reverse-path.
        forward_paths: RCPT TO, without brackets, in order.
        peer: IP address of the client, or empty.
        helo: what the client called itself.
        ingress: which way in: "smtp", "lmtp", "relay", "ses", ...
        trusted: the peer is inside the operator's own network and vouches for the author.
    """

    reverse_path: str
    forward_paths: tuple[str, ...]
    peer: str = ""
    helo: str = ""
    ingress: str = ""
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailObject:
    """One message as handed over, content byte for byte.

    Attributes:
        shown: what the service that took the message in has shown about its author (Amazon SES);
            None when Margins finds out itself.
        arrived: when that service took it in, seconds since 1970, however often it is judged;
            None when it is being handed over now.
    """

    envelope: Envelope
    content: bytes
    shown: Authentication | None = None
    arrived: float | None = None


def digest(content: bytes) -> str:
    """SHA-256 of the content, 64 lower-case hex digits: the raw message's name in the store."""
    return sha256(content).hexdigest()


# What relays and stores add on the way (RFC 5321 s4.4, RFC 8601, RFC 8617, SES, mbox).
_TRANSPORT = (
    b"received:", b"return-path:", b"delivered-to:", b"x-original-to:", b"envelope-to:",
    b"authentication-results:", b"received-spf:", b"arc-", b"x-ses-", b"x-received:",
    b"x-spam-", b"x-virus-", b"x-rspamd-", b"x-forwarded-", b"x-envelope-", b"status:",
    b"x-status:", b"from ",
)  # fmt: skip
_EMPTY_LINE = re.compile(rb"^\r?\n", re.MULTILINE)


def fingerprint(content: bytes) -> str:
    """SHA-256 of the content without the header fields that relays add, 64 hex digits.

    The same message delivered twice over different routes has the same fingerprint; line endings
    do not matter. Of the body everything else counts.
    """
    empty = _EMPTY_LINE.search(content)
    head, body = (content[: empty.start()], content[empty.end() :]) if empty else (content, b"")
    kept = sha256()
    keep = True
    for line in head.removesuffix(b"\n").split(b"\n"):
        if line[:1] not in {b" ", b"\t"}:
            keep = not line.lower().startswith(_TRANSPORT)
        if keep and line:
            kept.update(line.rstrip(b"\r") + b"\n")
    kept.update(b"\n" + body.replace(b"\r\n", b"\n"))
    return kept.hexdigest()
