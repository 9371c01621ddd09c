"""Notes in PostGraphile: the real one, over a real PostgreSQL with row-level security."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from secrets import token_hex
from typing import Any

import psycopg
import pytest

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.clients.graphql import GraphQL
from margins.errors import Refused, Unavailable
from margins.plan import Plan
from margins.ports import Applied, Sink
from margins.sink.postgraphile import PostgraphileSink, writing
from margins.testing.contracts import SinkContract

from .postgraphile.running import AUDIENCE, ISSUER, Api, postgraphile

pytestmark = pytest.mark.slow

BOOK = Publication(title="The Salt Roads")


@pytest.fixture(scope="module")
def running() -> Iterator[Api]:
    with postgraphile() as api:
        yield api


@pytest.fixture
def client(running: Api) -> Iterator[GraphQL]:
    made = running.client()
    yield made
    made.close()


class TestContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, client: GraphQL) -> PostgraphileSink:
        return PostgraphileSink(client)


def note(number: int, **said: Any) -> Annotation:
    """A highlight."""
    target = Target(quote=f"passage number {number}", location=Span(number * 10, number * 10))
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target, **said)


def held(sink: Sink, account: str) -> list[Annotation]:
    """What is stored of the book."""
    return [stored.annotation for stored in sink.fetch(account, [BOOK])[0].annotations]


@pytest.fixture
def sink(client: GraphQL) -> PostgraphileSink:
    return PostgraphileSink(client)


@pytest.fixture
def account() -> str:
    return f"account-{token_hex(8)}"


@contextmanager
def constraint(running: Api, condition: str) -> Iterator[None]:
    """The database refuses rows of annotations that do not meet the condition."""
    change = "ALTER TABLE notes.annotation"
    with psycopg.connect(running.database, autocommit=True) as connection:
        connection.execute(f"{change} ADD CONSTRAINT house_rule CHECK ({condition}) NOT VALID")
        yield
        connection.execute(f"{change} DROP CONSTRAINT house_rule")


def as_person(running: Api, account: str, document: str, **variables: object) -> Any:
    """What the account's owner does with a token that is not ours."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": account, "exp": now + 60, "scope": "notes"}
    own = {"Authorization": f"Bearer {running.signer.sign(claims)}"}
    client = running.client(headers=own)
    try:
        return client.execute(account, document, variables, operation="Edit")
    finally:
        client.close()


def test_the_api_has_all_that_is_needed(running: Api, sink: PostgraphileSink) -> None:
    """Tables, columns and plugins, as docs/sinks.md names them."""
    assert sink.problems() == []


def test_three_requests_for_a_mail(client: GraphQL, account: str) -> None:
    """However many notes, books, authors and tags it brings."""
    books = [
        replace(BOOK, title=f"Volume {n}", creators=(Creator(name=f"Author {n}"),))
        for n in range(10)
    ]
    sink = PostgraphileSink(client)
    sink.fetch(account, books)
    notes = tuple(note(n, tags=(f"tag {n % 7}", "all")) for n in range(50))
    plans = [Plan(publication=book, create=notes) for book in books]
    assert sink.apply(account, plans, key="k").created == 500
    assert client.requests == 3


def test_one_refused_note_leaves_the_others(
    running: Api, sink: PostgraphileSink, account: str
) -> None:
    """Only what failed is written by the next attempt, and the counts are those of the mail."""
    plan = Plan(publication=BOOK, create=tuple(map(note, range(20))))
    with (
        constraint(running, "quote <> 'passage number 7'"),
        pytest.raises(Refused, match=r"^1 of 2\d rows .*house_rule"),
    ):
        sink.apply(account, [plan], key="k")
    assert note(7) not in held(sink, account)
    assert len(held(sink, account)) == 19
    rest = Plan(publication=BOOK, create=(note(7),), unchanged=("x",) * 19)
    assert sink.apply(account, [rest], key="k").created == 20
    assert len(held(sink, account)) == 20


