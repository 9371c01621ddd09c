"""What SQLite reads to answer: the rows of one account, whatever others have."""

from __future__ import annotations

import re
import shutil

import pytest
from sqlalchemy import Engine, event

from .documents import BOOK, STORED, highlight, imported, notes

REQUESTS = {
    "a page": "{ annotations { totalCount nodes { quote tags publication { title } } } }",
    "the last page": "{ annotations(last: 5) { totalCount nodes { quote } } }",
    "by time": "{ annotations(sort: CREATED, descending: true) { totalCount nodes { quote } } }",
    "by change": "{ annotations(sort: CHANGED) { totalCount nodes { quote } } }",
    "by place": "{ annotations(sort: PLACE) { totalCount nodes { quote } } }",
    "of a tag": '{ annotations(filter: {tags: ["t"]}) { totalCount nodes { quote } } }',
    "of a colour": '{ annotations(filter: {colours: ["red"]}) { totalCount nodes { quote } } }',
    "of a time": (
        '{ annotations(filter: {createdFrom: "2024-01-01T00:00:00"}) { totalCount nodes { id } } }'
    ),
    "of an author": '{ annotations(filter: {author: "Ada"}) { totalCount nodes { quote } } }',
    "of a source": '{ annotations(filter: {sources: ["x"]}) { totalCount nodes { quote } } }',
    "deleted": "{ annotations(filter: {deleted: true}) { totalCount nodes { quote } } }",
    "books": "{ publications { totalCount nodes { title annotations { totalCount } } } }",
    "books as they came": "{ publications(sort: ARRIVAL) { totalCount nodes { title } } }",
    "books of a title": '{ publications(filter: {title: "notes"}) { totalCount nodes { id } } }',
    "books of a tag": '{ publications(filter: {tags: ["t"]}) { totalCount nodes { id } } }',
    "books of an author": '{ publications(filter: {author: "a"}) { totalCount nodes { id } } }',
    "tags": "{ tags { totalCount nodes { name annotationCount } } }",
    "a search": '{ search(query: "a note") { totalCount nodes { quote } } }',
    "a search in a tag": (
        '{ search(query: "note", filter: {tags: ["t"]}) { totalCount nodes { quote } } }'
    ),
    "an export": "{ export(format: MARKDOWN) { content } }",
    "the account": "{ viewer { createdAt } }",
}
# "found" holds what the index of full-text search gave, and its words are the account's own.
HARMLESS = re.compile(
    r"SEARCH \w+ USING (COVERING )?INDEX \w+ \((account|account_id)=\?.*\)"
    r"|SEARCH accounts USING (COVERING )?INDEX \w+ \(id=\?\)"
    r"|SEARCH annotations USING INTEGER PRIMARY KEY \(rowid=\?\)"
    r"|SCAN annotation_words VIRTUAL TABLE INDEX \d+:M1|MATERIALIZE found|SCAN found"
    r"|(CORRELATED |)(SCALAR|LIST) SUBQUERY \d+|USE TEMP B-TREE FOR .*"
    r"|COMPOUND QUERY|LEFT-MOST SUBQUERY|UNION ALL"
)


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """An empty SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'notes.db')}"


@pytest.fixture
def plans(api):
    """The steps of every statement from now on, with the statement."""
    steps = []

    def explain(connection, _cursor, statement, parameters, _context, many):
        if statement.split(maxsplit=1)[0] in {"SELECT", "WITH", "UPDATE", "DELETE"}:
            values = parameters[0] if many else parameters
            asked = connection.connection.driver_connection.execute(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
            steps.extend((step[3], statement) for step in asked)

    imported(api, highlight("A note.", tags=["t"], colour="red", created="2024-05-06T07:08:09"))
    event.listen(Engine, "before_cursor_execute", explain)
    yield steps
    event.remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("request_", REQUESTS)
def test_reading_goes_by_the_account(api, plans, request_):
    """No request reads a whole table, or an index that does not begin with the account."""
    api.ask(REQUESTS[request_])
    assert plans
    assert [step for step in plans if not HARMLESS.fullmatch(step[0])] == []


def test_a_tag_is_counted_in_its_index(api, plans):
    """How many notes carry a tag is counted without going over those that carry others."""
    api.ask(REQUESTS["tags"])
    steps = [step for step, _ in plans if step.startswith("SEARCH annotation_tags")]
    assert steps
    assert all(step.endswith("(account=? AND tag=?)") for step in steps), steps


def test_writing_goes_by_the_account(api, plans):
    """Nor does an import, an edit, or what a person does to tags and books."""
    imported(api, highlight("Another.", tags=["u"]), key="k2")
    imported(api, highlight("A note.", note="longer"), key="k3")
    imported(api, highlight("Elsewhere."), key="k4", book={"title": "Elsewhere"})
    api.ask(STORED, {"publications": [BOOK]})
    ids = notes(api, "id")
    tags = [tag["id"] for tag in api.ask("{ tags { nodes { id } } }")["tags"]["nodes"]]
    books = [
        book["id"] for book in api.ask("{ publications { nodes { id } } }")["publications"]["nodes"]
    ]
    api.ask(
        """mutation($id: ID!, $ids: [ID!]!, $tags: [ID!]!, $tag: ID!, $from: ID!, $into: ID!) {
          editAnnotation(input: {id: $id, note: "mine", tags: ["v"]}) { __typename }
          deleteAnnotations(ids: $ids) { __typename }
          restoreAnnotations(ids: $ids) { __typename }
          renameTag(id: $tag, name: "w") { __typename }
          mergeTags(ids: $tags, into: $tag) { __typename }
          deleteTag(id: $tag) { __typename }
          mergePublications(from: $from, into: $into) { __typename }
        }""",
        {
            "id": ids[0], "ids": ids, "tags": tags, "tag": tags[0],
            "from": books[0], "into": books[1],
        },
    )  # fmt: skip
    assert [step for step in plans if not HARMLESS.fullmatch(step[0])] == []
