"""One trusted issuer speaking for another."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from margins.api import create_app
from margins.errors import ConfigError

OTHER = "https://other.example"


def test_each_issuer_signs_for_itself_only(settings, signer):
    """A key of one issuer does not make a token of another one valid."""
    other = type(signer)(rsa.generate_private_key(public_exponent=65537, key_size=2048), "key-2")
    issuers = {**settings.issuers, OTHER: {"keys": [other.jwk]}}
    with TestClient(create_app(dataclasses.replace(settings, issuers=issuers))) as http:

        def status(token):
            headers = {"Authorization": f"Bearer {token}"}
            return http.post(
                "/graphql", json={"query": "{__typename}"}, headers=headers
            ).status_code

        assert status(other.token("ada", iss=OTHER)) == 200
        assert status(other.token("ada")) == 401
        assert status(signer.token("ada", iss=OTHER)) == 401


def test_two_issuers_cannot_share_a_kid(settings, signer):
    """A kid names one key of one issuer, or the API does not start."""
    issuers = {**settings.issuers, OTHER: {"keys": [signer.jwk]}}
    with pytest.raises(ConfigError, match="kid"):
        create_app(dataclasses.replace(settings, issuers=issuers))
