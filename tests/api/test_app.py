"""What HTTP says."""

from __future__ import annotations

import re
from importlib.resources import files

from margins.api.execution import executable_schema
from margins.api.faults import MEANINGS, Code
from margins.api.scopes import INGEST


def test_public_keys_are_published(api, signer):
    """The keys that tokens are checked with are at the well-known address, for anyone."""
    answer = api.http.get("/.well-known/jwks.json")
    assert answer.json() == {"keys": [signer.jwk]}


def test_health(api):
    """A health check needs no token."""
    assert api.http.get("/healthz").text == "ok"


def test_statuses(api):
    """An answer is 200, a request that is none is 400, and so is a document that is wrong."""
    assert api.post("{ __typename }").status_code == 200
    assert api.post("{ nonsense }").status_code == 400
    assert api.post("{").status_code == 400
    assert api.post("").status_code == 400
    assert api.post("subscription { x }").status_code == 400


def test_an_account_exists_before_its_first_import(api):
    """An account that was never seen has an empty library and is no error."""
    data = api.ask("{ viewer { id } publications { totalCount nodes { id } } }", account="new")
    assert data == {"viewer": {"id": "acc_new"}, "publications": {"totalCount": 0, "nodes": []}}


def test_the_schema_names_every_code():
    """And each has a sentence in the documentation."""
    sdl = files("margins.api").joinpath("schema.graphql").read_text("utf-8")
    head = sdl.partition('"""')[2].partition('"""')[0]
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", head)) >= set(Code)
    assert MEANINGS.keys() == set(Code)


def test_what_imports_use_is_in_the_schema():
    """The fields that a token of the pipeline may use exist."""
    schema = executable_schema()
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    fields = {*schema.query_type.fields, *schema.mutation_type.fields}
    assert fields >= INGEST.fields.keys()
