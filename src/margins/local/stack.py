"""The template, running: what it declares is made in moto, and what it connects is connected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.clients.sigv4 import Credentials
from margins.ledger.dynamodb import DynamoLedger
from margins.local.cloud import ACCOUNT, Cloud
from margins.local.function import Function, Settings
from margins.local.poller import Poller, Ticker, seconds_of
from margins.local.resources import create
from margins.local.rules import Action, Rule
from margins.local.ses import Ses
from margins.local.template import Resource, read
from margins.senders.dynamodb import DynamoSenders
from margins.signer.kms import KmsSigner

__all__ = ["Local", "Options"]

_AUDIENCE, _ISSUER = "margins-notes", "https://margins.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the template is run.

    Attributes:
        recipient: the address or domain that takes mail.
        api_url: a notes API; when empty, one of its own is run beside.
        debug: logical names of functions that wait for a debugger, with the port of each.
        visibility: seconds after which a failed message comes back; the template's when None.
        tick: seconds between two ticks of a schedule; the template's when None.
        drive: connect the functions to SES, queues and schedules.
        python: the interpreter functions run in.
    """

    template: Path
    recipient: str = "import@localhost"
    smtp_port: int = 0
    api_port: int = 0
    api_url: str = ""
    region: str = "eu-west-1"
    debug: Mapping[str, int] | None = None
    visibility: int | None = None
    tick: float | None = None
    drive: bool = True
    python: str = sys.executable


class Local:
    """The running stack; a context manager.

    Attributes:
        cloud: S3, SQS, DynamoDB, KMS.
        functions: by logical name.
        ses: the SMTP port and its rules.
        api_url: the notes API.
    """

    def __init__(self, options: Options, log: Callable[[str, str], None]) -> None:
        self._options = options
        self._log = log
        self._exit = ExitStack()
        self.functions: dict[str, Function] = {}

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
        listener = None
        self.api_url = o.api_url
        if not self.api_url:
            from margins.service.servers import listen  # noqa: PLC0415

            listener = listen("127.0.0.1", o.api_port, "api_port")
            self.api_url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        chosen = {
            "Recipient": o.recipient,
            "ApiUrl": self.api_url,
            "Issuer": _ISSUER,
            "Audience": _AUDIENCE,
            "Stage": "local",
        }
        text = o.template.read_text(encoding="utf-8")
        self.stack = read(text, chosen, region=o.region, account=ACCOUNT)
        create(self.stack, self.cloud, visibility=o.visibility)
        self._connect_adapters()
        if listener is not None:
            self._serve_notes(listener)
        for resource in self.stack.resources("AWS::Serverless::Function"):
            self.functions[resource.name] = self._function(resource)
        if o.drive:
            self._start_drivers()
            self._start_ses()

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

    def _serve_notes(self, listener: Any) -> None:
        from margins import api  # noqa: PLC0415 - not needed with an API elsewhere
        from margins.service.servers import WebServer  # noqa: PLC0415

        folder = self._exit.enter_context(TemporaryDirectory(prefix="margins-"))
        app = api.create_app(
            api.Settings(
                database=f"sqlite:///{folder}/notes.db",
                issuers={_ISSUER: self.signer.jwks()},
                audience=_AUDIENCE,
                development=True,
            )
        )
        notes = WebServer(app, listener, name="notes-api")
        notes.start()
        self._exit.callback(notes.stop)

    def _function(self, resource: Resource) -> Function:
        p, o = resource.properties, self._options
        variables = self.stack.resolve(p.get("Environment", {}).get("Variables", {}))
        environment = {name: str(value) for name, value in variables.items()}
        function = Function(
            Settings(
                name=resource.name,
                handler=p["Handler"],
                timeout=float(p.get("Timeout", 3)),
                memory=int(p.get("MemorySize", 128)),
                environment=environment | self.cloud.environ,
                region=o.region,
                account=ACCOUNT,
                debug_port=(o.debug or {}).get(resource.name, 0),
                python=o.python,
            ),
            self._log,
        )
        self._exit.callback(function.close)
        return function

    def _start_drivers(self) -> None:
        sqs = self.cloud.client("sqs")
        for resource in self.stack.resources("AWS::Serverless::Function"):
            function = self.functions[resource.name]
            for event in resource.properties.get("Events", {}).values():
                said = event["Properties"]
                driver: Poller | Ticker | None = None
                if event["Type"] == "SQS":
                    arn = self.stack.resolve(said["Queue"])
                    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
                    driver = Poller(
                        sqs, url, arn, function, batch=said["BatchSize"], region=self.cloud.region
                    )
                elif event["Type"] == "Schedule":
                    seconds = self._options.tick or seconds_of(said["Schedule"])
                    driver = Ticker(function, seconds)
                if driver is not None:
                    driver.start()
                    self._exit.callback(driver.close)

    def _start_ses(self) -> None:
        s3 = self.cloud.client("s3")
        by_arn = {function.settings.arn: function for function in self.functions.values()}
        rules = []
        for resource in self.stack.resources("AWS::SES::ReceiptRule"):
            rule = self.stack.resolve(dict(resource.properties))["Rule"]
            actions = tuple(_action(said, by_arn) for said in rule["Actions"])
            recipients = tuple(rule.get("Recipients", ()))
            rules.append(Rule(name=rule["Name"], recipients=recipients, actions=actions))
        self.ses = Ses(
            rules,
            lambda bucket, key, content: s3.put_object(Bucket=bucket, Key=key, Body=content),
            region=self.cloud.region,
            port=self._options.smtp_port,
        )
        self.ses.start()
        self._exit.callback(self.ses.close)


def _action(said: Mapping[str, Any], functions: Mapping[str, Function]) -> Action:
    if "LambdaAction" in said:
        asked = said["LambdaAction"]
        synchronous = asked.get("InvocationType", "Event") == "RequestResponse"
        return Action(function=functions[asked["FunctionArn"]], synchronous=synchronous)
    kept = said["S3Action"]
    return Action(bucket=kept["BucketName"], prefix=kept.get("ObjectKeyPrefix", ""))
