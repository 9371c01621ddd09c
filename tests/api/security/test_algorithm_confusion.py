"""CVE-2022-29217: a token that chooses its own algorithm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def _status(api, token):
    headers = {"Authorization": f"Bearer {token.decode()}"}
    return api.http.post("/graphql", json={"query": "{__typename}"}, headers=headers).status_code


def test_the_public_key_is_not_a_shared_secret(api, signer):
    """A token signed by HMAC with the bytes of the public key is refused."""
    for encoding, form in (
        (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.DER, serialization.PublicFormat.PKCS1),
    ):
        secret = signer.private.public_key().public_bytes(encoding, form)
        signed = _part({"alg": "HS256", "kid": signer.kid}) + b"." + _part(signer.claims("ada"))
        digest = hmac.digest(secret, signed, hashlib.sha256)
        token = signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")
        assert _status(api, token) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "RS512", "PS256", None])
def test_only_rs256(api, signer, algorithm):
    """A token that names another algorithm, or none, is refused, with or without a signature."""
    signature = signer.token("ada").rpartition(".")[2].encode()
    signed = _part({"alg": algorithm, "kid": signer.kid}) + b"." + _part(signer.claims("ada"))
    assert _status(api, signed + b".") == 401
    assert _status(api, signed + b"." + signature) == 401
