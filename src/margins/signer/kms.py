"""An RSA key that never leaves AWS KMS: each token is one request.

The key needs the usage SIGN_VERIFY and the spec RSA_2048 or longer. There is nothing to steal from
a function, and nothing to import: no cryptography, no JWT library.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256

from margins.clients.aws import Aws, AwsError
from margins.errors import ConfigError, Unavailable

__all__ = ["KmsSigner"]

_ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"  # RS256 in the words of KMS
_RSA = bytes.fromhex("06092a864886f70d010101")  # OBJECT IDENTIFIER rsaEncryption (RFC 8017 A.1)


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _element(der: bytes, at: int) -> tuple[int, int]:
    """Where the contents of the DER element at this place begin and end (X.690 s8.1)."""
    length, at = der[at + 1], at + 2
    if length < 0x80:
        return at, at + length
    octets = length & 0x7F
    return at + octets, at + octets + int.from_bytes(der[at : at + octets])


def _rsa_numbers(spki: bytes) -> tuple[bytes, bytes]:
    """Modulus and exponent of a SubjectPublicKeyInfo (RFC 5280 s4.1), without leading zeros."""
    outer, _ = _element(spki, 0)
    _, end_of_algorithm = _element(spki, outer)
    if _RSA not in spki[outer:end_of_algorithm]:
        raise ValueError("not an RSA key")
    bits, _ = _element(spki, end_of_algorithm)
    inner, _ = _element(spki, bits + 1)
    modulus, end = _element(spki, inner)
    exponent, last = _element(spki, end)
    return spki[modulus:end].lstrip(b"\0"), spki[exponent:last].lstrip(b"\0")


class KmsSigner:
    """margins.ports.Signer over a key in KMS. Threads may share it.

    Args:
        key: id, ARN or alias.
        kid: what tokens call the key: its RFC 7638 thumbprint. When empty it is worked out of the
            public key, which costs one request more.
    """

    def __init__(self, aws: Aws, key: str, *, kid: str = "") -> None:
        self._aws = aws
        self._key = key
        self._known_kid = kid

    @cached_property
    def _jwk(self) -> dict[str, str]:
        answer = self._call("GetPublicKey", {"KeyId": self._key})
        try:
            modulus, exponent = _rsa_numbers(b64decode(answer["PublicKey"]))
        except (ValueError, IndexError) as error:
            raise ConfigError(
                f"This key cannot sign RS256: {error}.",
                place=self._key,
                remedy="Make one with the usage SIGN_VERIFY and the spec RSA_2048.",
            ) from error
        members = {"e": _base64url(exponent), "kty": "RSA", "n": _base64url(modulus)}
        canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode("ascii")
        return members | {"kid": _base64url(sha256(canonical).digest())}

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWS; see margins.ports.Signer."""
        header = {"alg": "RS256", "kid": self._known_kid or self._jwk["kid"], "typ": "JWT"}
        parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
        signed = ".".join(map(_base64url, parts))
        answer = self._call(
            "Sign",
            {
                "KeyId": self._key,
                "Message": b64encode(signed.encode("ascii")).decode("ascii"),
                "MessageType": "RAW",
                "SigningAlgorithm": _ALGORITHM,
            },
        )
        return f"{signed}.{_base64url(b64decode(answer['Signature']))}"

    def jwks(self) -> Mapping[str, object]:
        """The public key, as a JSON Web Key Set (RFC 7517 s5).

        Raises:
            Unavailable, ConfigError
        """
        return {"keys": [self._jwk | {"use": "sig", "alg": "RS256"}]}

    def _call(self, operation: str, body: Mapping[str, object]) -> Mapping[str, str]:
        try:
            answer: Mapping[str, str] = self._aws.call(
                f"TrentService.{operation}", body, version="1.1"
            )
        except AwsError as error:
            raise Unavailable(
                f"KMS refused {operation}: {error.code} {error.args[1]}".rstrip(),
                place=self._key,
                remedy="Check the key's id, that it is enabled, and what the role allows.",
            ) from error
        return answer
