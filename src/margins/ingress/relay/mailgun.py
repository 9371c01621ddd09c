"""Mailgun: a route that forwards to a URL ending in "mime", which makes it post the raw message.

The signature covers a timestamp and a token, not the message; so a token is good for one message.

Sources: https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
(raw MIME; 200 and 406 end the tries, anything else is tried again for eight hours);
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from margins.ingress.relay.envelope import mailbox
from margins.ingress.relay.form import MULTIPART, URLENCODED, Form
from margins.ingress.relay.proof import SKEW_SECONDS, Tokens, check_hmac, check_time
from margins.ingress.relay.provider import Dialect, Head, Posted, Refusal

__all__ = ["Mailgun"]

# Mailgun tries for eight hours and does not say that it signs a later try anew: were it not so, a
# shorter time would lose the mails of an outage of ours.
_AGE_SECONDS = 9 * 3600.0


class Mailgun:
    """Reads what Mailgun posts.

    Args:
        keys: HTTP webhook signing keys; any of them may have signed.
    """

    path = "mailgun/mime"
    types = frozenset({MULTIPART, URLENCODED})
    growth = 3  # every byte may be written as %XX
    dialect = Dialect(rejected=406)

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]
        self._tokens = Tokens(_AGE_SECONDS + SKEW_SECONDS)

    def admit(self, head: Head, now: float) -> None:
        """See `Provider.admit`: what shows that it is genuine is in the body."""

    def read(self, head: Head, body: bytes, now: float) -> Posted:
        """See `Provider.read`."""
        form = Form(head.one("Content-Type"), body)
        timestamp, token = form.text("timestamp"), form.text("token")
        check_time(timestamp, now, age=_AGE_SECONDS)
        check_hmac(self._keys, (timestamp + token).encode(), form.content("signature", most=1024))
        content = form.content("body-mime")
        if not content:
            raise Refusal(422, "body-mime is empty")
        sender, recipient = form.text("sender", most=4096), form.text("recipient", most=64 * 1024)
        mail = sha256(repr((sender, recipient)).encode() + sha256(content).digest()).digest()
        self._tokens.check(token.encode(), mail, now)
        return Posted(
            content=content,
            reverse_path=mailbox(sender),
            # Recipients whom one route matches may come in one field.
            forward_paths=tuple(mailbox(path.strip()) for path in recipient.split(",")),
        )
