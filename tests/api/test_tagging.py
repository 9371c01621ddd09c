"""Tags: one per name however it is written; renamed, merged and deleted for good."""

from __future__ import annotations

import pytest

from .documents import highlight, imported, notes

RENAME = "mutation($id: ID!, $name: String!) { renameTag(id: $id, name: $name) { tag { name } } }"
MERGE = """
mutation($ids: [ID!]!, $into: ID!) {
  mergeTags(ids: $ids, into: $into) { tag { name annotationCount } }
}
"""
DELETE = "mutation($id: ID!) { deleteTag(id: $id) { id } }"


@pytest.fixture
def tags(api):
    """Ids by name of the tags on two notes."""
    imported(api, highlight("One.", tags=["Rome", "war"]), highlight("Two.", tags=["rome"]))
    nodes = api.ask("{ tags { nodes { id name } } }")["tags"]["nodes"]
    return {node["name"]: node["id"] for node in nodes}


def test_case_does_not_make_another_tag(api, tags):
    """ "Rome" and "rome" are one tag, shown as first written, with the number of its notes."""
    nodes = api.ask("{ tags { nodes { name annotationCount } } }")["tags"]["nodes"]
    assert [(node["name"], node["annotationCount"]) for node in nodes] == [("Rome", 2), ("war", 1)]


def test_a_renamed_tag_stays_renamed(api, tags):
    """Renaming shows on every note, and importing the old name again does not undo it."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "#Roma"})
    imported(api, highlight("One.", tags=["Rome", "war", "new"]), key="k2")
    assert notes(api, "tags") == [["Roma", "war"], ["Roma"]]


def test_a_name_in_use_is_refused(api, tags):
    """Renaming to the name of another tag is refused: that would be a merge."""
    assert api.refused(RENAME, {"id": tags["war"], "name": "ROME"}) == "BAD_USER_INPUT"
    assert api.refused(RENAME, {"id": tags["war"], "name": " # "}) == "BAD_USER_INPUT"


def test_merging_tags(api, tags):
    """A merged tag stands once on every note that had either."""
    answer = api.ask(MERGE, {"ids": [tags["war"]], "into": tags["Rome"]})
    assert answer["mergeTags"]["tag"] == {"name": "Rome", "annotationCount": 2}
    assert notes(api, "tags") == [["Rome"], ["Rome"]]


def test_a_deleted_tag_leaves_its_notes(api, tags):
    """Deleting a tag takes it from its notes, which stay, and no import brings it back to them."""
    api.ask(DELETE, {"id": tags["Rome"]})
    imported(api, highlight("One.", tags=["Rome", "war"], colour="red"), key="k2")
    assert notes(api, "tags") == [["war"], []]


def test_the_tags_of_others_are_not_found(api, tags):
    """Another account can neither rename, merge nor delete a tag."""
    assert api.refused(RENAME, {"id": tags["war"], "name": "x"}, account="ben") == "NOT_FOUND"
    both = {"ids": [tags["war"]], "into": tags["Rome"]}
    assert api.refused(MERGE, both, account="ben") == "NOT_FOUND"
    assert api.refused(DELETE, {"id": tags["war"]}, account="ben") == "NOT_FOUND"
