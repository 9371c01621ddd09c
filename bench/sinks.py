"""How fast a mail's notes get into each sink, over HTTP, and in how many requests.

    python bench/sinks.py [--rounds N] [--notes N ...]

An import is what the agent does with one notebook: read what is stored, plan, write. It is done
into an account of its own, and once more when there is nothing left to write. The variants take
turns, and the first round is thrown away. Our own API runs in this process, PostGraphile in one of
its own. PostgreSQL runs without fsync, which favours whoever commits most often: the peer, with one
mutation for each note.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.api.postgresql import cluster
from tests.sink.postgraphile.running import AUDIENCE, ISSUER, SystemClock, postgraphile

from margins import api
from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Span, Target
from margins.annotation.identity import annotation_key, publication_key
from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.plan import Plan, reconcile
from margins.ports import Sink
from margins.service.servers import listen
from margins.sink.graphql import GraphQLSink
from margins.sink.jsonl import JsonlSink
from margins.sink.postgraphile import PostgraphileSink
from margins.sink.postgraphile.rows import annotation_columns, publication_columns
from margins.testing.fakes import MemorySigner

BOOK = Publication(title="The Salt Roads", creators=(Creator(name="Orla Finch"),))
ONE_BY_ONE = """
mutation Open($book: CreatePublicationInput!) {
  createAccount(input: {account: {}}) { clientMutationId }
  createPublication(input: $book) { publication { id } }
}
mutation Note($note: CreateAnnotationInput!) {
  createAnnotation(input: $note) { clientMutationId }
}
"""


def notebook(count: int) -> Notebook:
    """Notes as an export has them: a sentence, a place, every tenth with a note and tags."""
    return Notebook(
        publication=BOOK,
        found=count,
        annotations=tuple(
            Annotation(
                motivation=Motivation.HIGHLIGHTING,
                target=Target(
                    quote=f"Passage number {n} of a book that somebody marked while reading it.",
                    location=Span(n * 10, n * 10 + 4),
                    headings=(f"Chapter {n // 100}",),
                ),
                note="" if n % 10 else f"Thought number {n}.",
                tags=() if n % 10 else ("sea", f"tag {n % 70}"),
                colour="yellow",
                sources=(n + 1,),
            )
            for n in range(count)
        ),
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to store a notebook in an account; `requests` counts those sent so far."""

    name: str
    store: Callable[[str, Notebook], None]
    requests: Callable[[], int]
    again: Callable[[str, Notebook], None] | None = None


def through(name: str, sink: Sink, client: GraphQL | None) -> Variant:
    """By a sink of ours."""

    def store(account: str, notes: Notebook) -> None:
        plan: Plan = reconcile(sink.fetch(account, [notes.publication])[0].annotations, notes)
        applied = sink.apply(account, [plan], key=token_hex(8))
        assert applied.created == len(notes.annotations)

    def again(account: str, notes: Notebook) -> None:
        plan: Plan = reconcile(sink.fetch(account, [notes.publication])[0].annotations, notes)
        assert plan.empty

    return Variant(name, store, lambda: client.requests if client else 0, again)


def one_by_one(client: GraphQL) -> Variant:
    """A mutation for each note, one after another, tags left out."""

    def store(account: str, notes: Notebook) -> None:
        book = {"key": publication_key(notes.publication), **publication_columns(notes.publication)}
        opened = client.execute(
            account, ONE_BY_ONE, {"book": {"publication": book}}, operation="Open"
        )
        id_ = opened["createPublication"]["publication"]["id"]  # type: ignore[index]
        for note in notes.annotations:
            columns = {
                "publicationId": id_, "key": annotation_key(note), **annotation_columns(note)
            }  # fmt: skip
            client.execute(account, ONE_BY_ONE, {"note": {"annotation": columns}}, operation="Note")

    return Variant("PostGraphile, one mutation per note", store, lambda: client.requests)


@contextmanager
def own_api(database: str) -> Iterator[GraphQL]:
    """A client of our own notes API over a database."""
    signer = MemorySigner()
    issuers = {ISSUER: signer.jwks()}
    app = api.create_app(api.Settings(database=database, issuers=issuers, audience=AUDIENCE))
    listener = listen("127.0.0.1", 0, "bench")
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    client = GraphQL(
        Endpoint(url=f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"),
        signer=signer,
        clock=SystemClock(),
        issuer=ISSUER,
        audience=AUDIENCE,
        seconds=120,
    )
    yield client
    client.close()
    server.should_exit = True
    thread.join()
    listener.close()


@contextmanager
def variants() -> Iterator[list[Variant]]:
    """All of them, running."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sqlite = stack.enter_context(own_api(f"sqlite:///{folder}/notes.db"))
        postgresql = stack.enter_context(own_api(stack.enter_context(cluster())))
        peer = stack.enter_context(postgraphile())
        batched, single = peer.client(seconds=120), peer.client(seconds=120)
        yield [
            through("JSON lines", JsonlSink(folder / "jsonl"), None),
            through("notes API on SQLite", GraphQLSink(sqlite), sqlite),
            through("notes API on PostgreSQL", GraphQLSink(postgresql), postgresql),
            through("PostGraphile, our sink", PostgraphileSink(batched), batched),
            one_by_one(single),
        ]
        batched.close()
        single.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notes", type=int, nargs="+", default=[500, 5000])
    chosen = parser.parse_args()
    print("| sink | notes | median ms | least ms | notes/s at the median | requests | again, ms |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with variants() as running:
        for variant in running:
            variant.store(f"warm-{token_hex(4)}", notebook(100))
        for count in chosen.notes:
            notes = notebook(count)
            seconds: dict[str, list[float]] = {each.name: [] for each in running}
            repeated: dict[str, list[float]] = {each.name: [] for each in running}
            requests: dict[str, int] = {}
            for _ in range(chosen.rounds):
                for variant in running:
                    before, begun = variant.requests(), time.perf_counter()
                    account = f"account-{token_hex(8)}"
                    variant.store(account, notes)
                    seconds[variant.name].append(time.perf_counter() - begun)
                    requests[variant.name] = variant.requests() - before
                    if variant.again:
                        begun = time.perf_counter()
                        variant.again(account, notes)
                        repeated[variant.name].append(time.perf_counter() - begun)
            for name, taken in seconds.items():
                middle = statistics.median(taken)
                once_more = repeated[name]
                again = f"{statistics.median(once_more) * 1e3:,.0f}" if once_more else "-"
                print(
                    f"| {name} | {count:,} | {middle * 1e3:,.0f} | {min(taken) * 1e3:,.0f} "
                    f"| {count / middle:,.0f} | {requests[name]:,} | {again} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
