"""The hook that an identity provider calls: an account, and a handbook to begin with."""

from __future__ import annotations

import dataclasses

import pytest

from .documents import notes

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def settings(settings):
    """An API with a hook."""
    return dataclasses.replace(settings, hook_secret=SECRET)


def _confirm(api, account="ada", **body):
    headers = {"Authorization": f"Bearer {SECRET}"}
    sent = {"account": account, **body}
    return api.http.post("/hooks/account-confirmed", json=sent, headers=headers).status_code


def test_a_new_account_begins_with_the_handbook(api):
    """The account is there, with a book whose notes show highlights, notes, tags and bookmarks."""
    assert _confirm(api) == 204
    (book,) = api.ask("{ publications { nodes { title annotations { totalCount } } } }")[
        "publications"
    ]["nodes"]
    assert book["title"] == "The Margins Handbook"
    shown = notes(api, "motivation note tags colour", "(first: 100)")
    assert {note["motivation"] for note in shown} == {
        "HIGHLIGHTING", "COMMENTING", "BOOKMARKING",
    }  # fmt: skip
    assert any(note["tags"] for note in shown)
    assert any(note["note"] for note in shown)


def test_calling_again_changes_nothing(api):
    """The same account confirmed twice has one handbook, and deleted pages stay deleted."""
    _confirm(api)
    ids = notes(api, "id", "(first: 100)")
    delete = "mutation($ids: [ID!]!) { deleteAnnotations(ids: $ids) { __typename } }"
    api.ask(delete, {"ids": ids[:1]})
    assert _confirm(api) == 204
    assert notes(api, "id", "(first: 100)") == ids[1:]


def test_the_account_is_the_one_named(api):
    """The handbook is in the account of the call and in no other."""
    _confirm(api, "ada")
    assert notes(api, account="ben") == []


@pytest.mark.parametrize("account", ["", None, 7, "a\nb", "x" * 129])
def test_a_call_without_an_account(api, account):
    """A call that names no account is refused."""
    assert _confirm(api, account) == 422
