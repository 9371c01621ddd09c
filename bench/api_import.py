"""How fast the notes API takes notes in, over HTTP with a signed token per request.

    python bench/api_import.py [--postgresql | --database URL] [--accounts N] [--rounds N]

The server runs in this process beside the client, on SQLite in a temporary directory, a throw-away
PostgreSQL or another database, whose tables must be empty; the time of both is counted. The crowd
is 1,000 notes for each account; the goal is 1,000 accounts, and fewer, or what twelve minutes make
of them, are marked as scaled down. What one account asks then must not take longer because of the
others.
PostGraphile is in bench/sinks.py.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.api.postgresql import cluster

from margins.api import Settings, create_app
from margins.clients.token import claims
from margins.service.servers import listen

ISSUER, AUDIENCE = "https://bench.example", "notes"
OPERATIONS = Path(__file__).parents[1] / "src" / "margins" / "sink" / "operations.graphql"
SEARCH = "query { search(query: %s, first: 20) { totalCount nodes { quote } } }"
PAGE = "query { annotations(%s) { totalCount nodes { quote note tags } } }"
ASKED = {  # of one account among all, and how many notes or books come back
    "search": (20, SEARCH % '"passage marked"'),
    "search for a letter": (20, SEARCH % '"p"'),
    "a page": (100, PAGE % "first: 100"),
    "a page by date": (100, PAGE % "first: 100, sort: CREATED, descending: true"),
    "a page of a tag": (100, PAGE % 'first: 100, filter: {tags: ["later"]}'),
    "a page of a colour": (100, PAGE % 'first: 100, filter: {colours: ["yellow"]}'),
    "books": (1, "query { publications(first: 100) { totalCount nodes { title } } }"),
    "tags": (1, "query { tags(first: 100) { totalCount nodes { name annotationCount } } }"),
    "export": (1_000, "query { export(format: MARKDOWN) { content } }"),
}
GOAL = 1_000
BIG = 5_000
MOST_SECONDS = 720.0


@dataclass(frozen=True, slots=True)
class Client:
    """One connection that is kept open, and a key to sign with."""

    connection: http.client.HTTPConnection
    private: rsa.RSAPrivateKey

    def ask(
        self, account: str, document: str, operation: str | None = None, **variables: Any
    ) -> Any:
        said = claims(account, issuer=ISSUER, audience=AUDIENCE, now=time.time(), jti=token_hex(16))
        token = jwt.encode(
            {**said, "scope": "notes"}, self.private, algorithm="RS256", headers={"kid": "bench"}
        )
        sent = {"query": document, "operationName": operation, "variables": variables}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection.request("POST", "/graphql", json.dumps(sent).encode(), headers)
        answer = json.loads(self.connection.getresponse().read())
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return answer["data"]


@contextmanager
def running(database: str) -> Iterator[Client]:
    """A client of a server that runs meanwhile."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwks = {"keys": [{**public, "kid": "bench"}]}
    app = create_app(Settings(database=database, issuers={ISSUER: jwks}, audience=AUDIENCE))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with listen("127.0.0.1", 0, "bench") as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        connection = http.client.HTTPConnection(*listener.getsockname())
        try:
            yield Client(connection, private)
        finally:
            connection.close()
            server.should_exit = True
            thread.join()


def notebook(title: str, size: int) -> dict[str, Any]:
    """A book with so many highlights of thirty words, a third with a note, a tenth with a tag."""
    annotations = [
        {
            "motivation": "HIGHLIGHTING",
            "quote": f"Passage {n} of {title} marked " + "in so many words of the book " * 4,
            "note": "what I thought of it" if n % 3 == 0 else "",
            "tags": ["later"] if n % 10 == 0 else [],
            "colour": "yellow",
            "page": str(n // 3),
            "locationStart": n * 10,
            "locationEnd": n * 10 + 9,
            "headings": [f"Chapter {n // 50}"],
            "created": "2024-05-06T07:08:09",
        }
        for n in range(size)
    ]
    publication = {"title": title, "creators": [{"name": "A. Writer"}]}
    return {"publication": publication, "annotations": annotations}


def timed(call: Any, *arguments: Any, **named: Any) -> float:
    began = time.perf_counter()
    call(*arguments, **named)
    return time.perf_counter() - began


def measure(client: Client, accounts: int, rounds: int) -> Iterator[tuple[str, int, list[float]]]:
    """Rows: what, notes per request, seconds of each request."""
    operations = OPERATIONS.read_text(encoding="utf-8")

    def bring(account: str, key: str, book: dict[str, Any]) -> None:
        sent = {"idempotencyKey": key, "publications": [book]}
        client.ask(account, operations, "Import", input=sent)

    big, small = notebook("A Long Book", BIG), notebook("A Short Book", 20)
    middling = notebook("A Book", 500)
    names = [f"reader-{n}" for n in range(rounds)]
    bring("warm-up", "1", big)
    yield "first import", BIG, [timed(bring, name, "1", big) for name in names]
    yield "the same again, new key", BIG, [timed(bring, name, "2", big) for name in names]
    yield "the same key again", BIG, [timed(bring, name, "2", big) for name in names]
    yield "first import", 500, [timed(bring, name, "4", middling) for name in names]
    asked = {"publications": [big["publication"]]}
    read = [timed(client.ask, name, operations, "Stored", **asked) for name in names]
    yield "what is stored", BIG, read
    yield "a mail of twenty notes", 20, [timed(bring, name, "3", small) for name in names]
    crowd = [notebook(f"Book {n}", 1_000) for n in range(10)]
    took: list[float] = []
    while len(took) < accounts and sum(took) < MOST_SECONDS:
        took.append(timed(bring, f"crowd-{len(took)}", "1", crowd[len(took) % 10]))
    scaled = "" if len(took) >= GOAL else f" (scaled down from {GOAL:,})"
    yield f"crowd: {len(took):,} accounts{scaled}", 1_000, took
    after = min(10, len(took))
    yield "crowd: its first ten", 1_000, took[:after]
    yield "crowd: its last ten", 1_000, took[-after:]
    for what, (items, document) in ASKED.items():
        seconds = [timed(client.ask, "crowd-0", document) for _ in range(20)]
        yield f"crowd: {what}", items, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database")
    parser.add_argument("--postgresql", action="store_true", help="a throw-away PostgreSQL")
    parser.add_argument("--accounts", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = chosen.database or f"sqlite:///{folder}/notes.db"
        if chosen.postgresql:
            database = stack.enter_context(cluster())
        with running(database) as client:
            print("| what | notes | median ms | least ms | notes/s at the median |")
            print("|---|--:|--:|--:|--:|")
            for what, notes, seconds in measure(client, chosen.accounts, chosen.rounds):
                middle = statistics.median(seconds)
                print(
                    f"| {what} | {notes:,} | {middle * 1e3:,.0f} | {min(seconds) * 1e3:,.0f} "
                    f"| {notes / middle:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
