"""Tags: one per name however it is written; renamed, merged and deleted for good."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from .documents import highlight, imported, notes

RENAME = "mutation($id: ID!, $name: String!) { renameTag(id: $id, name: $name) { tag { name } } }"
MERGE = """
mutation($ids: [ID!]!, $into: ID!) {
  mergeTags(ids: $ids, into: $into) { tag { name annotationCount } }
}
"""
ALIASES = "{ tags { nodes { name aliases annotationCount } } }"
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


def test_a_filter_by_a_former_name_means_the_tag(api, tags):
    """Notes and books are found by what a tag was called, before a rename and before a merge."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    api.ask(MERGE, {"ids": [tags["war"]], "into": tags["Rome"]})
    for name in ("Roma", "rome", "WAR"):
        assert notes(api, arguments=f'(filter: {{tags: ["{name}"]}})') == ["One.", "Two."]
        books = f'{{ publications(filter: {{tags: ["{name}"]}}) {{ totalCount }} }}'
        assert api.ask(books)["publications"]["totalCount"] == 1


def test_a_filter_by_a_long_name_finds_its_tag(api):
    """What is compared ends after 200 characters, in a filter as in an import."""
    imported(api, highlight("Long.", tags=["x" * 300]))
    assert notes(api, arguments=f'(filter: {{tags: ["{"x" * 300}"]}})') == ["Long."]


def test_a_renamed_tag_stays_renamed(api, tags):
    """Renaming shows on every note, and importing the old name again does not undo it."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "#Roma"})
    imported(api, highlight("One.", tags=["Rome", "war", "new"]), key="k2")
    assert notes(api, "tags") == [["Roma", "war"], ["Roma"]]


def _tags(api) -> list[tuple[str, list[str], int]]:
    """Each tag's name, its aliases and how many notes carry it."""
    nodes = api.ask(ALIASES)["tags"]["nodes"]
    return [(node["name"], node["aliases"], node["annotationCount"]) for node in nodes]


def test_a_new_note_with_the_old_name_gets_the_renamed_tag(api, tags):
    """The app goes on saying the old name; it is no tag again, however it is written."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    imported(api, highlight("Three.", page="9", tags=["ROME", "roma", "sea"]), key="k2")
    assert notes(api, "tags")[2] == ["Roma", "sea"]
    assert _tags(api) == [("Roma", ["Rome"], 3), ("sea", [], 1), ("war", [], 1)]


def test_names_of_names_lead_to_the_last(api, tags):
    """Renamed twice and then merged: every name it ever had means what it is now."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    api.ask(RENAME, {"id": tags["Rome"], "name": "Rom"})
    api.ask(MERGE, {"ids": [tags["Rome"]], "into": tags["war"]})
    imported(api, highlight("Three.", page="9", tags=["Rome", "Rom", "roma"]), key="k2")
    assert notes(api, "tags")[2] == ["war"]
    assert _tags(api) == [("war", ["Rom", "Roma", "Rome"], 3)]


def test_a_name_can_be_taken_back(api, tags):
    """By renaming the tag back, or by giving the name to another one."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    api.ask(RENAME, {"id": tags["Rome"], "name": "Rome"})
    assert _tags(api)[0] == ("Rome", ["Roma"], 2)
    api.ask(RENAME, {"id": tags["war"], "name": "Roma"})
    imported(api, highlight("Three.", page="9", tags=["Roma"]), key="k2")
    assert _tags(api) == [("Roma", ["war"], 2), ("Rome", [], 2)]


def test_only_the_case_is_changed(api, tags):
    """No tag is an alias of itself."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "ROME"})
    assert _tags(api)[0] == ("ROME", [], 2)


def test_a_deleted_tag_takes_its_aliases_with_it(api, tags):
    """A new note that says one of them has a tag of that name, as if it had never been there."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    api.ask(DELETE, {"id": tags["Rome"]})
    imported(api, highlight("Three.", page="9", tags=["Rome"]), key="k2")
    assert _tags(api) == [("Rome", [], 1), ("war", [], 1)]


def test_an_alias_is_one_accounts(api, tags):
    """What Ada calls her tags changes nothing for Ben."""
    api.ask(RENAME, {"id": tags["Rome"], "name": "Roma"})
    imported(api, highlight("Mine.", tags=["Rome"]), account="ben")
    assert notes(api, "tags", account="ben") == [["Rome"]]


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


_NAME = st.sampled_from(["sea", "see", "mer", "mar"])
_STEP = st.one_of(
    st.tuples(st.just("import"), st.lists(_NAME, max_size=3)),
    st.tuples(st.just("rename"), _NAME, _NAME),
    st.tuples(st.just("merge"), _NAME, _NAME),
)


def _step(leads: dict[str, str], step) -> None:
    """What a step makes of the names; `leads` says by which name its tag goes."""
    match step:
        case ("import", names):
            for name in names:
                leads.setdefault(name, name)
        case ("rename", old, new):
            leads.update({name: new for name, tag in leads.items() if tag == old})
            leads[new] = new
        case ("merge", one, into):
            leads.update({name: into for name, tag in leads.items() if tag == one})


def _ask(api, number: int, step, account: str) -> bool:
    """True when it could be done: both of a merge are there, the new name is no other tag's."""
    ids = {
        node["name"]: node["id"]
        for node in api.ask("{ tags { nodes { id name } } }", account=account)["tags"]["nodes"]
    }
    match step:
        case ("import", names):
            note = highlight(f"Note {number}.", page=str(number), tags=names)
            imported(api, note, key=f"k{number}", account=account)
            return True
        case ("rename", old, new) if old in ids and (new == old or new not in ids):
            api.ask(RENAME, {"id": ids[old], "name": new}, account=account)
            return True
        case ("merge", one, into) if one in ids and into in ids:
            api.ask(MERGE, {"ids": [ids[one]], "into": ids[into]}, account=account)
            return True
    return False


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings_of_hypothesis(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_STEP, max_size=8))
def test_every_name_leads_to_one_tag(api, steps):
    """Whatever is imported, renamed and merged: no name is two tags', and none comes back."""
    account, leads = uuid4().hex, {}
    for number, step in enumerate(steps):
        if _ask(api, number, step, account):
            _step(leads, step)
        nodes = api.ask(ALIASES, account=account)["tags"]["nodes"]
        found = {name: node["name"] for node in nodes for name in node["aliases"]}
        assert found.keys().isdisjoint(node["name"] for node in nodes)
        assert found | {node["name"]: node["name"] for node in nodes} == leads
