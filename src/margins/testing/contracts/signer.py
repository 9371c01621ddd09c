"""What every signer promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import jwt

from margins.ports import Signer

__all__ = ["SignerContract"]

_CLAIMS = {"iss": "https://m.example", "aud": "notes", "sub": "ada", "exp": 4_000_000_000}


class _Signer(Signer, Protocol):
    def jwks(self) -> Mapping[str, object]: ...


def _published(signer: _Signer) -> dict[str, jwt.PyJWK]:
    keys = signer.jwks()["keys"]
    assert isinstance(keys, list)
    return {key["kid"]: jwt.PyJWK(key, algorithm="RS256") for key in keys}


class SignerContract:
    """Wants a fixture `signer` with a published key set, `jwks()`."""

    def test_a_token_can_be_checked_with_the_published_keys(self, signer: _Signer) -> None:
        """RS256, a `kid` that is published, and exactly the claims that were given."""
        token = signer.sign(_CLAIMS)
        header = jwt.get_unverified_header(token)
        assert header["alg"] == "RS256"
        key = _published(signer)[header["kid"]]
        read = jwt.decode(token, key, algorithms=["RS256"], audience="notes")
        assert read == _CLAIMS

    def test_no_private_part_is_published(self, signer: _Signer) -> None:
        """The key set has the members of a public key and no others (RFC 7518 s6.3.1)."""
        keys = signer.jwks()["keys"]
        assert isinstance(keys, list)
        for key in keys:
            assert key["kty"] == "RSA"
            assert {"n", "e", "kid"} <= set(key)
            assert not {"d", "p", "q", "dp", "dq", "qi", "oth"} & set(key)

    def test_a_key_has_2048_bits(self, signer: _Signer) -> None:
        """RFC 7518 s3.3 demands as much."""
        assert all(key.key.key_size >= 2048 for key in _published(signer).values())
