"""The GraphQL client against a real server that misbehaves."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import jwt
import pytest

from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.errors import Refused, Unavailable
from margins.testing.fakes import ManualClock, MemorySigner
from margins.testing.webserver import Answer, Script, serving

NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def signer() -> MemorySigner:
    """One key for all: making it is slow."""
    return MemorySigner()


@pytest.fixture
def server() -> Iterator[Script]:
    """A running server and its script."""
    with serving() as script:
        yield script


@pytest.fixture
def client(server: Script, signer: MemorySigner) -> Iterator[GraphQL]:
    """A client of the server, with little patience."""
    made = GraphQL(
        Endpoint(url=server.url),
        signer=signer,
        clock=ManualClock(NOW),
        issuer="https://m.example",
        audience="notes",
        seconds=2.0,
        most_bytes=10_000,
    )
    yield made
    made.close()


def ask(client: GraphQL) -> object:
    """One request."""
    return client.execute("ada", "query Q { ok }", {"a": "\u201c"}, operation="Q")


def claims_of(request_headers: dict[str, str]) -> dict[str, object]:
    """The claims of the token in a request."""
    scheme, token = request_headers["authorization"].split()
    assert scheme == "Bearer"
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_a_request_is_a_graphql_request(server: Script, client: GraphQL) -> None:
    """JSON with query, variables and operation, to the URL that was configured."""
    assert ask(client) == {"ok": True}
    (request,) = server.requests
    assert request.path == "/graphql?v=1"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "query": "query Q { ok }",
        "variables": {"a": "\u201c"},
        "operationName": "Q",
    }


def test_each_account_has_a_token_of_its_own(server: Script, client: GraphQL) -> None:
    """Nobody's token is sent for anybody else."""
    ask(client)
    client.execute("bob", "{ ok }", {}, operation="")
    ada, bob = (claims_of(request.headers) for request in server.requests)
    assert (ada["sub"], bob["sub"]) == ("ada", "bob")
    assert ada["jti"] != bob["jti"]
    assert ada["iat"] == NOW


@pytest.mark.parametrize("theirs", ["Bearer theirs", ""])
def test_another_api_has_another_secret(server: Script, signer: MemorySigner, theirs: str) -> None:
    """Our token is not shown to it, nor is another one made when it says 401."""
    server.answers = [Answer(status=401)]
    client = GraphQL(
        Endpoint(url=server.url),
        signer=signer,
        clock=ManualClock(NOW),
        issuer="https://m.example",
        audience="notes",
        headers={"Authorization": theirs, "X-Secret": "s"},
    )
    with pytest.raises(Unavailable, match="does not believe"):
        ask(client)
    client.close()
    (request,) = server.requests
    assert request.headers.get("authorization", "") == theirs
    assert request.headers["x-secret"] == "s"


def test_what_fails_in_parts_is_handed_over_in_parts(server: Script, client: GraphQL) -> None:
    """`attempt` keeps what succeeded; `execute` takes all or nothing."""
    body = b'{"data":{"a":1,"b":null},"errors":[{"message":"No.","path":["b"]}]}'
    server.answers = [Answer(body=body)]
    answered = client.attempt("ada", "{ a b }", {}, operation="")
    assert (answered.data["a"], [error.path for error in answered.errors]) == (1, [("b",)])
    with pytest.raises(Unavailable, match="b: No"):
        ask(client)


def test_connections_are_kept(server: Script, client: GraphQL) -> None:
    """Ten requests, one connection, ten counted."""
    for _ in range(10):
        ask(client)
    assert len({request.peer for request in server.requests}) == 1
    assert client.requests == 10


def test_threads_share_a_client(server: Script, client: GraphQL) -> None:
    """Every request is answered and counted."""
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ask(client), range(40))) == [{"ok": True}] * 40
    assert client.requests == len(server.requests) == 40


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_an_outage_is_unavailable_and_not_retried(
    server: Script, client: GraphQL, status: int
) -> None:
    """Trying again is the ledger's business, which knows when."""
    server.answers = [Answer(status=status, body=b"<html>", headers={"Retry-After": "7"})]
    with pytest.raises(Unavailable) as raised:
        ask(client)
    assert raised.value.retry_after == 7.0
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_is_refused(server: Script, client: GraphQL, status: int) -> None:
    """With the server's words."""
    body = b'{"errors":[{"message":"The key is too long."}]}'
    server.answers = [Answer(status=status, body=body)]
    with pytest.raises(Refused, match="too long"):
        ask(client)
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed(server: Script, client: GraphQL) -> None:
    """A token is never sent where the operator did not say."""
    server.answers = [Answer(status=307, headers={"Location": "/elsewhere"}), Answer()]
    with pytest.raises(Refused, match="moved"):
        ask(client)
    assert len(server.requests) == 1


