"""SendGrid Inbound Parse, with "POST the raw, full MIME message" and a security policy that signs.

The signature is ECDSA over SHA-256 of the timestamp and the body as it came, with the public key
of the policy.

Sources: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks;
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
(the two header fields); https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/inbound-email
(5xx is tried again for three days, 4xx is dropped without a word to anybody).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from margins.errors import ConfigError
from margins.ingress.relay.envelope import client_address, read_envelope
from margins.ingress.relay.form import MULTIPART, Form
from margins.ingress.relay.proof import check_time
from margins.ingress.relay.provider import Dialect, Head, Posted, Refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

__all__ = ["SendGrid"]

_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
# As long as SendGrid tries. The signature covers the mail, so whoever repeats a request repeats a
# mail that is known.
_AGE_SECONDS = 73 * 3600.0


def _public_key(text: str) -> EllipticCurvePublicKey:
    """The key as SendGrid shows it, base64 of its DER form; or as PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # noqa: PLC0415

    try:
        if text.lstrip().startswith("-----BEGIN"):
            key = serialization.load_pem_public_key(text.encode())
        else:
            key = serialization.load_der_public_key(b64decode(text, validate=True))
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise ConfigError(
            "It is not the public key of a security policy.",
            place="relay_sendgrid_keys",
            remedy="Copy public_key as SendGrid returned it; see docs/relay.md.",
        )
    return key


class SendGrid:
    """Reads what SendGrid posts.

    Args:
        keys: public keys of security policies; any of them may have signed.

    Raises:
        ConfigError: one of them is not such a key.
    """

    path = "sendgrid"
    types = frozenset({MULTIPART})
    growth = 1
    dialect = Dialect(again=503)

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_public_key(key) for key in keys]

    def admit(self, head: Head, now: float) -> None:
        """See `Provider.admit`: what has no signature, or an old one, is not received."""
        head.one(_SIGNATURE)
        check_time(head.one(_TIMESTAMP), now, age=_AGE_SECONDS)

    def read(self, head: Head, body: bytes, now: float) -> Posted:  # noqa: ARG002
        """See `Provider.read`."""
        self._verify(head, body)
        form = Form(head.one("Content-Type"), body)
        envelope = read_envelope(form.content("envelope", most=256 * 1024))
        return Posted(
            content=form.content("email"),
            reverse_path=envelope.reverse_path,
            forward_paths=envelope.forward_paths,
            peer=client_address(form.text("sender_ip")),
        )

    def _verify(self, head: Head, body: bytes) -> None:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        signed = sha256(head.one(_TIMESTAMP).encode())
        signed.update(body)
        for key in self._keys:
            try:
                signature = b64decode(head.one(_SIGNATURE), validate=True)
                key.verify(signature, signed.digest(), ECDSA(Prehashed(SHA256())))
            except (InvalidSignature, ValueError):
                continue
            return
        raise Refusal(401, "the signature is not that of any key in the settings")
