"""The commands of `margins local`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["laptop"]

_Add = Callable[[Any, str, str, str], argparse.ArgumentParser]
_PAGE = 8083
_DEBUGGED = ("parser", "gate", "api", "upkeep")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def laptop(commands: object, add: _Add) -> None:
    """`margins local` and the commands under it."""
    local = add(commands, "local", "local:local", "Run the AWS template on this machine.")
    local.add_argument("--template", type=Path, default=Path("deploy/aws/template.yaml"))
    local.add_argument("--recipient", default="import@localhost", help="address or domain")
    local.add_argument("--sender", action="append", default=[], help="register this address")
    local.add_argument("--smtp-port", type=int, default=8025, help="where SES is played")
    local.add_argument("--api-port", type=int, default=8080, help="of the notes API beside")
    local.add_argument("--api-url", default="", help="a notes API elsewhere, instead")
    local.add_argument(
        "--page-port", type=int, default=_PAGE, help="logs, metrics and traces as a page"
    )
    local.add_argument(
        "--notes-database",
        default="",
        metavar="URL",
        help="run the notes API as a function too, over this PostgreSQL database",
    )
    local.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template"
    )
    local.add_argument("--debug", action="append", choices=_DEBUGGED, help="wait for a debugger")
    local.add_argument("--watch", action="store_true", help="new processes when code changes")
    local.add_argument(
        "--verdict", action="append", default=[], metavar="NAME=STATUS", help="such as dmarc=FAIL"
    )
    local.add_argument(
        "--concurrency", type=int, help="of the account's functions together; a new one has 10"
    )
    local.add_argument("--visibility", type=int, help="seconds until a failed mail comes back")
    local.add_argument(
        "--outputs", type=Path, metavar="FILE", help="write what `margins doctor --outputs` reads"
    )
    local.add_argument("--tick", type=float, help="seconds between two ticks of each schedule")
    more = local.add_subparsers(metavar="COMMAND", parser_class=type(local))
    _events(more, add)
    _logs(more, add)


def _events(more: object, add: _Add) -> None:
    invoke = add(more, "invoke", "local:invoke", "Hand one event to one function.")
    invoke.add_argument("function", help="gate, parser, or a logical name of the template")
    invoke.add_argument("--event", type=Path, required=True, help="JSON; - reads standard input")
    event = add(more, "event", "local:event", "Print an event in the shape AWS sends today.")
    event.add_argument("kind", choices=("ses", "s3", "sqs", "schedule", "url"))
    event.add_argument("--mail", type=Path, help="an .eml, for ses")
    event.add_argument("--key", default="incoming/example", help="of the object, for s3 and sqs")


def _logs(more: object, add: _Add) -> None:
    logs = add(more, "logs", "tail:logs", "Print what the functions of `margins local` say.")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    logs.add_argument("--function", default="", help="gate, parser, or a logical name")
    logs.add_argument("--level", default="", choices=_LEVELS, help="this one and graver ones")
    logs.add_argument("--mail", default="", help="id of a mail, or its beginning")
    logs.add_argument("--raw", action="store_true", help="the objects CloudWatch has")
    logs.add_argument("--page-port", type=int, default=_PAGE, help="of `margins local`")