def test_a_wrong_clock_is_made_up_for_once(server: Script, client: GraphQL) -> None:
    """After a 401 the next token is minted by the server's Date, and so are those that follow."""
    theirs = formatdate(NOW + 9000, usegmt=True)
    server.answers = [Answer(status=401, headers={"Date": theirs}), Answer()]
    assert ask(client) == {"ok": True}
    ask(client)
    issued = [claims_of(request.headers)["iat"] for request in server.requests]
    assert issued == [NOW, NOW + 9000, NOW + 9000]
    assert client.requests == 3


def test_after_a_second_401_the_mail_waits(server: Script, client: GraphQL) -> None:
    """Then it is not the clock; the remedy names what the server has to be told."""
    server.answers = [Answer(status=401)]
    with pytest.raises(Unavailable, match="issuer, audience and key set"):
        ask(client)
    assert client.requests == 2


def _close(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.close_connection = True


def _stall(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.0)
    handler.close_connection = True


def _half(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":')
    handler.close_connection = True


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(12):
        handler.wfile.write(b" ")
        time.sleep(0.1)
    handler.close_connection = True


def _garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01\x02 SSH-2.0-not-http\r\n\r\n")
    handler.close_connection = True


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n" + b"1000\r\n" + b"x" * 4096 + b"\r\n")
    handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
    handler.close_connection = True


def _inflating(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n")
    handler.wfile.write(b"\x1f\x8b\x08\x00")


@pytest.mark.parametrize(
    "act", [_close, _reset, _stall, _half, _drip, _garbage, _endless, _inflating]
)
def test_a_broken_answer_is_unavailable_in_time(
    server: Script, client: GraphQL, act: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    """Whatever happens on the wire: one exception, soon, and the next request works."""
    server.answers = [Answer(act=act), Answer()]
    began = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        ask(client)
    assert time.monotonic() - began < 1.5
    assert raised.value.remedy
    assert ask(client) == {"ok": True}


def test_nobody_there_is_unavailable(signer: MemorySigner) -> None:
    """A refused connection and an unknown name; the message says which and not more."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for url, words in (
        (f"http://127.0.0.1:{port}/", "Connection refused"),
        ("https://nobody.invalid/", "resolve"),
    ):
        client = GraphQL(
            Endpoint(url=url), signer=signer, clock=ManualClock(), issuer="i", audience="a"
        )
        with pytest.raises(Unavailable, match=words) as raised:
            ask(client)
        assert "Checked" not in str(raised.value)


def test_a_name_that_points_inside_is_not_asked(
    server: Script, signer: MemorySigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is checked on the connection itself: no byte of a request leaves."""
    real = socket.getaddrinfo
    port = urlsplit(server.url).port
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest: real("127.0.0.1", *rest))
    client = GraphQL(
        Endpoint(url=f"https://notes.example:{port}/graphql"),
        signer=signer,
        clock=ManualClock(),
        issuer="i",
        audience="a",
    )
    with pytest.raises(Unavailable, match=r"address 127\.0\.0\.1"):
        ask(client)
    assert server.requests == []


def test_an_unreachable_key_is_unavailable(client: GraphQL, signer: MemorySigner) -> None:
    """Nothing is sent without a token."""
    signer.failing = Unavailable("The key store is down.")
    try:
        with pytest.raises(Unavailable, match="key store"):
            ask(client)
    finally:
        signer.failing = None
    assert client.requests == 0


def test_secrets_are_not_in_messages(server: Script, client: GraphQL) -> None:
    """Neither the token nor the query is repeated in an error."""
    server.answers = [Answer(status=500)]
    with pytest.raises(Unavailable) as raised:
        ask(client)
    assert "eyJ" not in repr(raised.value)
    assert "query Q" not in repr(raised.value)
