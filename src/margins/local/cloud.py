"""S3, SQS, DynamoDB and KMS on this machine: moto's server in a thread, on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from moto.moto_api._internal import moto_api_backend  # type: ignore[attr-defined]
from moto.s3 import notifications
from moto.server import (  # type: ignore[attr-defined]
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from margins.local.events import s3_event

__all__ = ["ACCOUNT", "Cloud"]

ACCOUNT = "123456789012"
"""The account number of everything here."""

_CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


class _Silent(WSGIRequestHandler):
    """What is asked of the services is seen in the logs of those who ask."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _one_at_a_time(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """moto undoes a failed transaction by restoring every table as it was before it: with two
    requests at a time, the other one's writes as well.
    """
    lock = threading.Lock()

    def serve(environ: Any, start_response: Any) -> Iterable[bytes]:
        with lock:
            return list(app(environ, start_response))

    return serve


def _as_s3_sends_it(name: str, bucket: Any, key: Any, _notification: str) -> dict[str, Any]:
    """moto's own has a shape S3 has left behind, and writes a slash in a key as %2F."""
    return s3_event(
        bucket.name,
        key.name,
        size=key.size,
        region=bucket.region_name,
        now=time.time(),
        etag=key.etag.strip('"'),
        event=name.removeprefix("s3:"),
    )


class Cloud:
    """The services, empty at first; one at a time in a process, since moto keeps them globally.

    Attributes:
        region: where they say they are.
    """

    def __init__(self, region: str = "eu-west-1") -> None:
        self.region = region
        app = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="cloud", daemon=True
        )

    def __enter__(self) -> Self:
        moto_api_backend.reset()
        notifications._get_s3_event = _as_s3_sends_it  # type: ignore[assignment]  # noqa: SLF001
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Their one endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """What points a program's AWS clients here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": _CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": _CREDENTIALS["aws_secret_access_key"],
        }

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.url,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
            **_CREDENTIALS,
        )
