"""A key in memory."""

from __future__ import annotations

from collections.abc import Mapping

from margins.signer.file import thumbprint
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemorySigner"]


class MemorySigner(Breakable):
    """margins.ports.Signer with a key of its own."""

    def __init__(self) -> None:
        super().__init__()
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - 100 ms
        from jwt.algorithms import RSAAlgorithm  # noqa: PLC0415

        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        self._jwk = {**public, "kid": thumbprint(public)}

    def sign(self, claims: Mapping[str, object]) -> str:
        """See margins.ports.Signer."""
        import jwt  # noqa: PLC0415 - 100 ms

        self.answer_or_fail()
        header = {"kid": self._jwk["kid"]}
        return jwt.encode(dict(claims), self._private, algorithm="RS256", headers=header)

    def jwks(self) -> Mapping[str, object]:
        """The public key, as a JSON Web Key Set (RFC 7517 s5)."""
        return {"keys": [self._jwk]}
