"""The template, running: what it declares is made in moto, and what it connects is connected."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.clients.sigv4 import Credentials
from margins.ledger.dynamodb import DynamoLedger
from margins.local.authors import Authors
from margins.local.cloud import ACCOUNT, Cloud
from margins.local.concurrency import NEW_ACCOUNT, Account
from margins.local.drivers import Driver
from margins.local.function import Function
from margins.local.invocations import Invocations
from margins.local.records import Record
from margins.local.resources import create
from margins.local.rule_set import rules
from margins.local.ses import Ses
from margins.local.telemetry import Telemetry
from margins.local.template import read
from margins.local.wiring import drivers, settings, urls
from margins.local.xray import Daemon
from margins.senders.dynamodb import DynamoSenders
from margins.signer.kms import KmsSigner

__all__ = ["Local", "Options"]

_AUDIENCE, _ISSUER = "margins-notes", "https://margins.invalid"
_GRACE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the template is run.

    Attributes:
        recipient: the address or domain that takes mail.
        api_url: a notes API; when empty, one of its own is run beside.
        parameters: of the template, besides.
        notes_database: URL of the PostgreSQL database over which the notes API of the template is
            run as a function; empty leaves that out.
        page_port: where logs, metrics and traces are shown, 0 for any free one; nowhere when None.
        debug: logical names of functions that wait for a debugger, with the port of each.
        visibility: seconds after which a failed message comes back; the template's when None.
        tick: seconds between two ticks of a schedule; the template's when None.
        concurrency: execution environments the account may have at a time.
        drive: connect the functions to SES, queues and schedules.
        python: the interpreter functions run in.
    """

    template: Path
    recipient: str = "import@localhost"
    smtp_port: int = 0
    api_port: int = 0
    api_url: str = ""
    page_port: int | None = None
    parameters: Mapping[str, str] | None = None
    notes_database: str = ""
    region: str = "eu-west-1"
    debug: Mapping[str, int] | None = None
    visibility: int | None = None
    tick: float | None = None
    concurrency: int = NEW_ACCOUNT
    drive: bool = True
    python: str = sys.executable


