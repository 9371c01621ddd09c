"""Accounts made by somebody who is not the identity provider."""

from __future__ import annotations

import dataclasses

import pytest
from starlette.testclient import TestClient

from margins.api import create_app
from margins.errors import ConfigError

SECRET = "0123456789abcdef0123456789abcdef"
PATH = "/hooks/account-confirmed"


@pytest.fixture
def settings(settings):
    """An API with a hook."""
    return dataclasses.replace(settings, hook_secret=SECRET)


@pytest.mark.parametrize(
    "header", ["", SECRET, "Bearer ", f"Bearer {SECRET[:-1]}", f"Bearer {SECRET}x", "Bearer é" * 9]
)
def test_only_the_secret_opens_it(api, header):
    """Without exactly the secret nothing is made."""
    headers = {"Authorization": header.encode("latin-1")}
    assert api.http.post(PATH, json={"account": "eve"}, headers=headers).status_code == 401
    assert api.ask("{ publications { totalCount } }", account="eve") == {
        "publications": {"totalCount": 0}
    }


def test_a_token_of_a_reader_is_no_secret(api):
    """A reader's token does not open the hook."""
    headers = {"Authorization": f"Bearer {api.signer.token('ada')}"}
    assert api.http.post(PATH, json={"account": "eve"}, headers=headers).status_code == 401


def test_a_short_secret_is_refused(settings):
    """A secret that could be guessed keeps the API from starting."""
    with pytest.raises(ConfigError):
        create_app(dataclasses.replace(settings, hook_secret="hunter2"))


def test_without_a_secret_there_is_no_hook(settings):
    """An empty secret does not mean an open door."""
    with TestClient(create_app(dataclasses.replace(settings, hook_secret=""))) as http:
        headers = {"Authorization": "Bearer "}
        assert http.post(PATH, json={"account": "eve"}, headers=headers).status_code == 404
