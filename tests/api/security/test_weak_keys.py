"""Keys that should never have been given to the API."""

from __future__ import annotations

import dataclasses

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from margins.api import create_app
from margins.api.tokens import Verifier
from margins.errors import ConfigError


def _refused(settings, *keys):
    issuers = {"https://accounts.example": {"keys": list(keys)}}
    with pytest.raises(ConfigError):
        create_app(dataclasses.replace(settings, issuers=issuers))


def test_short_keys_are_refused(settings, signer):
    """A key of 1024 bits keeps the API from starting."""
    short = type(signer)(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    _refused(settings, short.jwk)


def test_other_kinds_of_key_are_refused(settings, signer):
    """Elliptic curves and shared secrets are no keys for RS256."""
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    _refused(settings, jwt.algorithms.ECAlgorithm.to_jwk(curve, as_dict=True) | {"kid": "a"})
    _refused(settings, {"kty": "oct", "k": "c2VjcmV0", "kid": "a"})
    _refused(settings, {**signer.jwk, "kid": ""})
    _refused(settings)


def test_a_private_key_given_by_mistake_is_not_published(signer):
    """Of a private key in a key set only the public part is shown at /.well-known/jwks.json."""
    private = jwt.algorithms.RSAAlgorithm.to_jwk(signer.private, as_dict=True) | {"kid": "a"}
    shown = Verifier({"https://accounts.example": {"keys": [private]}}, audience="notes").jwks
    (key,) = shown["keys"]
    assert set(key) & {"d", "p", "q", "dp", "dq", "qi"} == set()
    assert key["n"] == signer.jwk["n"]
