"""The notes API behind a function URL, over PostgreSQL.

The application is the one every other place runs; only its settings come from elsewhere, and a
request and an answer may have six megabytes, as Lambda wants it. Who has confirmed an address, the
user pool's function says by an event of its own, which no request to the URL can become.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkdtemp
from typing import Any

from mangum import Mangum

from margins.api import Limits, Provider, Settings, create_app
from margins.api.faults import Code, rejected
from margins.aws.issuers import KeyFiles
from margins.clients.aws import Aws, AwsError
from margins.errors import ConfigError
from margins.signer.kms import KmsSigner

__all__ = ["LIMITS", "Opened", "fitted", "handler", "opened"]

_MIB = 1024 * 1024
_MOST_ANSWER = 6_291_556  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

LIMITS = Limits(import_body=5 * _MIB)
"""As everywhere, but for imports: an event of 6 MB has room for a body of 5 MiB and its escapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The running application.

    Attributes:
        hook_secret: known to this process only: its one caller is this module.
    """

    application: Mangum
    keys: KeyFiles
    hook_secret: str = field(repr=False)


def _database_url(region: str, secret: str) -> str:
    """The SQLAlchemy URL that is kept in Secrets Manager."""
    try:
        answer = Aws("secretsmanager", region).call(
            "secretsmanager.GetSecretValue", {"SecretId": secret}, version="1.1"
        )
    except AwsError as error:
        raise ConfigError(
            f"Secrets Manager does not give the database's URL: {error.code}.",
            place=secret,
            remedy="Check the secret's ARN and what the function's role allows.",
        ) from error
    return str(answer["SecretString"]).strip()


def _ours(region: str) -> dict[str, object]:
    """The JWKS of the key that signs, and of the one beside it while keys are changed over."""
    kms, named = Aws("kms", region), ("MARGINS_SIGNING_KEY", "MARGINS_FURTHER_KEY")
    sets: list[Any] = [
        KmsSigner(kms, os.environ[name]).jwks() for name in named if os.environ.get(name)
    ]
    return {"keys": [key for each in sets for key in each["keys"]]}


@cache
def opened() -> Opened:
    """The application, once per process; its tables are brought up to date before it answers."""
    e, region = os.environ, os.environ["AWS_REGION"]
    others = tuple(filter(None, e.get("MARGINS_NOTES_ISSUERS", "").split(",")))
    keys = KeyFiles(others, Path(mkdtemp(prefix="keys-")), now=time.time())
    hook_secret = token_urlsafe(32)
    application = create_app(
        Settings(
            database=_database_url(region, e["MARGINS_DATABASE_SECRET"]),
            issuers={e["MARGINS_ISSUER"]: _ours(region)},
            audience=e["MARGINS_AUDIENCE"],
            providers={
                issuer: Provider(
                    keys=path, audience=keys.audiences[issuer] or e["MARGINS_AUDIENCE"]
                )
                for issuer, path in keys.paths.items()
            },
            origins=tuple(filter(None, e.get("MARGINS_NOTES_ORIGINS", "").split(","))),
            limits=LIMITS,
            hook_secret=hook_secret,
        )
    )
    # With a lifespan Mangum would start and end the application around every request.
    return Opened(
        application=Mangum(application, lifespan="off"), keys=keys, hook_secret=hook_secret
    )


def _confirmed(running: Opened, account: str) -> dict[str, Any]:
    """The request of the hook that makes an account, as if it had come to the URL."""
    path = "/hooks/account-confirmed"
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "authorization": f"Bearer {running.hook_secret}",
            "content-type": "application/json",
        },
        "requestContext": {"http": http},
        "body": json.dumps({"account": account}),
        "isBase64Encoded": False,
    }


def fitted(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, or an error that says so when Lambda would not let it through."""
    # Within the response's own JSON no byte of a body, which is JSON, becomes more than two.
    if 2 * len(answer["body"].encode()) < _MOST_ANSWER:
        return answer
    if len(json.dumps(answer, ensure_ascii=False).encode()) < _MOST_ANSWER:
        return answer
    sentence = "The answer is longer than 6 MB, which AWS Lambda does not let through."
    return {
        **answer,
        "statusCode": 400,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(rejected(Code.TOO_COMPLEX, sentence)),
        "isBase64Encoded": False,
    }


def handler(event: dict[str, Any], context: Any) -> Mapping[str, Any]:
    """Lambda's entry point for events of a function URL (payload 2.0), and for an account to make:
    `{"account_confirmed": "ACCOUNT"}`.

    Raises:
        ConfigError, Unavailable: it cannot start; Lambda answers 502, and the next request tries
            again.
        RuntimeError: the account was not made; Lambda tries twice more.
    """
    running = opened()
    running.keys.refresh(time.time())
    if isinstance(account := event.get("account_confirmed"), str):
        answer = running.application(_confirmed(running, account), context)
        if answer["statusCode"] != 204:
            raise RuntimeError(f"The account was not made: {answer['body']}")
        return {}
    return fitted(running.application(event, context))
