"""Bodies that would fill the memory."""

from __future__ import annotations

import dataclasses
import json

import pytest

from margins.api import Limits

from ..documents import IMPORT, highlight, notebooks


@pytest.fixture
def settings(settings):
    """Small limits, so that the tests are fast."""
    limits = Limits(body=2_000, import_body=20_000)
    return dataclasses.replace(settings, limits=limits)


def _send(api, content, **headers):
    token = f"Bearer {api.signer.token('ada')}"
    usual = {"Authorization": token, "Content-Type": "application/json"}
    return api.http.post("/graphql", content=content, headers={**usual, **headers})


def test_a_body_is_given_up_when_it_is_too_long(api):
    """A body over the limit is answered 413 without being read to its end."""
    read = []

    def endless():
        for _ in range(1_000):
            read.append(1)
            yield b" " * 1_000

    assert _send(api, endless()).status_code == 413
    assert len(read) <= 1_000


def test_content_length_is_not_believed(api):
    """A body that lies about its length is measured all the same."""
    assert _send(api, b" " * 30_000, **{"Content-Length": "10"}).status_code == 413


def test_only_an_import_may_be_long(api):
    """What an import may send, a query may not."""
    assert api.refused("{ viewer { id } }", {"padding": "x" * 3_000}) == "TOO_COMPLEX"
    assert api.ask(IMPORT, notebooks(highlight("x" * 3_000)))


def test_without_a_token_no_body_is_read(api):
    """A caller without a token is sent away before any of the body is taken."""
    answer = _send(api, b" " * 30_000, Authorization="Bearer x")
    assert answer.status_code == 401


@pytest.mark.parametrize("content", [b"[" * 19_000, b'{"a":' * 3_000, b"", b"\xff", b"nul", b'"x"'])
def test_strange_json_is_a_bad_request(api, content):
    """JSON that is broken, or nested without end, is answered 400."""
    answer = _send(api, content)
    assert answer.status_code == 400
    assert json.loads(answer.content)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
