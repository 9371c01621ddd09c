"""The notes API in AWS's own runtime client, asked as a function URL asks, over PostgreSQL."""

from __future__ import annotations

import json
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mangum")
sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from postgresql import cluster
from translated import translated

from margins.aws.api import LIMITS, fitted, opened
from margins.clients.aws import Aws
from margins.clients.sigv4 import Credentials
from margins.local.cloud import ACCOUNT, Cloud
from margins.local.function import Function
from margins.local.settings import Settings
from margins.local.telemetry import Telemetry
from margins.signer.kms import KmsSigner

ISSUER, AUDIENCE = "https://margins.invalid", "margins-notes"
IMPORT = """mutation Import($input: ImportNotebookInput!) {
  importNotebook(input: $input) { created updated } }"""


class Url:
    """A function behind its URL."""

    def __init__(self, function: Function, cloud: Cloud, key: str) -> None:
        credentials = Credentials(key_id="local", secret="local")
        kms = Aws("kms", cloud.region, endpoint=cloud.url, credentials=lambda: credentials)
        self.function = function
        self.cloud = cloud
        self.key = key
        self._signer = KmsSigner(kms, key)

    def token(self, account: str, scope: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": account, "scope": scope, "nbf": now}
        return self._signer.sign({**claims, "exp": now + 300})

    def request(self, method: str, path: str, body: str = "", **headers: str) -> dict[str, Any]:
        """The event of one request, payload 2.0."""
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"}
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"host": "id.lambda-url.eu-west-1.on.aws", **headers},
            "requestContext": {"accountId": "anonymous", "stage": "$default", "http": http},
            "body": body,
            "isBase64Encoded": False,
        }

    def ask(self, event: dict[str, Any]) -> tuple[int, Any, dict[str, Any]]:
        """(status, JSON of the body, the whole answer)."""
        outcome = self.function.invoke(event)
        assert not outcome.failed, outcome.answer
        answer: Any = outcome.value()
        return answer["statusCode"], json.loads(answer["body"]), answer

    def graphql(
        self, document: str, variables: Any = None, *, scope: str = "notes"
    ) -> dict[str, Any]:
        """The event of one operation of the account ada."""
        return self.request(
            "POST",
            "/graphql",
            json.dumps({"query": document, "variables": variables}),
            authorization=f"Bearer {self.token('ada', scope)}",
            **{"content-type": "application/json"},
        )


def _made_key(cloud: Cloud) -> str:
    said = cloud.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    return str(said["KeyMetadata"]["KeyId"])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Url]:
    """The function as the template sets it up: a key in KMS, the database's URL in a secret."""
    with cluster() as database, Cloud() as cloud:
        made = cloud.client("secretsmanager").create_secret(Name="notes", SecretString=database)
        key_id = _made_key(cloud)
        own = {
            "MARGINS_DATABASE_SECRET": made["ARN"],
            "MARGINS_SIGNING_KEY": key_id,
            "MARGINS_ISSUER": ISSUER,
            "MARGINS_AUDIENCE": AUDIENCE,
        }
        function = Function(
            Settings(
                name="ApiFunction",
                handler="margins.aws.api.handler",
                timeout=30,
                memory=1024,
                environment=own | cloud.environ,
                region=cloud.region,
                account=ACCOUNT,
            ),
            Telemetry(lambda _: None),
        )
        try:
            yield Url(function, cloud, key_id)
        finally:
            function.close()


def _notebook(notes: int) -> dict[str, Any]:
    publication = {"title": "On Margins", "creators": [], "identifiers": []}
    annotations = [
        {
            "motivation": "HIGHLIGHTING",
            "quote": f'Sentence {n} of the "book".',
            "locationStart": n,
            "tags": [],
            "headings": [],
        }
        for n in range(1, notes + 1)
    ]
    return {"publication": publication, "annotations": annotations}


def test_the_schema_answers(url: Url) -> None:
    """A query of an account that has nothing yet."""
    event = url.graphql("{ publications(first: 1) { totalCount } }")
    status, body, answer = url.ask(event)
    assert (status, body) == (200, {"data": {"publications": {"totalCount": 0}}})
    assert answer["isBase64Encoded"] is False
    assert "cookies" not in answer


def test_an_import_and_what_it_left(url: Url) -> None:
    """Imported with the pipeline's scope, read with a person's; the second time changes nothing."""
    sent = {"idempotencyKey": "one", "publications": [_notebook(3)]}
    event = url.graphql(IMPORT, {"input": sent}, scope="notes:import")
    for _ in range(2):
        _, body, _ = url.ask(event)
        assert body == {"data": {"importNotebook": {"created": 3, "updated": 0}}}
    _, body, _ = url.ask(url.graphql("{ annotations(first: 5) { nodes { quote } } }"))
    quotes = [node["quote"] for node in body["data"]["annotations"]["nodes"]]
    assert sorted(quotes) == [f'Sentence {n} of the "book".' for n in (1, 2, 3)]


def test_without_a_token(url: Url) -> None:
    """401, and how to do better."""
    event = url.request("POST", "/graphql", "{}", **{"content-type": "application/json"})
    status, body, answer = url.ask(event)
    assert status == 401
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer["headers"]["www-authenticate"].startswith("Bearer")


