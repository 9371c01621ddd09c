"""A token that brings its own key, says where to fetch one, or adds conditions (RFC 8725 s3.10)."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@pytest.fixture(scope="module")
def stranger(signer):
    """A key pair of somebody who pretends to be the issuer."""
    return type(signer)(rsa.generate_private_key(public_exponent=65537, key_size=2048), signer.kid)


def _status(api, token):
    headers = {"Authorization": f"Bearer {token}"}
    return api.http.post("/graphql", json={"query": "{__typename}"}, headers=headers).status_code


def test_a_key_in_the_token_is_not_believed(api, stranger):
    """A token that carries the key it was signed with is refused."""
    assert _status(api, stranger.token("ada", headers={"jwk": stranger.jwk})) == 401


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c", "crit"])
def test_headers_that_change_the_rules_are_refused(api, signer, name):
    """Even a well signed token is refused when its header names keys or conditions."""
    value = {"jwk": signer.jwk, "x5c": ["MII"], "crit": ["exp"]}.get(name, "https://evil.example")
    assert _status(api, signer.token("ada", headers={name: value})) == 401
    assert _status(api, signer.token("ada")) == 200


@pytest.mark.parametrize(
    "kid",
    ["key-1", "other", "", "../../key", "/dev/null", "' OR 1=1 --", None, 7, ["key-1"], {"a": 1}],
)
def test_only_keys_that_were_given(api, signer, kid):
    """A kid that is not among the keys given is refused, whatever it looks like."""
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "RS256", "kid": kid}, signer.claims("ada"))
    )
    signature = signer.private.sign(head + b"." + body, padding.PKCS1v15(), hashes.SHA256())
    token = b".".join([head, body, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
    assert _status(api, token) == (200 if kid == signer.kid else 401)


def test_another_key_under_a_known_kid(api, stranger):
    """A signature by another key is refused under a kid that is known."""
    assert _status(api, stranger.token("ada")) == 401
