"""Postmark: the inbound webhook, with the raw message in it.

Postmark signs nothing. It sends the user name and password in the webhook's URL as HTTP Basic
authentication, and publishes the addresses it posts from.

Sources: https://postmarkapp.com/developer/webhooks/inbound-webhook;
https://postmarkapp.com/developer/webhooks/webhooks-overview (protecting a webhook);
https://postmarkapp.com/developer/user-guide/inbound/parse-an-email (200 ends the tries, and so does
403; anything else is tried ten times more, for ten hours).
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from margins.ingress.relay.envelope import mailbox
from margins.ingress.relay.proof import is_one_of
from margins.ingress.relay.provider import Dialect, Head, Posted, Refusal

__all__ = ["Postmark"]


def _password(authorization: str) -> bytes:
    """The password of HTTP Basic authentication (RFC 7617); the user's name does not matter."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        _, colon, password = b64decode(credentials.strip(), validate=True).partition(b":")
    except ValueError:
        colon = password = b""
    if scheme.lower() != "basic" or not colon:
        raise Refusal(401, "there is no password of HTTP Basic authentication")
    return password


def _inside(peer: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        ip = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


class Postmark:
    """Reads what Postmark posts.

    The reverse-path and the client are not taken: Postmark writes them into header fields
    (Return-Path, Received-SPF) among those the sender wrote.

    Args:
        passwords: any of them lets a request in.
        networks: where requests may come from; empty is anywhere.
    """

    path = "postmark"
    types = frozenset({"application/json"})
    growth = 3  # the message escaped, and its attachments and text once more
    dialect = Dialect(rejected=403, challenge='Basic realm="Margins", charset="UTF-8"')

    def __init__(
        self, passwords: Sequence[str], networks: Sequence[IPv4Network | IPv6Network] = ()
    ) -> None:
        self._passwords = [password.encode() for password in passwords]
        self._networks = networks

    def admit(self, head: Head, now: float) -> None:  # noqa: ARG002
        """See `Provider.admit`."""
        if self._networks and not _inside(head.peer, self._networks):
            raise Refusal(401, "it comes from outside the networks in the settings")
        if not is_one_of(self._passwords, _password(head.one("Authorization"))):
            raise Refusal(401, "the password is not one of those in the settings")

    def read(self, head: Head, body: bytes, now: float) -> Posted:  # noqa: ARG002
        """See `Provider.read`."""
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refusal(422, "the body is not JSON") from error
        if not isinstance(sent, dict):
            raise Refusal(422, "the body is not a JSON object")
        raw, recipient = sent.get("RawEmail"), sent.get("OriginalRecipient")
        if not isinstance(raw, str) or not raw:
            raise Refusal(
                422,
                "there is no RawEmail: Postmark must “include raw email content in JSON payload”",
            )
        if not isinstance(recipient, str):
            raise Refusal(422, "there is no OriginalRecipient: this is not an inbound webhook")
        try:
            content = raw.encode()
        except UnicodeEncodeError as error:
            raise Refusal(422, "RawEmail is not text") from error
        return Posted(content=content, reverse_path="", forward_paths=(mailbox(recipient),))
