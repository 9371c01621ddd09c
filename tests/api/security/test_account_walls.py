"""One account reaching into another: by id, by filter, by cursor, by merge."""

from __future__ import annotations

import pytest

from ..documents import BOOK, STORED, highlight, imported, notes


@pytest.fixture
def ids(api):
    """Ids of everything Ada has."""
    imported(api, highlight("Secret.", note="hidden", tags=["private"]))
    data = api.ask(
        "{ viewer { id } publications { nodes { id } } annotations { nodes { id } }"
        " tags { nodes { id } } }"
    )
    return {
        "account": data["viewer"]["id"],
        "publication": data["publications"]["nodes"][0]["id"],
        "annotation": data["annotations"]["nodes"][0]["id"],
        "tag": data["tags"]["nodes"][0]["id"],
    }


def test_no_list_shows_it(api, ids):
    """Every list, the search and every export of another account is empty."""
    data = api.ask(
        """query($publications: [PublicationInput!]!) {
          publications { totalCount } annotations { totalCount } tags { totalCount }
          search(query: "secret") { totalCount }
          filtered: annotations(filter: {tags: ["private"], author: "Ada"}) { totalCount }
          export(format: JSONLD) { content }
          storedNotebooks(publications: $publications) { publication { id } annotations { id } }
        }""",
        {"publications": [BOOK]},
        account="ben",
    )
    assert {value["totalCount"] for value in data.values() if "totalCount" in value} == {0}
    assert "Secret" not in str(data)
    assert data["storedNotebooks"] == [{"publication": None, "annotations": []}]


@pytest.mark.parametrize("kind", ["account", "publication", "annotation", "tag"])
def test_no_id_opens_it(api, ids, kind):
    """An id of another account is as unknown as one that never was."""
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert api.ask(query, {"id": ids[kind]}, account="ben") == {"node": None}
    assert api.ask(query, {"id": ids[kind]}) == {"node": {"id": ids[kind]}}


@pytest.mark.parametrize(
    "mutation",
    [
        'editAnnotation(input: {id: "%(annotation)s", note: "x"}) { __typename }',
        """addAnnotation(input: {
            publication: "%(publication)s", annotation: {motivation: COMMENTING, note: "x"}
        }) { __typename }""",
        'deleteAnnotations(ids: ["%(annotation)s"]) { __typename }',
        'restoreAnnotations(ids: ["%(annotation)s"]) { __typename }',
        'renameTag(id: "%(tag)s", name: "x") { __typename }',
        'deleteTag(id: "%(tag)s") { __typename }',
        'mergeTags(ids: ["%(tag)s"], into: "%(tag)s") { __typename }',
        'mergePublications(from: "%(publication)s", into: "pub_0") { __typename }',
    ],
)
def test_no_mutation_touches_it(api, ids, mutation):
    """Every mutation with an id of another account answers NOT_FOUND and changes nothing."""
    before = api.ask(STORED, {"publications": [BOOK]})
    document = f"mutation {{ {mutation % ids} }}"
    assert api.refused(document, account="ben") == "NOT_FOUND"
    assert api.ask(STORED, {"publications": [BOOK]}) == before
    assert notes(api, "note tags") == [{"note": "hidden", "tags": ["private"]}]


def test_no_filter_reaches_it(api, ids):
    """A filter by a publication of another account finds nothing."""
    arguments = f'(filter: {{publications: ["{ids["publication"]}"]}})'
    assert notes(api, arguments=arguments, account="ben") == []
    assert notes(api, arguments=arguments) == ["Secret."]


def test_a_cursor_is_no_key(api, ids):
    """A cursor made in one account shows only the other's own rows."""
    imported(api, highlight("Own."), account="ben")
    page = api.ask("{ annotations { pageInfo { startCursor } } }")["annotations"]
    cursor = page["pageInfo"]["startCursor"]
    assert notes(api, arguments=f'(after: "{cursor}")', account="ben") == ["Own."]
