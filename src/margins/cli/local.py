"""`margins local`: the template of deploy/aws on this machine."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from margins.cli.files import content_of
from margins.cli.status import Exit
from margins.errors import ConfigError, InputError
from margins.mail.address import parse_addr_spec

if TYPE_CHECKING:
    from margins.local.stack import Local, Options

__all__ = ["event", "invoke", "local"]

_PORTS = {"parser": 5678, "gate": 5679}


def _open(options: Options, log: Callable[[str, str], None]) -> Local:
    try:
        from margins.local.stack import Local
    except ImportError as error:
        raise ConfigError(
            f"{error.name} is not installed.", remedy="Run: pip install 'margins[local]'"
        ) from None
    return Local(options, log)


def _logical(name: str) -> str:
    """`parser` is short for ParserFunction."""
    return f"{name.capitalize()}Function" if name.islower() else name


def _print(name: str, line: str) -> None:
    """A line of a function's log: its JSON on one line, its time first."""
    text = line
    if line.startswith("{"):
        try:
            said = json.loads(line)
        except ValueError:
            said = {}
        if "_aws" in said:
            counts = {k: v for k, v in said.items() if k != "_aws"}
            text = "METRIC " + " ".join(f"{k}={v}" for k, v in counts.items())
        elif "message" in said:
            text = f"{said.get('level', '')} {said['message']}"
            text += "".join(f"\n    {each}" for each in said.get("stackTrace", ()))
    print(f"{time.strftime('%H:%M:%S')} {name:<15} {text}", flush=True)


def _options(args: argparse.Namespace) -> Options:
    from margins.local.stack import Options

    if not args.template.is_file():
        raise InputError(
            "There is no such template.",
            place=str(args.template),
            remedy="Run this in a checkout of Margins, or name it with --template.",
        )
    names = getattr(args, "debug", None) or ()
    unknown = set(names) - set(_PORTS)
    if unknown:
        raise InputError(f"Only gate and parser can be debugged, not {', '.join(unknown)}.")
    return Options(
        template=args.template,
        recipient=getattr(args, "recipient", "import@localhost"),
        smtp_port=getattr(args, "smtp_port", 0),
        api_port=getattr(args, "api_port", 0),
        api_url=getattr(args, "api_url", ""),
        debug={_logical(name): _PORTS[name] for name in names},
        visibility=getattr(args, "visibility", None),
    )


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
            _print("watch", "the code has changed; the next event runs it")


def local(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with _open(_options(args), _print) as running:
        for text in args.sender:
            address = parse_addr_spec(text)
            if address is None:
                raise InputError("This is not one plain address.", place=text)
            running.senders.register(text, address)
        for verdict in args.verdict:
            name, _, status = verdict.partition("=")
            running.ses.verdicts[name] = status
        _print("local", f"SES takes mail for {args.recipient} on 127.0.0.1:{running.ses.port}")
        _print("local", f"notes API on {running.api_url}")
        _print("local", f"registered: {', '.join(args.sender)}; S3, SQS: {running.cloud.url}")
        for name in args.debug or ():
            _print("local", f"{name} waits for a debugger on 127.0.0.1:{_PORTS[name]}")
        if args.watch:
            threading.Thread(target=_watch, args=(running, ended), daemon=True).start()
        ended.wait()
    return Exit.OK


def invoke(args: argparse.Namespace) -> int:
    """Hand one event to one function, and print its answer."""
    try:
        given = json.loads(content_of(args.event))
    except ValueError as error:
        raise InputError(f"It is not JSON: {error}", place=str(args.event)) from error
    options = replace(_options(args), drive=False)
    with _open(options, lambda _, line: print(line, file=sys.stderr)) as running:
        name = _logical(args.function)
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
        return events.sqs_event([events.queued(s3())], queue_arn=arn, region=region)

    makers: dict[str, Callable[[], object]] = {"ses": ses, "s3": s3, "sqs": sqs}
    json.dump(makers[args.kind](), sys.stdout, indent=2)
    print()
    return Exit.OK
