"""Function URLs: HTTP in front of a function."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

pytest.importorskip("awslambdaric")

from margins.local.events import url_event
from margins.local.function import Function
from margins.local.settings import Settings
from margins.local.telemetry import Telemetry
from margins.local.urls import FunctionUrl, answer_of


@pytest.fixture
def function() -> Iterator[Function]:
    """The function `page` of handlers.py."""
    made = Function(
        Settings(
            name="page",
            handler="handlers.page",
            timeout=5.0,
            memory=256,
            environment={},
            region="eu-west-1",
            account="123456789012",
            code=Path(__file__).parent,
        ),
        Telemetry(lambda _: None),
    )
    yield made
    made.close()


@pytest.fixture
def url(function: Function) -> Iterator[FunctionUrl]:
    """Its URL."""
    made = FunctionUrl()
    made.serve(function)
    yield made
    made.close()


def _ask(
    url: FunctionUrl, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", url.server_address[1], timeout=20)
    connection.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_a_request_becomes_an_event_and_the_answer_a_response(url: FunctionUrl) -> None:
    """Status, header fields, cookies and body, through AWS's runtime client."""
    answer, content = _ask(url, "POST", "/a?b=c", b'{"d": 1}', Content_Type="application/json")
    assert answer.status == 201
    assert (answer.headers["x-asked"], answer.headers["set-cookie"]) == ("POST", "a=b")
    assert content == b'{"d": 1}b=c'


def test_bytes_that_are_no_text(url: FunctionUrl) -> None:
    """They go through as Base64, both ways."""
    _, content = _ask(url, "PUT", "/", bytes(range(256)), Content_Type="application/octet-stream")
    assert content == bytes(range(256))


def test_a_function_that_fails(url: FunctionUrl) -> None:
    """The caller learns nothing but that."""
    answer, content = _ask(url, "GET", "/fail")
    assert (answer.status, content) == (502, b"Internal Server Error")


def test_too_much(url: FunctionUrl) -> None:
    """A function takes six megabytes; more is refused before it is read."""
    answer, _ = _ask(url, "POST", "/", Content_Length=str(7 * 1024 * 1024))
    assert answer.status == 413


def test_signatures_are_asked_for(function: Function) -> None:
    """Where the template says AWS_IAM; who signed is not looked at here."""
    url = FunctionUrl(iam=True)
    url.serve(function)
    try:
        assert _ask(url, "GET", "/")[0].status == 403
        signed = _ask(url, "GET", "/", Authorization="AWS4-HMAC-SHA256 Credential=x")[0]
        assert signed.status == 201
    finally:
        url.close()


def test_the_event() -> None:
    """Payload format 2.0: several of a kind with commas, cookies apart."""
    event = url_event(
        method="GET",
        path="/x/y",
        query="a=1&a=2&b=",
        headers=[("host", "h.example:1"), ("x", "1"), ("x", "2"), ("cookie", "a=b; c=d")],
        body=b"",
        now=0.0,
    )
    assert event["version"] == "2.0"
    assert event["headers"] == {"host": "h.example:1", "x": "1,2"}
    assert event["cookies"] == ["a=b", "c=d"]
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["requestContext"]["http"]["path"] == "/x/y"
    assert event["requestContext"]["time"] == "01/Jan/1970:00:00:00 +0000"
    assert not event["isBase64Encoded"]
    assert "body" not in event


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"a": 1}, (200, [("content-type", "application/json")], b'{"a": 1}')),
        ("text", (200, [("content-type", "application/json")], b"text")),
        ({"statusCode": 204}, (204, [("content-type", "application/json")], b"")),
        (
            {"statusCode": "200", "headers": {"Content-Type": "a/b", "Content-Length": "9"}},
            (200, [("Content-Type", "a/b")], b""),
        ),
    ],
)
def test_answers(said: object, answer: object) -> None:
    """What has no status is the body; what frames the answer is not the function's to say."""
    assert answer_of(said) == answer


@pytest.mark.parametrize(
    "said",
    [
        {"statusCode": 99},
        {"statusCode": "no"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
    ],
)
def test_answers_that_cannot_be_sent(said: object) -> None:
    """Among them a header field that would be two."""
    with pytest.raises(ValueError):  # noqa: PT011
        answer_of(said)
