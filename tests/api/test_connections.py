"""Relay connections: every item once, in both directions, whatever comes and goes in between."""

from __future__ import annotations

import pytest

from .documents import highlight, imported, notes

PAGE = """
query($first: Int, $after: String, $last: Int, $before: String, $sort: AnnotationSort! = ARRIVAL,
      $descending: Boolean! = false) {
  annotations(first: $first, after: $after, last: $last, before: $before, sort: $sort,
              descending: $descending) {
    totalCount
    nodes { page }
    edges { cursor node { page } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@pytest.fixture
def seven(api):
    """An account with seven annotations, several made at the same time."""
    imported(
        api,
        *(
            highlight(f"Passage {n}.", page=str(n), created=f"2024-01-0{1 + n % 3}T00:00:00")
            for n in range(7)
        ),
    )
    return api


def _walk(api, size, **how):
    """All pages forward, then all pages backward from the end."""
    forward, after = [], None
    while True:
        page = api.ask(PAGE, {"first": size, "after": after, **how})["annotations"]
        forward += [node["page"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    backward, before = [], None
    while True:
        page = api.ask(PAGE, {"last": size, "before": before, **how})["annotations"]
        backward = [node["page"] for node in page["nodes"]] + backward
        if not page["pageInfo"]["hasPreviousPage"]:
            return forward, backward
        before = page["pageInfo"]["startCursor"]


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, "0123456"),
        ({"descending": True}, "6543210"),
        ({"sort": "CREATED"}, "0361425"),
        ({"sort": "CREATED", "descending": True}, "5241630"),
    ],
)
def test_pages_join_to_the_whole_list(seven, size, how, expected):
    """Pages of any size, walked forward or backward, give each item once and in order."""
    assert _walk(seven, size, **how) == (list(expected), list(expected))


def test_every_order_has_an_end(seven):
    """Every sort order can be walked from end to end."""
    for sort in ("ARRIVAL", "CREATED", "CHANGED", "PLACE"):
        forward, backward = _walk(seven, 2, sort=sort)
        assert sorted(forward) == sorted(backward) == list("0123456")


def test_what_is_deleted_in_between_does_not_shift_pages(seven):
    """Deleting an item of the first page does not hide one of the second."""
    first = seven.ask(PAGE, {"first": 3})["annotations"]
    (gone, *_) = notes(seven, "id")
    delete = "mutation($ids: [ID!]!) { deleteAnnotations(ids: $ids) { __typename } }"
    seven.ask(delete, {"ids": [gone]})
    rest = seven.ask(PAGE, {"after": first["pageInfo"]["endCursor"]})["annotations"]
    assert [node["page"] for node in rest["nodes"]] == list("3456")
    assert rest["totalCount"] == 6


def test_edges_and_nodes_agree(seven):
    """Edges carry the same items as nodes, with cursors from the page's first to its last."""
    page = seven.ask(PAGE, {"first": 2})["annotations"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    cursors = [edge["cursor"] for edge in page["edges"]]
    info = page["pageInfo"]
    assert [info["startCursor"], info["endCursor"]] == cursors
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)


def test_an_empty_page(seven):
    """A page of no items has no cursors and still knows the total."""
    page = seven.ask(PAGE, {"first": 0})["annotations"]
    assert (page["nodes"], page["totalCount"]) == ([], 7)
    assert page["pageInfo"]["endCursor"] is None
