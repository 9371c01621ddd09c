"""Notes in the notes API: the real one, over HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from secrets import token_hex

import pytest
import uvicorn

from margins import api
from margins.annotation import Annotation, Motivation, Publication, Span, Target
from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.clients.token import IMPORT, NOTES
from margins.errors import Refused, Unavailable
from margins.plan import Change, Plan
from margins.sink.graphql import GraphQLSink
from margins.testing.contracts import SinkContract
from margins.testing.fakes import MemorySigner
from margins.testing.webserver import Answer, serving

from ..api.postgresql import cluster

BOOK = Publication(title="The Salt Roads")


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


@dataclass(frozen=True)
class Api:
    """A running notes API and a signer it believes."""

    url: str
    signer: MemorySigner

    def client(
        self, *, audience: str = "notes", scope: str = IMPORT, most_bytes: int = 10**8
    ) -> GraphQL:
        """A client of it."""
        return GraphQL(
            Endpoint(url=self.url),
            signer=self.signer,
            clock=SystemClock(),
            issuer="https://m.example",
            audience=audience,
            scope=scope,
            most_bytes=most_bytes,
        )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty database; every test runs on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('api') / 'notes.db'}"
    else:
        with cluster() as url:
            yield url


@pytest.fixture(scope="module")
def running(database: str) -> Iterator[Api]:
    """The notes API behind uvicorn on a loopback port."""
    signer = MemorySigner()
    app = api.create_app(
        api.Settings(
            database=database,
            issuers={"https://m.example": signer.jwks()},
            audience="notes",
        )
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}/graphql", signer)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def client(running: Api) -> Iterator[GraphQL]:
    made = running.client()
    yield made
    made.close()


class TestContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, client: GraphQL) -> GraphQLSink:
        return GraphQLSink(client)


def note(number: int) -> Annotation:
    """A highlight."""
    target = Target(quote=f"passage number {number}", location=Span(number * 10, number * 10))
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target)


def test_one_request_to_read_and_one_to_write(client: GraphQL) -> None:
    """However many notes and books a mail brings."""
    books = [replace(BOOK, title=f"Volume {n}") for n in range(20)]
    sink, account = GraphQLSink(client), token_hex(8)
    sink.fetch(account, books)
    assert client.requests == 1
    plans = [Plan(publication=book, create=tuple(map(note, range(100)))) for book in books]
    assert sink.apply(account, plans, key="k").created == 2000
    assert client.requests == 2


def test_nothing_to_read_is_no_request(client: GraphQL) -> None:
    """An export without notes does not bother the API."""
    assert GraphQLSink(client).fetch("ada", []) == []
    assert client.requests == 0


def test_a_change_names_the_note_it_changes(client: GraphQL) -> None:
    """By the API's own id, even where words and place have both changed."""
    sink, account = GraphQLSink(client), token_hex(8)
    sink.apply(account, [Plan(publication=BOOK, create=(note(1),))], key="1")
    (stored,) = sink.fetch(account, [BOOK])[0].annotations
    change = Change(id=stored.id, before=stored.annotation, after=note(7))
    applied = sink.apply(account, [Plan(publication=BOOK, update=(change,))], key="2")
    assert (applied.created, applied.updated) == (0, 1)
    (after,) = sink.fetch(account, [BOOK])[0].annotations
    assert (after.id, after.annotation) == (stored.id, note(7))


def test_a_note_says_which_format_it_came_from(running: Api, client: GraphQL) -> None:
    """So that a reader can ask for everything one reading app has sent."""
    account = token_hex(8)
    plan = Plan(publication=BOOK, create=(note(1),), source="kindle-notebook")
    GraphQLSink(client).apply(account, [plan], key="1")
    asked = "query Q($f: AnnotationFilter!) { annotations(filter: $f) { nodes { quote source } } }"

    person = running.client(scope=NOTES)

    def found(source: str) -> object:
        return person.execute(account, asked, {"f": {"sources": [source]}}, operation="Q")

    said = {"quote": "passage number 1", "source": "kindle-notebook"}
    assert found("kindle-notebook") == {"annotations": {"nodes": [said]}}
    assert found("koreader-lua") == {"annotations": {"nodes": []}}
    person.close()


def test_a_token_for_somebody_else_waits_for_the_operator(running: Api) -> None:
    """Asked twice, since it might have been the clock; then a person has to look."""
    client = running.client(audience="others")
    with pytest.raises(Unavailable, match="tokens"):
        GraphQLSink(client).fetch("ada", [BOOK])
    assert client.requests == 2
    client.close()


def test_what_the_api_refuses_is_refused(client: GraphQL) -> None:
    """Its sentence reaches the person."""
    wrong = replace(note(1), target=replace(note(1).target, location=Span(0, 10**12)))
    with pytest.raises(Refused, match="32-bit") as raised:
        GraphQLSink(client).apply("ada", [Plan(publication=BOOK, create=(wrong,))], key="k")
    assert "replay" in raised.value.remedy


def test_an_answer_that_is_too_long_is_unavailable(running: Api) -> None:
    """The limit is in bytes, and the mail waits until the operator has raised it."""
    client, account = running.client(most_bytes=10_000), token_hex(8)
    sink = GraphQLSink(client)
    sink.apply(account, [Plan(publication=BOOK, create=tuple(map(note, range(100))))], key="k")
    with pytest.raises(Unavailable, match="10000 bytes"):
        sink.fetch(account, [BOOK])
    client.close()


@pytest.mark.parametrize(
    "data",
    [
        b'{"storedNotebooks":[]}',
        b'{"storedNotebooks":null}',
        b'{"storedNotebooks":[{"revision":0,"annotations":[{"id":"x"}]}]}',
        b'{"storedNotebooks":7,"importNotebook":7}',
        b'{"importNotebook":{"created":null,"updated":"x"}}',
        b"{}",
    ],
)
def test_an_answer_of_another_shape_is_unavailable(running: Api, data: bytes) -> None:
    """Half an answer is never taken for a whole one."""
    with serving() as server:
        server.answers = [Answer(body=b'{"data":' + data + b"}")]
        client = replace(running, url=server.url).client()
        sink = GraphQLSink(client)
        with pytest.raises(Unavailable, match="another shape"):
            sink.fetch("ada", [BOOK])
        with pytest.raises(Unavailable, match="another shape"):
            sink.apply("ada", [Plan(publication=BOOK)], key="k")
        client.close()
