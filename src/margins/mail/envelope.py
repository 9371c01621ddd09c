"""The mail object: envelope and content (RFC 5321 s2.3.1). Content bytes are never changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from margins.mail.authentication import Authentication
from margins.mail.canonical import canonical_body

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


_IDENTITY = (b"from", b"date", b"message-id")
_EMPTY_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_SPACE = re.compile(rb"[ \t\r]+")


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """Bodies by lower-case name, on one line each, runs of white space as one space."""
    found: dict[bytes, list[bytes]] = {}
    for line in _FOLD.sub(b"", head).split(b"\n"):
        name, _, value = line.partition(b":")
        found.setdefault(name.strip().lower(), []).append(_SPACE.sub(b" ", value).strip())
    return found


def fingerprint(content: bytes) -> str:
    """SHA-256 of what makes a message this one and no other, 64 hex digits.

    That is From, Date, Message-ID (Subject where there is none), and the body without regard to
    white space between words and at the ends of lines, as a signature sees it. Two messages that
    agree in these are the same, whatever else their header blocks say: relays add fields, fold and
    reorder them, and whoever repeats an old mail may add any field that its signature does not
    forbid, and change what a relaxed signature leaves open. So only what every signer signs counts.
    A body that was coded anew on the way is another message.
    """
    empty = _EMPTY_LINE.search(content)
    end, start = empty.span() if empty else (len(content), len(content))
    fields = _fields(content[:end])
    names = _IDENTITY if b"message-id" in fields else (*_IDENTITY, b"subject")
    kept = sha256()
    for name in names:
        for value in fields.get(name, ()):
            kept.update(name + b":" + value + b"\n")
    kept.update(b"\n")
    for piece in canonical_body(content, start, relaxed=True):
        kept.update(piece)
    return kept.hexdigest()
