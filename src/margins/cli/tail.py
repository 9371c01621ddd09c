"""The stream of `margins local` in the terminal, and `margins local logs`, which joins it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import TextIO
from urllib.parse import urlencode

from margins.cli.logs import clean
from margins.cli.status import Exit
from margins.errors import Unavailable
from margins.local.records import Record, parse_line

__all__ = ["logical", "logs", "show"]

_COLOURS = {"ERROR": "31", "CRITICAL": "31", "WARNING": "33"}
_SECONDS = 10.0
_PAUSE = 0.5


def logical(name: str) -> str:
    """`parser` is short for ParserFunction."""
    return f"{name.capitalize()}Function" if name.islower() else name


def show(record: Record, *, raw: bool = False, out: TextIO | None = None) -> None:
    """Print a record: its time, whose it is, what it says; on one line, or its object as it is."""
    out = out or sys.stdout
    if raw:
        print(clean(record.line), file=out, flush=True)
        return
    first, *more = record.text.replace("\t", "  ").splitlines() or [""]
    extra = "".join(f"  {name}={value}" for name, value in record.extra.items())
    level = f"{record.level} " if record.kind == "log" else ""
    head = f"{time.strftime('%H:%M:%S', time.localtime(record.at))} {record.function:<15} "
    lines = [clean(head + level + first + extra)]
    lines += [f"{'':>24} {clean(each)}" for each in (*more, *record.trace)]
    print(_coloured("\n".join(lines), record, out), file=out, flush=True)


def _coloured(text: str, record: Record, out: TextIO) -> str:
    colour = _COLOURS.get(record.level) or ("" if record.kind == "log" else "2")
    if not colour or not out.isatty():
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def logs(args: argparse.Namespace) -> int:
    """Print what the functions have said; with --follow what they will say, until Ctrl-C."""
    after = 0
    try:
        while True:
            for record in _asked(args, after):
                after = record.number
                show(record, raw=args.raw)
            if not args.follow:
                return Exit.OK
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return Exit.OK


def _asked(args: argparse.Namespace, after: int) -> Iterator[Record]:
    """The records after one of that number.

    Raises:
        Unavailable: `margins local` does not run.
    """
    wanted = {
        "after": after,
        "function": logical(args.function),
        "level": args.level,
        "mail": args.mail,
    }
    query = urlencode({name: value for name, value in wanted.items() if value})
    connection = HTTPConnection("127.0.0.1", args.page_port, timeout=_SECONDS)
    try:
        connection.request("GET", f"/lines?{query}")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        raise Unavailable(
            f"Nothing answers: {error}.",
            place=f"127.0.0.1:{args.page_port}",
            remedy="Start `margins local`, or name its port with --page-port.",
        ) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Unavailable(clean(body.decode("utf-8", "replace")), place="margins local")
    for line in body.splitlines():
        told = json.loads(line)
        yield Record(**told, said=parse_line(told["line"]))
