"""Two small GraphQL APIs that other people might have, over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from ariadne import MutationType, graphql_sync, make_executable_schema
from graphql import GraphQLError, GraphQLSchema

# As Hasura 2 makes it for the table that examples/hasura.toml describes.
HASURA = """
  scalar uuid
  scalar jsonb
  type query_root { note: [note!]! }
  type mutation_root {
    insert_note(
      objects: [note_insert_input!]! on_conflict: note_on_conflict
    ): note_mutation_response
  }
  schema { query: query_root mutation: mutation_root }
  type note { id: uuid! }
  type note_mutation_response { affected_rows: Int! returning: [note!]! }
  enum note_constraint { note_pkey }
  enum note_update_column { account book authors quote note tags colour page location made_at }
  input note_on_conflict {
    constraint: note_constraint!
    update_columns: [note_update_column!]! = []
  }
  input note_insert_input {
    id: uuid account: String book: String authors: String quote: String note: String tags: jsonb
    colour: String page: String location: Int made_at: String
  }
"""

PLAIN = """
  type Query { notes: [Note!]! }
  type Mutation {
    createNote(input: NoteInput!): Payload
    updateNote(id: ID!, input: NoteInput!): Payload
  }
  type Note { id: ID! title: String! text: String! labels: [String!]! }
  type Payload { problem: String note: Note }
  input NoteInput { title: String! text: String! labels: [String!] }
"""


@dataclass
class Api:
    """A running API.

    Attributes:
        rows: what it holds, by id.
        requests: how many it was asked.
        broken: notes whose text has one of these words make it break down.
        down: the code and message of every answer while its database is not there.
        secret: that requests must name; empty takes any.
        seconds: it takes over a note.
    """

    url: str = ""
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0
    broken: set[str] = field(default_factory=set)
    down: tuple[str, str] | None = None
    secret: str = "s3cret"
    seconds: float = 0.0

    def check(self, text: str) -> None:
        """Break down over a broken note."""
        time.sleep(self.seconds)
        if any(word in text for word in self.broken):
            raise RuntimeError("the disk is on fire")


def hasura(api: Api) -> GraphQLSchema:
    """insert with on_conflict: all or nothing."""
    mutation = MutationType()
    mutation.name = "mutation_root"

    @mutation.field("insert_note")
    def insert(*_: object, objects: list[dict[str, Any]], on_conflict: Any = None) -> Any:
        rows = dict(api.rows)
        for said in objects:
            api.check(said["quote"])
            if said["id"] in rows and on_conflict is None:
                raise GraphQLError(
                    'Uniqueness violation. duplicate key value violates "note_pkey"',
                    extensions={"code": "constraint-violation"},
                )
            known = rows.get(said["id"])
            columns = said if known is None else on_conflict["update_columns"]
            rows[said["id"]] = {**(known or {}), **{name: said[name] for name in columns}}
        api.rows = rows
        return {"affected_rows": len(objects), "returning": []}

    return make_executable_schema(HASURA, mutation)


def plain(api: Api) -> GraphQLSchema:
    """One note at a time, ids of its own, and reasons in the payload."""
    mutation, ids = MutationType(), count(1)

    def put(id_: str, said: dict[str, Any]) -> Any:
        api.check(said["text"])
        if len(said["text"]) > 1000:
            return {"problem": "The text is too long."}
        api.rows[id_] = {"id": id_, **said}
        return {"note": api.rows[id_]}

    @mutation.field("createNote")
    def create(*_: object, input: dict[str, Any]) -> Any:  # noqa: A002 - the API's name
        return put(f"note-{next(ids)}", input)

    @mutation.field("updateNote")
    def update(*_: object, id: str, input: dict[str, Any]) -> Any:  # noqa: A002
        return put(id, input) if id in api.rows else {"problem": f"There is no note {id}."}

    return make_executable_schema(PLAIN, mutation)


def _hasura_error(code: str, message: str, path: str = "$") -> dict[str, Any]:
    # No data, no locations and no path but its own: Hasura.Base.Error, encodeGQLErr.
    return {"errors": [{"message": message, "extensions": {"path": path, "code": code}}]}


def _as_hasura(api: Api, schema: GraphQLSchema, request: Any, secret: str | None) -> Any:
    """(status, body): nearly everything is 200, and only the first error is told."""
    if api.secret not in {secret, ""}:
        wrong = 'invalid "x-hasura-admin-secret"/"x-hasura-access-key"'
        return 200, _hasura_error("access-denied", wrong)
    if api.down is not None:
        return 200, _hasura_error(*api.down)
    _, said = graphql_sync(schema, request)
    if "errors" not in said:
        return 200, said
    first = said["errors"][0]
    if path := ".".join(map(str, first.get("path") or ())):
        code = first.get("extensions", {}).get("code", "unexpected")
        return 200, _hasura_error(code, first["message"], f"$.selectionSet.{path}")
    return 200, _hasura_error("validation-failed", first["message"], "$.selectionSet")


def _as_usual(api: Api, schema: GraphQLSchema, request: Any, secret: str | None) -> Any:
    if api.secret not in {secret, ""}:
        return 403, {}
    return 200, graphql_sync(schema, request)[1]


@contextmanager
def serving(kind: Any) -> Iterator[Api]:
    """The API of one of the functions above on a free port of this machine."""
    api = Api()
    schema = kind(api)
    answering = _as_hasura if kind is hasura else _as_usual
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            secret = self.headers["X-Hasura-Admin-Secret"] or self.headers["Authorization"]
            with turn:
                api.requests += 1
                status, said = answering(api, schema, request, secret)
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        api.url = f"http://127.0.0.1:{server.server_port}/graphql"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