def test_a_body_in_base64(url: Url) -> None:
    """Lambda sends so what it does not take for text."""
    event = url.graphql("{ publications(first: 1) { totalCount } }")
    event |= {"body": b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    status, body, _ = url.ask(event)
    assert (status, list(body)) == (200, ["data"])


def test_cookies_are_nothing_to_it(url: Url) -> None:
    """They come apart from the headers, and prove nobody."""
    event = url.graphql("{ publications(first: 1) { totalCount } }")
    event["cookies"] = ["session=1", f"token={event['headers'].pop('authorization')}"]
    assert url.ask(event)[0] == 401


def test_an_import_that_is_too_big(url: Url) -> None:
    """413 with the limit in it, which the pipeline takes for final."""
    event = url.graphql(IMPORT, {"input": "x" * LIMITS.import_body}, scope="notes:import")
    status, body, _ = url.ask(event)
    assert status == 413
    assert str(LIMITS.import_body) in body["errors"][0]["message"]


def test_the_largest_import_fits_into_an_event(url: Url) -> None:
    """With every quotation mark escaped once more it is still less than six megabytes."""
    one = len(json.dumps(_notebook(1)["annotations"][0])) + 2
    sent = {"idempotencyKey": "big", "publications": [_notebook(LIMITS.import_body // one - 999)]}
    event = url.graphql(IMPORT, {"input": sent}, scope="notes:import")
    assert LIMITS.import_body - len(event["body"]) < 400_000
    assert len(json.dumps(event).encode()) < 6 * 1024 * 1024


def test_keys_and_health(url: Url) -> None:
    """The JWKS is that of the key in KMS; what is not there is not there."""
    status, body, _ = url.ask(url.request("GET", "/.well-known/jwks.json"))
    assert status == 200
    assert body["keys"] == url._signer.jwks()["keys"]
    outcome = url.function.invoke(url.request("GET", "/healthz"))
    assert outcome.value()["body"] == "ok"
    assert url.function.invoke(url.request("GET", "/elsewhere")).value()["statusCode"] == 404


def test_an_account_is_made_once(url: Url) -> None:
    """With its handbook, by the event of the user pool's function, however often it comes."""
    for _ in range(2):
        outcome = url.function.invoke({"account_confirmed": "new-user"})
        assert (outcome.failed, outcome.value()) == (False, {})
    event = url.graphql("{ publications { totalCount nodes { title } } }")
    event["headers"]["authorization"] = f"Bearer {url.token('new-user', 'notes')}"
    _, said, _ = url.ask(event)
    assert said["data"]["publications"]["totalCount"] == 1


def test_no_request_makes_an_account(url: Url) -> None:
    """The hook's secret is known to the function alone; and what makes no sense is a failure."""
    event = url.request(
        "POST", "/hooks/account-confirmed", '{"account": "x", "account_confirmed": "x"}',
        authorization="Bearer ", **{"content-type": "application/json"},
    )  # fmt: skip
    assert url.ask(event)[0] == 401
    assert url.function.invoke({"account_confirmed": ""}).failed


def test_two_keys_while_they_are_changed_over(url: Url) -> None:
    """Tokens of either are believed; once the parameter is emptied, those of the one that signs."""
    old, new = url.key, _made_key(url.cloud)
    believed = []
    for further in (old, ""):
        changed = {"MARGINS_SIGNING_KEY": new, "MARGINS_FURTHER_KEY": further}
        own = url.function.settings
        settings = replace(own, environment={**own.environment, **changed})
        function = Function(settings, Telemetry(lambda _: None))
        try:
            for key in (old, new):
                there = Url(function, url.cloud, key)
                event = there.graphql("{ publications(first: 1) { totalCount } }")
                believed.append(there.ask(event)[0])
        finally:
            function.close()
    assert believed == [200, 200, 401, 200]


def test_an_answer_that_is_too_long() -> None:
    """It becomes an error that says why, instead of Lambda's bare 502."""
    short = {"statusCode": 200, "headers": {}, "body": '{"data": null}', "isBase64Encoded": False}
    assert fitted(short) is short
    nearly = short | {"body": "x" * 6_000_000}
    assert fitted(nearly) is nearly
    said = fitted(short | {"body": '"' * 4_000_000})
    assert said["statusCode"] == 400
    assert "6 MB" in json.loads(said["body"])["errors"][0]["message"]


def test_it_may_do_what_it_does(url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks of AWS at its start is what its role allows, and no more."""
    asked: list[str] = []
    original = Aws.call

    def call(self: Aws, target: str, body: dict[str, object], **other: Any) -> Any:
        asked.append(target.replace("TrentService.", "kms:").replace("manager.", "manager:"))
        return original(self, target, body, **other)

    for name, value in url.function.settings.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Aws, "call", call)
    opened.__wrapped__()
    role = translated()["Resources"]["ApiFunctionRole"]["Properties"]
    statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    allowed = [s["Action"] for s in statements if "Resource" in s]
    asks = [action for action in allowed if isinstance(action, str)]  # not its log and its traces
    assert sorted(asked) == sorted(asks)


def test_a_database_that_is_not_there(url: Url) -> None:
    """The invocation fails, which is 502 at the URL; the next one tries again."""
    environment = {**url.function.settings.environment, "MARGINS_DATABASE_SECRET": "nowhere"}
    settings = replace(url.function.settings, environment=environment)
    function = Function(settings, Telemetry(lambda _: None))
    try:
        for _ in range(2):
            outcome = function.invoke(url.request("GET", "/healthz"))
            assert outcome.failed
            assert b"ResourceNotFoundException" in outcome.answer
    finally:
        function.close()
