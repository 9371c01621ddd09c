"""Signatures of requests to AWS."""

from __future__ import annotations

import datetime

import pytest

from margins.clients.sigv4 import Credentials, Scope, signed_headers

KEYS = Credentials(key_id="AKIDEXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime.datetime(2015, 8, 30, 12, 36, tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize(
    ("method", "path", "query", "signature"),
    [
        ("GET", "/", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/",
            {"Param2": "value2", "Param1": "value1"},
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
)
def test_the_published_vectors(method: str, path: str, query: dict, signature: str) -> None:
    """get-vanilla, post-vanilla and get-vanilla-query-order-key-case of AWS's test suite."""
    sent = signed_headers(
        method,
        path,
        query,
        {"host": "example.amazonaws.com"},
        b"",
        credentials=KEYS,
        scope=Scope(service="service", region="us-east-1"),
        now=NOW,
    )
    assert sent["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_botocore_signs_the_same(service: str) -> None:
    """Header values with runs of spaces, odd paths and a session token: as AWS's own client."""
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as Theirs

    path, query, body = "/a%20b/%C3%A9~", {"prefix": "a b+c", "list-type": "2"}, b"content"
    headers = {"host": "x.example", "x-amz-meta-a": "one   two"}
    ours = signed_headers(
        "PUT",
        path,
        query,
        headers,
        body,
        credentials=Credentials(key_id="K", secret="S", token="T"),
        scope=Scope(service=service, region="eu-west-1"),
        now=NOW,
    )
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    given = {k: v for k, v in ours.items() if k not in {"authorization", "x-amz-security-token"}}
    request = AWSRequest("PUT", f"https://x.example{path}", headers=given, data=body, params=query)
    request.context["timestamp"] = ours["x-amz-date"]
    their = signer(Theirs("K", "S", "T"), service, "eu-west-1")
    moment = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment, raising=False)
        their.add_auth(request)
    assert request.headers["Authorization"] == ours["authorization"]
