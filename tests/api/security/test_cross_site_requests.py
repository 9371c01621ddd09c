"""Requests made by somebody else's web page."""

from __future__ import annotations

import dataclasses

import pytest
from starlette.testclient import TestClient

from margins.api import create_app

ORIGIN = {"Origin": "https://console.example"}


@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""],
)
def test_no_form_can_post(api, media_type):
    """Types that a form can send without asking are refused with 415."""
    headers = {"Authorization": f"Bearer {api.signer.token('ada')}", "Content-Type": media_type}
    answer = api.http.post("/graphql", content=b'{"query":"{__typename}"}', headers=headers)
    assert answer.status_code == 415


def test_a_link_runs_nothing(api):
    """A GET with a query in its address runs nothing."""
    assert api.http.get("/graphql", params={"query": "{__typename}"}).status_code == 405


def _asks(http, origin):
    preflight = {**origin, "Access-Control-Request-Method": "POST"}
    answer = http.options("/graphql", headers=preflight)
    return answer.headers.get("access-control-allow-origin")


def test_no_origin_is_allowed_unless_set(api, settings):
    """A browser is told yes for the origins in the settings, and for no others."""
    assert _asks(api.http, ORIGIN) is None
    open_to = dataclasses.replace(settings, origins=(ORIGIN["Origin"],))
    with TestClient(create_app(open_to)) as http:
        assert _asks(http, ORIGIN) == ORIGIN["Origin"]
        assert _asks(http, {"Origin": "https://evil.example"}) is None
