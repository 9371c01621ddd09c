"""Our own dialect: the message as the body, its envelope and a signature in the header fields.

```
POST /relay/margins
Content-Type: message/rfc822
Content-Digest: sha-256=:<base64 of the body's SHA-256>:             (RFC 9530)
Margins-Timestamp: <Unix time in seconds>
Margins-Envelope: <base64 of {"from": "...", "to": ["..."], "client": "<IP>", "helo": "..."}>
Margins-Signature: <hexadecimal HMAC-SHA256 of the three values, joined by line feeds:
                    timestamp, envelope, digest>
```
`client` and `helo` may be missing. Everything but the body's own digest is known to be genuine
before the body is received. deploy/cloudflare/worker.js speaks it, and any mail server can.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest

from margins.ingress.relay.envelope import read_envelope
from margins.ingress.relay.proof import check_hmac, check_time
from margins.ingress.relay.provider import Dialect, Head, Posted, Refusal

__all__ = ["Signed"]

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


class Signed:
    """Reads what our own Worker, or a mail server of the operator's, posts.

    Args:
        path: one per secret, so that a secret that leaked can be taken back alone.
        secrets: any of them may have signed.
    """

    types = frozenset({"message/rfc822"})
    growth = 1
    dialect = Dialect()

    def __init__(self, path: str, secrets: Sequence[str]) -> None:
        self.path = path
        self._secrets = [secret.encode() for secret in secrets]

    def admit(self, head: Head, now: float) -> None:
        """See `Provider.admit`."""
        timestamp, envelope = head.one("Margins-Timestamp"), head.one("Margins-Envelope")
        signed = f"{timestamp}\n{envelope}\n{head.one('Content-Digest')}".encode()
        check_hmac(self._secrets, signed, head.one("Margins-Signature").encode())
        check_time(timestamp, now)

    def read(self, head: Head, body: bytes, now: float) -> Posted:  # noqa: ARG002
        """See `Provider.read`."""
        found = _DIGEST.fullmatch(head.one("Content-Digest"))
        if not found or not compare_digest(b64decode(found[1]), sha256(body).digest()):
            raise Refusal(401, "the body is not the one whose digest was signed")
        try:
            envelope = read_envelope(b64decode(head.one("Margins-Envelope"), validate=True))
        except ValueError as error:
            raise Refusal(422, "the envelope is not base64") from error
        return Posted(
            content=body,
            reverse_path=envelope.reverse_path,
            forward_paths=envelope.forward_paths,
            peer=envelope.client,
            helo=envelope.helo,
        )
