"""Keys and signatures for tests: real ones, of any length and with any tag, made by dkimpy."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS, parse_pem_private_key
from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

NOW = time.time()
SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A private key as dkimpy takes it (PEM, or base64 for Ed25519), and p= of its record."""

    private: bytes
    public: bytes
    kind: str = "rsa"

    def record(self, tags: bytes = b"v=DKIM1; ") -> bytes:
        """The TXT record that publishes it."""
        return tags + b"k=" + self.kind.encode() + b"; p=" + self.public


def _prime(bits: int, exponent: int) -> int:
    while True:
        n = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if gcd(n - 1, exponent) == 1 and all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11)):
            return n


def _weak_key(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    """A key such as libraries refuse to make."""
    p, q = _prime(bits // 2, exponent), _prime(bits // 2, exponent)
    d = pow(exponent, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    ).private_key(unsafe_skip_rsa_key_validation=True)


@cache
def rsa_key(owner: str, bits: int = 2048, exponent: int = 65537) -> KeyPair:
    """A key of that owner, of any length."""
    usual = bits >= 1024 and exponent == 65537
    private = rsa.generate_private_key(exponent, bits) if usual else _weak_key(bits, exponent)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private=pem, public=base64.b64encode(der))


@cache
def ed25519_key(owner: str) -> KeyPair:
    """An Ed25519 key of that owner (RFC 8463)."""
    private = ed25519.Ed25519PrivateKey.generate()
    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return KeyPair(private=base64.b64encode(seed), public=base64.b64encode(public), kind="ed25519")


def mail(
    sender: str, *extra: str, to: str = "notes@in.example", body: str = "My notes.\n"
) -> bytes:
    """A small regular message; `extra` header lines stand on top."""
    lines = [
        *extra,
        f"From: {sender}",
        f"To: {to}",
        "Subject: Notes",
        "Date: Mon, 2 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{hashlib.sha256(sender.encode()).hexdigest()[:16]}@mua.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        body,
    ]
    return "\n".join(lines).replace("\n", "\r\n").encode()


def sign(
    content: bytes,
    key: KeyPair,
    domain: str | bytes,
    selector: str | bytes = "mail",
    *,
    signed: Sequence[str] = SIGNED,
    canonical: bytes = b"relaxed/relaxed",
    algorithm: str = "",
    **tags: str,
) -> bytes:
    """The message with one more DKIM-Signature on top; further tags (x=, l=, i=) by name."""
    algorithm = algorithm or f"{key.kind}-sha256"
    signer = dkim.DKIM(content, signature_algorithm=algorithm.encode())
    signer.hasher = HASH_ALGORITHMS[algorithm.encode()]
    policy = CanonicalizationPolicy.from_c_value(canonical)
    body = policy.canonicalize_body(signer.body)
    if "l" in tags:
        body = body[: int(tags["l"])]
    names = [name.encode() for name in signed]
    fields = {
        b"v": b"1",
        b"a": algorithm.encode(),
        b"c": canonical,
        b"d": domain if isinstance(domain, bytes) else domain.encode(),
        b"s": selector if isinstance(selector, bytes) else selector.encode(),
        b"t": str(int(NOW) - 60).encode(),
        b"h": b":".join(names),
        b"bh": base64.b64encode(signer.hasher(body).digest()),
    }
    fields |= {name.encode(): value.encode() for name, value in tags.items()}
    fields[b"b"] = b"0" * 60
    if key.kind == "rsa":
        private = parse_pem_private_key(key.private)
    else:
        private = SigningKey(key.private, encoder=Base64Encoder)
    value = signer.gen_header(list(fields.items()), names, policy, b"DKIM-Signature", private)
    return b"DKIM-Signature: " + value + content


def seal(content: bytes, key: KeyPair, domain: str, results: str) -> bytes:
    """The message with one more ARC set on top, made by a forwarder that saw these results."""
    reported = f"Authentication-Results: {domain}; {results}\r\n".encode() + content
    arc_set = dkim.arc_sign(reported, b"mail", domain.encode(), key.private, domain.encode())
    return b"".join(arc_set) + content
