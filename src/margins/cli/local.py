"""`margins local`: the template of deploy/aws on this machine."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from margins.cli.files import content_of
from margins.cli.logs import clean
from margins.cli.status import Exit
from margins.cli.tail import logical, show
from margins.errors import ConfigError, InputError
from margins.local.ses_event import verdicts_of
from margins.mail.address import parse_addr_spec

if TYPE_CHECKING:
    from margins.local.records import Record
    from margins.local.stack import Local, Options

__all__ = ["event", "invoke", "local"]

_PORTS = {"parser": 5678, "gate": 5679, "api": 5680, "upkeep": 5681}


def _open(options: Options, show: Callable[[Record], None]) -> Local:
    try:
        from margins.local.stack import Local
    except ImportError as error:
        raise ConfigError(
            f"{error.name} is not installed.", remedy="Run: pip install 'margins[local]'"
        ) from None
    return Local(options, show)


def _say(text: str) -> None:
    """A line of this program's own among those of the functions."""
    print(f"{time.strftime('%H:%M:%S')} {'local':<15} {clean(text)}", flush=True)


def _options(args: argparse.Namespace) -> Options:
    from margins.local.concurrency import NEW_ACCOUNT
    from margins.local.stack import Options

    if not args.template.is_file():
        raise InputError(
            "There is no such template.",
            place=str(args.template),
            remedy="Run this in a checkout of Margins, or name it with --template.",
        )
    names = getattr(args, "debug", None) or ()
    return Options(
        template=args.template,
        recipient=getattr(args, "recipient", "import@localhost"),
        smtp_port=getattr(args, "smtp_port", 0),
        api_port=getattr(args, "api_port", 0),
        api_url=getattr(args, "api_url", ""),
        page_port=getattr(args, "page_port", None),
        parameters=_pairs(getattr(args, "parameter", ())),
        notes_database=getattr(args, "notes_database", ""),
        tick=getattr(args, "tick", None),
        debug={logical(name): _PORTS[name] for name in names},
        visibility=getattr(args, "visibility", None),
        concurrency=getattr(args, "concurrency", None) or NEW_ACCOUNT,
    )


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` each."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise InputError("This is not NAME=VALUE.", place=text)
        found[name] = value
    return found


def _check_free(port: int) -> None:
    """Else the debugger would attach to somebody else.

    Raises:
        ConfigError: somebody listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"The debugger's port is taken: {error.strerror}.",
                place=f"127.0.0.1:{port}",
                remedy="End what listens there: another `margins local --debug`, or a debugger.",
            ) from None


def _sources() -> Iterable[tuple[Path, float]]:
    import margins

    for path in Path(margins.__file__).parent.rglob("*.py"):
        try:
            yield path, path.stat().st_mtime
        except FileNotFoundError:
            continue


def _watch(running: Local, ended: threading.Event) -> None:
    """New processes for all functions whenever a source file has changed."""
    known = dict(_sources())
    while not ended.wait(1):
        if (found := dict(_sources())) != known:
            known = found
            for function in running.functions.values():
                function.restart()
            _say("the code has changed; the next event runs it")


def local(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    options, verdicts = _options(args), verdicts_of(_pairs(args.verdict))
    for name in args.debug or ():
        _check_free(_PORTS[name])
    with _open(options, show) as running:
        for text in args.sender:
            address = parse_addr_spec(text)
            if address is None:
                raise InputError("This is not one plain address.", place=text)
            running.senders.register(text, address)
        running.ses.verdicts = verdicts
        _introduce(running, args)
        if args.outputs:
            from margins.local.outputs import outputs_of

            found = outputs_of(running.stack, running.cloud)
            args.outputs.write_text(json.dumps(found, indent=2), encoding="utf-8")
        if args.watch:
            threading.Thread(target=_watch, args=(running, ended), daemon=True).start()
        ended.wait()
    return Exit.OK


def _introduce(running: Local, args: argparse.Namespace) -> None:
    """Say what is where."""
    _say(f"SES takes mail for {args.recipient} on 127.0.0.1:{running.ses.port}")
    _say(f"notes API on {running.api_url}")
    _say(f"Lambda on {running.lambda_url}")
    _say(f"registered: {', '.join(args.sender)}; S3, SQS: {running.cloud.url}")
    _say(f"logs, metrics and traces: {running.page_url}")
    for name, url in running.urls.items():
        _say(f"{name} answers on {url.url}")
    for name in args.debug or ():
        _say(f"{name} waits for a debugger on 127.0.0.1:{_PORTS[name]}")


def invoke(args: argparse.Namespace) -> int:
    """Hand one event to one function, and print its answer; its log goes to standard error."""
    try:
        given = json.loads(content_of(args.event))
    except ValueError as error:
        raise InputError(f"It is not JSON: {error}", place=str(args.event)) from error
    options = replace(_options(args), drive=False, page_port=None, api_port=0)
    with _open(options, lambda record: show(record, out=sys.stderr)) as running:
        name = logical(args.function)
        if name not in running.functions:
            known = ", ".join(running.functions)
            raise InputError(f"There is no function {name!r}.", remedy=f"There are: {known}.")
        outcome = running.functions[name].invoke(given)
    print(outcome.answer.decode("utf-8", "replace"))
    return Exit.SOFTWARE if outcome.failed else Exit.OK


def event(args: argparse.Namespace) -> int:
    """Print an event in today's shape, to be edited and given to `margins local invoke`."""
    from margins.local import events

    now, region = time.time(), "eu-west-1"
    bucket = "margins-local-mail-123456789012-eu-west-1"

    def ses() -> object:
        content = content_of(args.mail) if args.mail else b"From: reader@example.org\r\n\r\n"
        return events.ses_event(
            content,
            id_=uuid4().hex,
            source="reader@example.org",
            recipients=["import@localhost"],
            now=now,
        )

    def s3() -> dict[str, object]:
        return events.s3_event(bucket, args.key, size=1000, region=region, now=now)

    def sqs() -> object:
        arn = f"arn:aws:sqs:{region}:123456789012:margins-local-mail"
        return events.sqs_event([events.queued(s3(), now=now)], queue_arn=arn, region=region)

    def schedule() -> object:
        return events.scheduled_event(region=region, account="123456789012", now=now)

    def url() -> object:
        headers = [("host", "localhost"), ("content-type", "application/json")]
        body = b'{"query": "{ __typename }"}'
        return events.url_event(
            method="POST", path="/graphql", query="", headers=headers, body=body, now=now
        )

    makers: dict[str, Callable[[], object]] = {
        "ses": ses, "s3": s3, "sqs": sqs, "schedule": schedule, "url": url,
    }  # fmt: skip
    json.dump(makers[args.kind](), sys.stdout, indent=2)
    print()
    return Exit.OK