class Local:
    """The running stack; a context manager.

    Args:
        show: called with every line of log as it comes.

    Attributes:
        cloud: S3, SQS, DynamoDB, KMS.
        authors: the domains that mail comes from.
        telemetry: what the functions say and do.
        functions: by logical name.
        urls: of functions that have one, by logical name.
        ses: the SMTP port and its rules.
        api_url: the notes API.
        lambda_url: Lambda itself, which calls functions by their names.
        page_url: the page; empty without one.
    """

    def __init__(self, options: Options, show: Callable[[Record], None]) -> None:
        self._options = options
        self._exit = ExitStack()
        self.telemetry = Telemetry(show)
        self.functions: dict[str, Function] = {}
        self._drivers: list[Driver] = []
        self.page_url = ""

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exit.close()

    def _open(self) -> None:
        o = self._options
        self.cloud = self._exit.enter_context(Cloud(o.region))
        self.authors = self._exit.enter_context(Authors().published())
        self._daemon = self._exit.enter_context(Daemon(self.telemetry.trace))
        listener = None if o.api_url or o.notes_database else self._listen("api_port", o.api_port)
        notes = self._where_notes_go(listener)
        self._create(notes)
        self._connect_adapters()
        if listener is not None:
            self._serve_notes(listener)
        self._make_functions()
        called = Invocations(self.functions)
        self._exit.callback(called.close)
        self.lambda_url = called.url
        if o.page_port is not None:
            self._serve_page(o.page_port)
        if o.drive:
            self._start_drivers()
            self._start_ses()
        self._exit.callback(self._end_functions)  # the first to be called

    def _end_functions(self) -> None:
        """Nothing new, a moment for what is in hand, and then no process is left; so that those
        who wait for a function need not be waited for.
        """
        for driver in self._drivers:
            driver.stop()
        for function in self.functions.values():
            function.stop()
        ends = time.monotonic() + _GRACE
        for function in self.functions.values():
            function.close(grace=max(0.0, ends - time.monotonic()))

    @staticmethod
    def _listen(name: str, port: int) -> socket.socket:
        from margins.service.servers import listen  # noqa: PLC0415

        return listen("127.0.0.1", port, name)

    def _where_notes_go(self, listener: socket.socket | None) -> dict[str, str]:
        """What the template is told of the notes API."""
        o = self._options
        if o.notes_database:
            secrets = self.cloud.client("secretsmanager")
            made = secrets.create_secret(Name="notes-database", SecretString=o.notes_database)
            return {"NotesApi": "yes", "NotesDatabaseSecret": made["ARN"]}
        own = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql" if listener else ""
        self.api_url = o.api_url or own
        return {"ApiUrl": self.api_url}

    def _create(self, notes: Mapping[str, str]) -> None:
        """Read the template, and make what it declares."""
        o = self._options
        chosen = {
            "Recipient": o.recipient,
            **notes,
            "Issuer": _ISSUER,
            "Audience": _AUDIENCE,
            "Stage": "local",
            **(o.parameters or {}),
        }
        text = o.template.read_text(encoding="utf-8")
        self.stack = read(text, chosen, region=o.region, account=ACCOUNT)
        create(self.stack, self.cloud, visibility=o.visibility)
        self.urls = urls(self.stack)
        for url in self.urls.values():
            self._exit.callback(url.close)
        if o.notes_database:
            self.api_url = self.urls["ApiFunction"].url + "graphql"

    def _make_functions(self) -> None:
        o = self._options
        account = Account(o.concurrency)
        for resource in self.stack.resources("AWS::Serverless::Function"):
            known = settings(
                self.stack,
                resource,
                environ={**self.cloud.environ, **self.authors.environ},
                python=o.python,
                debug_port=(o.debug or {}).get(resource.name, 0),
            )
            function = Function(known, self.telemetry, self._daemon, account)
            self._exit.callback(function.close)
            self.functions[resource.name] = function
            if resource.name in self.urls:
                self.urls[resource.name].serve(function)

    def idle(self) -> bool:
        """True when no mail is in SES, in a queue or in a function."""
        sqs = self.cloud.client("sqs")
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        urls = [
            sqs.get_queue_url(QueueName=self.stack.physical[resource.name])["QueueUrl"]
            for resource in self.stack.resources("AWS::SQS::Queue")
        ]
        told = [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(counts))["Attributes"]
            for url in urls
        ]
        return self.ses.idle and not any(int(each[count]) for each in told for count in counts)

    def _aws(self, service: str) -> Aws:
        keys = Credentials(key_id="local", secret="local")  # noqa: S106  moto asks for some
        return Aws(service, self.cloud.region, endpoint=self.cloud.url, credentials=lambda: keys)

    def _connect_adapters(self) -> None:
        dynamodb, names = self._aws("dynamodb"), self.stack.physical
        self.senders = DynamoSenders(Table(dynamodb, names["SendersTable"]))
        self.ledger = DynamoLedger(Table(dynamodb, names["LedgerTable"]))
        self.signer = KmsSigner(self._aws("kms"), names["SigningKey"])

    def _serve_notes(self, listener: socket.socket) -> None:
        from margins import api  # noqa: PLC0415 - not needed with an API elsewhere
        from margins.service.servers import WebServer  # noqa: PLC0415

        told = self.stack.parameters
        folder = self._exit.enter_context(TemporaryDirectory(prefix="margins-"))
        app = api.create_app(
            api.Settings(
                database=f"sqlite:///{folder}/notes.db",
                issuers={told.get("Issuer", _ISSUER): self.signer.jwks()},
                audience=told.get("Audience", _AUDIENCE),
                development=True,
            )
        )
        notes = WebServer(app, listener, name="notes-api")
        notes.start()
        self._exit.callback(notes.stop)

    def _serve_page(self, port: int) -> None:
        from margins.local.page import create_app  # noqa: PLC0415 - not needed by tests
        from margins.service.servers import WebServer  # noqa: PLC0415

        listener = self._listen("page_port", port)
        self.page_url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        page = WebServer(create_app(self.telemetry), listener, name="page")
        page.start()
        self._exit.callback(page.stop)

    def _start_drivers(self) -> None:
        for resource in self.stack.resources("AWS::Serverless::Function"):
            function = self.functions[resource.name]
            tick = self._options.tick
            for driver in drivers(self.stack, resource, function, self.cloud, tick=tick):
                driver.start()
                self._drivers.append(driver)
                self._exit.callback(driver.close)

    def _start_ses(self) -> None:
        s3 = self.cloud.client("s3")
        self.ses = Ses(
            rules(self.stack, self.functions),
            lambda bucket, key, content: s3.put_object(Bucket=bucket, Key=key, Body=content),
            region=self.cloud.region,
            port=self._options.smtp_port,
            sign=self.authors.sign,
        )
        self.ses.start()
        self._exit.callback(self.ses.close)
