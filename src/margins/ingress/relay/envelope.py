"""Envelopes as providers write them: `{"from": "...", "to": ["..."]}`, and single paths."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address

from margins.ingress.relay.provider import Refusal

__all__ = ["Sent", "client_address", "mailbox", "read_envelope"]

_MAX_MAILBOX = 320  # RFC 5321 s4.5.3.1: 64 of the local part, "@", 255 of the domain
_MAX_HELO = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an envelope says; whatever it does not say is empty."""

    reverse_path: str
    forward_paths: tuple[str, ...]
    client: str
    helo: str


def mailbox(path: str) -> str:
    """A path without brackets; empty for the null reverse-path and for what is no mailbox."""
    bare = path[1:-1] if path[:1] == "<" and path[-1:] == ">" else path
    plain = bare.isprintable() and not set(bare) & set(' "<>')
    return bare if plain and "@" in bare and len(bare) <= _MAX_MAILBOX else ""


def client_address(text: str) -> str:
    """An IP address in its normal form.

    Raises:
        Refusal: 422, it is none.
    """
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise Refusal(422, "the address of the client is not an IP address") from error


def read_envelope(text: bytes) -> Sent:
    """The envelope in a JSON text; `client` and `helo` may be missing.

    Raises:
        Refusal: 422, it cannot be read.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(422, "the envelope is not JSON") from error
    if not isinstance(said, dict):
        raise Refusal(422, "the envelope is not a JSON object")
    sender, to = said.get("from"), said.get("to")
    client, helo = said.get("client", ""), said.get("helo", "")
    if not isinstance(to, list) or not all(isinstance(s, str) for s in (sender, client, helo, *to)):
        raise Refusal(422, "the envelope lacks something, or has it in another type")
    return Sent(
        reverse_path=mailbox(str(sender)),
        forward_paths=tuple(mailbox(path) for path in to),
        client=client_address(client) if client else "",
        helo=helo[:_MAX_HELO] if helo.isprintable() else "",
    )
