"""The schema told to whoever asks."""

from __future__ import annotations

import dataclasses

import pytest
from starlette.testclient import TestClient

from margins.api import create_app


@pytest.mark.parametrize(
    "document",
    ["{ __schema { types { name } } }", '{ __type(name: "Query") { fields { name } } }'],
)
def test_closed_outside_development(api, document):
    """Introspection is refused."""
    answer = api.post(document).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert "data" not in answer


def test_no_suggestions(api):
    """A misspelt field is not answered with the names of fields that there are."""
    (error,) = api.post("{ viewr { id } }").json()["errors"]
    assert "viewer" not in error["message"]


def test_open_in_development(settings, signer):
    """In development the schema can be read and GraphiQL is served."""
    with TestClient(create_app(dataclasses.replace(settings, development=True))) as http:
        headers = {"Authorization": f"Bearer {signer.token('ada')}"}
        body = {"query": "{ __schema { queryType { name } } }"}
        answer = http.post("/graphql", json=body, headers=headers)
        assert answer.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
        assert "graphiql" in http.get("/graphql").text.lower()