def test_without_the_function_each_note_is_a_field(
    client: GraphQL, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API that does not know it is asked once, and never again."""
    monkeypatch.setitem(writing._FIELDS, "annotations", ("importNobody", "ImportNobodyInput!"))
    sink = PostgraphileSink(client)
    for title, requests in (("One", 3), ("Another", 2)):
        before = client.requests
        plan = Plan(publication=replace(BOOK, title=title), create=tuple(map(note, range(30))))
        assert sink.apply(account, [plan], key=token_hex(8)).created == 30
        assert client.requests - before == requests


def test_an_answer_that_comes_too_late(running: Api, account: str) -> None:
    """The request was carried out as a whole, and the next attempt hears what it did."""
    plan = Plan(publication=BOOK, create=tuple(map(note, range(3000))))
    hasty = running.client(seconds=1)
    with psycopg.connect(running.database) as connection:
        connection.execute(
            "LOCK TABLE notes.annotation IN EXCLUSIVE MODE"
        )  # it is read, not written
        with pytest.raises(Unavailable):
            PostgraphileSink(hasty).apply(account, [plan], key="k")
    hasty.close()
    patient = running.client()
    sink = PostgraphileSink(patient)
    deadline = time.monotonic() + 20
    while not (found := len(held(sink, account))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == 3000
    assert sink.apply(account, [plan], key="k").created == 3000
    assert len(held(sink, account)) == 3000
    patient.close()


def test_two_workers_with_the_same_words(running: Api, account: str) -> None:
    """One of them may have to try again; nothing is doubled and nothing lost."""
    plan = Plan(publication=BOOK, create=tuple(note(n, tags=("sea",)) for n in range(30)))

    def bring(key: str) -> None:
        client = running.client()
        for _ in range(5):
            with suppress(Unavailable):
                PostgraphileSink(client).apply(account, [plan], key=key)
                break
        else:
            raise AssertionError("it never came through")
        client.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(bring, ["a", "b", "c", "d"]))
    client = running.client()
    assert sorted(held(PostgraphileSink(client), account), key=str) == sorted(plan.create, key=str)
    client.close()


def test_what_a_person_changed_stays(running: Api, sink: PostgraphileSink, account: str) -> None:
    """An export that says otherwise changes the rest of the note."""
    sink.apply(account, [Plan(publication=BOOK, create=(note(1, note="old"),))], key="1")
    (stored,) = sink.fetch(account, [BOOK])[0].annotations
    edit = (
        "mutation Edit($id: UUID!) { updateAnnotationById(input: "
        '{id: $id, annotationPatch: {note: "mine"}}) { clientMutationId } }'
    )
    as_person(running, account, edit, id=stored.id)
    (edited,) = sink.fetch(account, [BOOK])[0].annotations
    assert (edited.annotation.note, edited.edited) == ("mine", {"note"})
    again = Plan(publication=BOOK, create=(note(1, note="new", colour="blue"),))
    assert sink.apply(account, [again], key="2").updated == 1
    assert held(sink, account) == [note(1, note="mine", colour="blue")]


def test_what_a_person_deleted_stays_deleted(
    running: Api, sink: PostgraphileSink, account: str
) -> None:
    """It is known, so that no export brings it back."""
    plan = Plan(publication=BOOK, create=(note(1),))
    sink.apply(account, [plan], key="1")
    (stored,) = sink.fetch(account, [BOOK])[0].annotations
    edit = (
        "mutation Edit($id: UUID!) { updateAnnotationById(input: "
        '{id: $id, annotationPatch: {deletedAt: "2024-01-01"}}) { clientMutationId } }'
    )
    as_person(running, account, edit, id=stored.id)
    assert sink.fetch(account, [BOOK])[0].annotations[0].edited == {"*"}
    assert sink.apply(account, [plan], key="2") == Applied(created=0, updated=0, unchanged=1)


def test_a_later_export_completes_the_book(
    running: Api, sink: PostgraphileSink, account: str
) -> None:
    """What stands there stays; what is missing is filled in."""
    sink.apply(account, [Plan(publication=replace(BOOK, publisher="Gull"), create=())], key="1")
    more = replace(BOOK, publisher="Other", year=1999, identifiers=(("isbn", "9780000000002"),))
    sink.apply(account, [Plan(publication=more)], key="2")
    said = as_person(
        running, account, "query Edit { allPublications { nodes { publisher year identifiers } } }"
    )
    assert said["allPublications"]["nodes"] == [
        {
            "publisher": "Gull",
            "year": 1999,
            "identifiers": [{"scheme": "isbn", "value": "9780000000002"}],
        }
    ]


def test_nobody_points_at_somebody_elses_book(
    running: Api, sink: PostgraphileSink, account: str
) -> None:
    """Not even who knows its id: the database refuses the row."""
    sink.apply(account, [Plan(publication=BOOK, create=(note(1),))], key="1")
    ids = as_person(running, account, "query Edit { allPublications { nodes { id } } }")
    (book,) = ids["allPublications"]["nodes"]
    attack = (
        "mutation Edit($id: UUID!) { createAccount(input: {account: {}}) { clientMutationId } "
        'createAnnotation(input: {annotation: {publicationId: $id, key: "x", '
        'motivation: "COMMENTING", quote: "", note: "x", colour: "", style: "", '
        "locations: {}, truncated: false}}) { clientMutationId } }"
    )
    with pytest.raises(Unavailable, match="row-level security"):
        as_person(running, f"other-{account}", attack, id=book["id"])
    assert held(sink, account) == [note(1)]


def test_what_no_database_keeps_is_replaced_once(sink: PostgraphileSink, account: str) -> None:
    """NUL and half a surrogate pair come back as replacement characters, and are then known."""
    odd = replace(note(1, note="a\0b \ud83c", tags=("x\0", "x\ufffd")))
    plan = Plan(publication=replace(BOOK, title="Salt\0"), create=(odd,))
    assert sink.apply(account, [plan], key="1").created == 1
    (stored,) = sink.fetch(account, [replace(BOOK, title="Salt\ufffd")])[0].annotations
    assert (stored.annotation.note, stored.annotation.tags) == ("a\ufffdb ?", ("x\ufffd",))
    assert sink.apply(account, [plan], key="2") == Applied(created=0, updated=0, unchanged=1)
