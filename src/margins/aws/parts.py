"""From a function's environment to working parts, once per process."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from margins.aws.receipts import Receipts
from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.errors import ConfigError
from margins.mail.import_address import open_address
from margins.senders.dynamodb import DynamoSenders

if TYPE_CHECKING:
    from margins.agent.agent import Agent
    from margins.agent.isolation import IsolatedReader
    from margins.formats import Format
    from margins.ledger.dynamodb import DynamoLedger
    from margins.ports import Mailer
    from margins.ports.resolver import Resolver
    from margins.sink.graphql import GraphQLSink
    from margins.store.s3 import Bucket

__all__ = [
    "SECONDS_TO_READ",
    "Gate",
    "Parser",
    "Upkeep",
    "close_all",
    "open_gate",
    "open_parser",
    "open_senders",
    "open_upkeep",
]

SECONDS_TO_READ = 25.0
"""By the clock, of which a function of 1,024 MB has the processor for 58 %: it is bound to five
seconds of that."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate needs.

    Attributes:
        hold_unknown: proven authors who are not registered are held, not rejected.
    """

    senders: DynamoSenders
    receipts: Receipts
    hold_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """What the parser needs.

    Attributes:
        incoming: where SES writes mails.
        serves: what takes mail, as the receipt rule says it: an address, or all of a domain.
        mailer: None when readers are not answered.
    """

    agent: Agent
    receipts: Receipts
    incoming: Bucket
    serves: str
    ledger: DynamoLedger
    mailer: Mailer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What keeping order needs, beside all that the parser needs.

    Attributes:
        retention_days: raw mail is kept so long after its end; 0 is for ever.
    """

    parser: Parser
    retention_days: float


def _setting(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise ConfigError(
            f"{name} is not set.", remedy="Set it in the function's environment."
        ) from None


def _table(name: str, *, seconds: float = 10.0) -> Table:
    return Table(Aws("dynamodb", _setting("AWS_REGION"), seconds=seconds), _setting(name))


@cache
def open_senders() -> DynamoSenders:
    """The registry."""
    return DynamoSenders(_table("MARGINS_SENDERS_TABLE"))


@cache
def open_gate() -> Gate:
    """The gate's parts."""
    # SES waits for it: what does not answer within this time, as it does within milliseconds, will
    # not answer in time.
    seconds = 2.0
    return Gate(
        senders=DynamoSenders(_table("MARGINS_SENDERS_TABLE", seconds=seconds)),
        receipts=Receipts(_table("MARGINS_LEDGER_TABLE", seconds=seconds)),
        hold_unknown=_holds(),
    )


def _holds() -> bool:
    return os.environ.get("MARGINS_UNKNOWN") == "hold"


@cache
def _formats() -> tuple[Format, ...]:
    from margins.plugins import load_formats  # noqa: PLC0415 - costs imports, needed late

    return load_formats().formats


class _LateResolver:
    """Name servers, opened with the first question: most mails ask none."""

    @property
    def _resolver(self) -> Resolver:
        return _resolver()

    def texts(self, name: str) -> tuple[bytes, ...]:
        """See margins.ports.resolver."""
        return self._resolver.texts(name)

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """See margins.ports.resolver."""
        return self._resolver.records(name, kind)  # type: ignore[arg-type]


@cache
def _resolver() -> Resolver:
    from margins.resolver.dnspython import DnsResolver  # noqa: PLC0415

    named = os.environ.get("MARGINS_NAMESERVER", "")  # host:port; the machine's own when empty
    return DnsResolver([named] if named else [])


@cache
def _reader() -> IsolatedReader | None:
    """Reads every mail in a process of its own; in this one where a debugger looks on.

    So a mail that costs too much fails, once and alone, where it would have Lambda kill the
    function, again and again and with all that came with it; and one that takes the reading over
    finds no keys there.
    """
    if "pydevd" in sys.modules:  # the tracer of debugpy, loaded where a debugger may attach
        return None
    from margins.agent.isolation import Bounds, IsolatedReader  # noqa: PLC0415

    # Lambda's runtime client finds modules in the package, which no other process would.
    root = os.environ.get("LAMBDA_TASK_ROOT")
    bounds = Bounds(wall_seconds=SECONDS_TO_READ)
    return IsolatedReader("margins.plugins:load_formats", bounds, path=[root] if root else [])


def _sink(region: str) -> GraphQLSink:
    """The notes API, with tokens of the stack's key."""
    from margins.clients.endpoint import Endpoint  # noqa: PLC0415 - the gate does without these
    from margins.clients.graphql import GraphQL  # noqa: PLC0415
    from margins.signer.kms import KmsSigner  # noqa: PLC0415
    from margins.sink.graphql import GraphQLSink  # noqa: PLC0415

    client = GraphQL(
        Endpoint(url=_setting("MARGINS_API_URL")),
        signer=KmsSigner(Aws("kms", region), _setting("MARGINS_SIGNING_KEY")),
        clock=SystemClock(),
        issuer=_setting("MARGINS_ISSUER"),
        audience=_setting("MARGINS_AUDIENCE"),
    )
    return GraphQLSink(client)


@cache
def open_parser() -> Parser:
    """The parser's parts."""
    from margins.agent.agent import Agent  # noqa: PLC0415
    from margins.ledger.dynamodb import DynamoLedger  # noqa: PLC0415
    from margins.store.s3 import Bucket, S3Store  # noqa: PLC0415

    region, table = _setting("AWS_REGION"), _table("MARGINS_LEDGER_TABLE")
    senders, mailer, ledger = open_senders(), _mailer(region), DynamoLedger(table)
    bucket = Bucket(Aws("s3", region), _setting("MARGINS_BUCKET"))
    agent = Agent(
        store=S3Store(bucket),
        ledger=ledger,
        senders=senders,
        sink=_sink(region),
        clock=SystemClock(),
        formats=_formats,
        reader=_reader(),
        resolver=_LateResolver(),
        secrets=senders.access,
        aliases=senders.access,
        # A bucket is never full: nothing of a reader's is in the way of what waits.
        hold_unknown=(lambda: True) if _holds() else None,
        writes_from=_open_address(),
        outbox=ledger.outbox,
        answers=mailer is not None,
    )
    return Parser(
        agent=agent,
        receipts=Receipts(table),
        incoming=bucket,
        serves=_setting("MARGINS_RECIPIENT"),
        ledger=ledger,
        mailer=mailer,
    )


def _open_address() -> str:
    """What takes mail is an address, or all of a domain."""
    served = _setting("MARGINS_RECIPIENT")
    return open_address(served if "@" in served else f"@{served}")


def _mailer(region: str) -> Mailer | None:
    """SES, when an identity of it may send; it is the import address's domain."""
    from margins.mailer.ses import SesMailer  # noqa: PLC0415

    return SesMailer(region) if os.environ.get("MARGINS_RECEIPTS_IDENTITY") else None


@cache
def open_upkeep() -> Upkeep:
    """The parts of the function that keeps order."""
    days = float(_setting("MARGINS_RETENTION_DAYS"))
    return Upkeep(parser=open_parser(), retention_days=days)


def close_all() -> None:
    """Forget every part, so that the next is opened by the environment there is then."""
    for opened in (open_gate, open_parser, open_senders, open_upkeep, _resolver):
        opened.cache_clear()
