"""Tokens: believed by the keys that were given, which can change while the API runs."""

from __future__ import annotations

import itertools
import json
import os
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from margins.api.faults import Fault
from margins.api.settings import Provider
from margins.api.tokens import Caller, Verifier
from margins.errors import ConfigError, Unavailable

ISSUER = "https://accounts.example"


@pytest.fixture(scope="module")
def next_signer(signer):
    """The issuer's next key pair."""
    return type(signer)(rsa.generate_private_key(public_exponent=65537, key_size=2048), "key-2")


def _verify(verifier, token):
    return verifier.verify(f"Bearer {token}")


def test_a_token_names_an_account_and_its_scopes(signer):
    """A valid token gives the account it speaks for and what it may do there."""
    verifier = Verifier({ISSUER: {"keys": [signer.jwk]}}, audience="notes")
    caller = _verify(verifier, signer.token("ada", scope="openid notes"))
    assert caller == Caller(account="ada", scopes=frozenset({"openid", "notes"}))


NOW = int(time.time())
CLIENT = "4k7example"
COGNITO = {"iss": "https://cognito.example/pool", "aud": None, "nbf": None, "scope": None}


@pytest.fixture(scope="module")
def for_people(signer):
    """A verifier that knows an identity provider beside an issuer of its own."""
    provider = Provider(keys={"keys": [signer.jwk]}, audience=CLIENT)
    return Verifier({}, audience="notes", providers={COGNITO["iss"]: provider})


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"aud": CLIENT}, {"notes"}),
        ({"aud": [CLIENT, "x"], "scope": "openid"}, {"openid"}),
        ({"client_id": CLIENT, "scope": "margins/notes openid"}, {"notes", "openid"}),
        ({"client_id": CLIENT, "scope": "aws.cognito.signin.user.admin"},
         {"aws.cognito.signin.user.admin"}),
    ],
)  # fmt: skip
def test_an_identity_providers_token_is_that_of_a_person(signer, for_people, claims, scopes):
    """An ID token speaks for the whole account; an access token may say how much of it."""
    caller = _verify(for_people, signer.token("ada", **COGNITO | claims))
    assert caller == Caller(account="ada", scopes=frozenset(scopes))


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": "notes"},
        {"client_id": "another"},
        {"aud": "another", "client_id": CLIENT},
        {"aud": CLIENT, "exp": None},
        {"aud": CLIENT, "iss": "https://elsewhere.example"},
    ],
)
def test_an_identity_providers_token_for_another_application(signer, for_people, claims):
    """Is nothing here, whoever it is about."""
    with pytest.raises(Fault):
        _verify(for_people, signer.token("ada", **COGNITO | claims))


@pytest.mark.parametrize(
    ("claims", "believed"),
    [
        ({"exp": NOW + 80_000}, True),
        ({"exp": NOW + 100_000}, False),
        ({"exp": NOW + 30 * 365 * 86_400}, False),
        ({"exp": NOW + 80_000, "iat": None}, True),
        ({"exp": NOW + 100_000, "iat": None}, False),
    ],
)
def test_an_identity_providers_token_lives_for_a_day(signer, for_people, claims, believed):
    """One for ever is believed by nobody, whether it says when it was made or not."""
    token = signer.token("ada", **COGNITO | {"aud": CLIENT} | claims)
    if believed:
        assert _verify(for_people, token).account == "ada"
        return
    with pytest.raises(Fault):
        _verify(for_people, token)


def test_two_keys_live_during_rotation(signer, next_signer):
    """While both keys are in the set, tokens of either are believed."""
    verifier = Verifier({ISSUER: {"keys": [signer.jwk, next_signer.jwk]}}, audience="notes")
    assert _verify(verifier, signer.token("ada")).account == "ada"
    assert _verify(verifier, next_signer.token("ada")).account == "ada"


def _replace(path, text):
    stamp = path.stat().st_mtime_ns + 1_000_000
    path.write_text(text)
    os.utime(path, ns=(stamp, stamp))


def _hours():
    """A clock that is an hour later whenever it is looked at."""
    return itertools.count(step=3600.0).__next__


def test_a_file_of_keys_is_read_again_when_it_changes(signer, next_signer, tmp_path):
    """A key added to the file is believed, and one taken out is not, without a restart."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [signer.jwk]}))
    verifier = Verifier({ISSUER: path}, audience="notes", clock=_hours())
    with pytest.raises(Fault):
        _verify(verifier, next_signer.token("ada"))
    _replace(path, json.dumps({"keys": [next_signer.jwk]}))
    assert _verify(verifier, next_signer.token("ada")).account == "ada"
    with pytest.raises(Fault):
        _verify(verifier, signer.token("ada"))


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"keys": []}', '{"keys": [{"kid": "x"}]}'])
def test_a_broken_file_of_keys(signer, tmp_path, broken):
    """A broken file keeps the API from starting, and changes nothing in one that runs."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [signer.jwk]}))
    verifier = Verifier({ISSUER: path}, audience="notes", clock=_hours())
    _replace(path, broken)
    assert _verify(verifier, signer.token("ada")).account == "ada"
    with pytest.raises(ConfigError):
        Verifier({ISSUER: path}, audience="notes")


class _Rotating:
    """A signer's key set, which it tells again whenever it is asked."""

    def __init__(self, *jwks):
        self.keys = list(jwks)
        self.asked = 0
        self.broken = False

    def __call__(self):
        self.asked += 1
        if self.broken:
            raise Unavailable("The disk is gone.")
        return {"keys": list(self.keys)}


def test_a_signers_keys_are_asked_for_again(signer, next_signer):
    """One made since is believed and shown, and one that is gone is neither, without a restart."""
    source = _Rotating(signer.jwk)
    verifier = Verifier({ISSUER: source}, audience="notes", clock=_hours())
    with pytest.raises(Fault):
        _verify(verifier, next_signer.token("ada"))
    source.keys = [next_signer.jwk]
    assert [key["kid"] for key in verifier.jwks["keys"]] == [next_signer.kid]
    assert _verify(verifier, next_signer.token("ada")).account == "ada"
    with pytest.raises(Fault):
        _verify(verifier, signer.token("ada"))


def test_unknown_keys_make_no_work(signer, next_signer):
    """Keys are looked for once a second at most, however many tokens name one nobody knows."""
    source, now = _Rotating(signer.jwk), [100.0]
    verifier = Verifier({ISSUER: source}, audience="notes", clock=lambda: now[0])
    begun = source.asked
    for moment in (100.0, 100.9, 101.0, 101.9):
        now[0] = moment
        for _ in range(20):
            with pytest.raises(Fault):
                _verify(verifier, next_signer.token("ada"))
    assert source.asked == begun + 1


def test_a_signer_that_does_not_answer_changes_nothing(signer):
    """The keys stay as they were."""
    source = _Rotating(signer.jwk)
    verifier = Verifier({ISSUER: source}, audience="notes", clock=_hours())
    source.broken = True
    assert _verify(verifier, signer.token("ada")).account == "ada"
    assert [key["kid"] for key in verifier.jwks["keys"]] == [signer.kid]
