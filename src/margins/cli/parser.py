"""The tree of commands. Kept apart from what they do, so that --help costs no imports."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from margins.cli.access import aliases, approvals, policies
from margins.cli.laptop import laptop
from margins.cli.status import Exit

__all__ = ["parser"]


class _Parser(argparse.ArgumentParser):
    """argparse, but a wrong call ends in EX_USAGE and every parser explains itself the same way."""

    def error(self, message: str) -> NoReturn:
        self.exit(Exit.USAGE, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    """`module:function` under margins.cli, imported when it is called."""
    module, _, function = name.partition(":")

    def run(args: argparse.Namespace) -> int:
        found = getattr(importlib.import_module(f"margins.cli.{module}"), function)
        return int(found(args))

    return run


def _add(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    run: str,
    text: str,
) -> _Parser:
    made = commands.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
    made.set_defaults(run=_command(run))
    return made


def _reading(commands: argparse._SubParsersAction[_Parser]) -> None:
    read = _add(commands, "read", "read:read", "Turn any export or mail into notes.")
    read.add_argument("file", type=Path, help="an export or an .eml; - reads standard input")
    read.add_argument(
        "-f", "--format", choices=("json", "markdown", "table"), default="json",
        help="W3C Web Annotation JSON-LD (default), Markdown, or a table for the terminal",
    )  # fmt: skip
    explain = _add(
        commands, "explain", "explain:explain", "Print what every stage makes of a mail."
    )
    explain.add_argument(
        "file", type=Path, help="an .eml, or the id of a mail; - reads standard input"
    )


def _accounts(commands: argparse._SubParsersAction[_Parser]) -> None:
    accounts = commands.add_parser(
        "accounts", help="who may send", description="Who may send, and from which addresses."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    add = _add(accounts, "add", "accounts:add", "Register an address.")
    add.add_argument("address", help="the address the reader writes mail from")
    whose = add.add_mutually_exclusive_group()
    whose.add_argument(
        "--account", help="name or id of the account it writes to; a new one when left out"
    )
    whose.add_argument(
        "--id", default="", help="of the new account: the `sub` of who signs in elsewhere"
    )
    _add(accounts, "list", "accounts:list_", "List accounts and their addresses.")
    remove = _add(
        accounts, "remove", "accounts:remove", "Unregister an address; its notes and mail stay."
    )
    remove.add_argument("address")
    token = _add(
        accounts, "token", "accounts:token", "Print a token for the notes API, for a person."
    )
    token.add_argument("account", help="name or id of the account, or an address of it")
    token.add_argument("--minutes", type=int, default=60, help="until it expires (default 60)")
    policies(accounts, _add)
    alias = accounts.add_parser(
        "alias", help="more addresses", description="More addresses of an account."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    aliases(alias, _add)


def _keys(commands: argparse._SubParsersAction[_Parser]) -> None:
    keys = commands.add_parser(
        "keys", help="the key that signs tokens", description="The key that signs tokens."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add(keys, "jwks", "keys:jwks", "Print the public keys as a JSON Web Key Set.")
    _add(keys, "rotate", "keys:rotate", "Let the next key sign; it has been published before.")


def _inbox(commands: argparse._SubParsersAction[_Parser]) -> None:
    inbox = commands.add_parser(
        "inbox", help="the mails and what became of them", description="The mails received."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    list_ = _add(inbox, "list", "inbox:list_", "List mails, the newest first.")
    list_.add_argument("--status", help="only mails in this state")
    list_.add_argument("--limit", type=int, default=50)
    show = _add(inbox, "show", "inbox:show", "Show one mail: its state, and why.")
    show.add_argument("id", help="id of the mail, or its beginning")
    show.add_argument("--raw", action="store_true", help="the message itself, byte for byte")
    replay = _add(inbox, "replay", "replay:replay", "Deliver mails again with today's formats.")
    replay.add_argument("id", nargs="?", help="id of the mail, or its beginning")
    replay.add_argument("--status", help="all that are delivered, or all that failed")
    replay.add_argument(
        "--format",
        metavar="NAME[/VERSION]",
        help="all that this format read, or this version of it",
    )
    replay.add_argument(
        "--dry-run", action="store_true", help="only show what would change in the notes"
    )
    approvals(inbox, _add)
    export = _add(
        inbox, "export", "export:export", "Write every mail as mbox, and every row as JSON."
    )
    export.add_argument("folder", type=Path, help="a new folder")


def _formats(commands: argparse._SubParsersAction[_Parser]) -> None:
    formats = commands.add_parser(
        "formats", help="which exports are read, and how to add one", description="The formats."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add(formats, "list", "formats:list_", "List every format with its version.")
    format_help = "name of a format, or the .py file of its module"
    test = _add(formats, "test", "formats:test", "Compare a format with its golden files.")
    test.add_argument("format", help=format_help)
    test.add_argument("folder", type=Path, help="exports, each beside its expected .json")
    generate = _add(
        formats, "generate", "formats:generate_", "Write the expected files, for you to review."
    )
    generate.add_argument("format", help=format_help)
    generate.add_argument("folder", type=Path)
    generate.add_argument("--force", action="store_true", help="replace those that differ")
    new = _add(
        formats, "new", "formats:new", "Begin a format: a module and a golden case that pass."
    )
    new.add_argument("name", help="lower-case words with hyphens, such as acme-notes")
    new.add_argument("folder", type=Path, nargs="?", default=Path(), help="where (default: here)")
    scrub = _add(
        formats, "scrub", "formats:scrub_", "Make a private export shareable: invented words."
    )
    scrub.add_argument("file", type=Path)
    scrub.add_argument("output", type=Path)
    scrub.add_argument(
        "--also", action="append", default=[], metavar="TEXT", help="replace this text too"
    )


def _serving(commands: argparse._SubParsersAction[_Parser]) -> None:
    send = _add(commands, "send", "send:send", "Mail an export to a Margins server.")
    send.add_argument("file", type=Path, help="the export, or an .eml to send as it is")
    send.add_argument("--to", required=True, help="the import address")
    send.add_argument("--from", dest="sender", help="your registered address")
    send.add_argument("--host", help="SMTP server; the configured one by default")
    send.add_argument("--port", type=int, help="its port")
    serve = _add(commands, "serve", "serve:serve", "Run the service, all of it or some roles.")
    _add(
        commands,
        "fetch",
        "fetch:fetch",
        "Look once into the mailbox (IMAP) and the Maildir of the settings.",
    )
    health = _add(commands, "health", "serve:health", "Ask the roles of this machine for a sign.")
    for command in (serve, health):
        command.add_argument("--only", metavar="ROLE[,ROLE]", help="these, whatever `roles` says")
    serve.add_argument(
        "--demo", action="store_true", help="with a demo account and a sample mail, delivered"
    )


def _sink(commands: argparse._SubParsersAction[_Parser]) -> None:
    sink = commands.add_parser(
        "sink", help="where notes go", description="Where notes go."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add(sink, "check", "sink:check", "Ask it whether it will understand what it is going to get.")


def _notes(commands: argparse._SubParsersAction[_Parser]) -> None:
    notes = commands.add_parser(
        "notes", help="the notes of an account", description="The notes of an account."
    ).add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    export = _add(
        notes, "export", "notes:export", "Write all notes as files, as their reader sees them."
    )
    export.add_argument("account", help="name or id of the account, or an address of it")
    export.add_argument("folder", type=Path, help="a new folder")
    export.add_argument(
        "--format",
        choices=("markdown", "csv", "jsonld", "readwise"),
        default="markdown",
        help="Markdown for Obsidian, a file per book (default); a table for spreadsheets; W3C Web "
        "Annotation; Readwise's CSV import",
    )


def _keeping(commands: argparse._SubParsersAction[_Parser]) -> None:
    backup = _add(commands, "backup", "backup:backup", "Copy everything, while the service runs.")
    backup.add_argument("folder", type=Path, help="a new folder, or an older backup to renew")
    restore = _add(commands, "restore", "backup:restore", "Copy a backup back into `data`.")
    restore.add_argument("folder", type=Path, help="the backup")


def _local(commands: argparse._SubParsersAction[_Parser]) -> None:
    laptop(commands, _add)


def _deploy(commands: argparse._SubParsersAction[_Parser]) -> None:
    deploy = _add(commands, "deploy", "deploy:deploy", "Build, show the change set, ask, deploy.")
    deploy.add_argument("--stage", default="dev", help="part of every name (default dev)")
    deploy.add_argument("--region", default="eu-west-1", help="one in which SES receives mail")
    deploy.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template"
    )
    deploy.add_argument("--plan", action="store_true", help="only show the change set")
    deploy.add_argument("--yes", action="store_true", help="deploy without asking")


def _doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    doctor = _add(commands, "doctor", "doctor:doctor", "Say what is right and wrong, and why.")
    doctor.add_argument("--stage", default="", help="a deployment on AWS, not this machine")
    doctor.add_argument("--region", default="eu-west-1", help="where it is (default eu-west-1)")
    doctor.add_argument(
        "--outputs", type=Path, metavar="FILE", help="of the deployment, when Terraform made it"
    )
    doctor.add_argument("--canary", metavar="ADDRESS", help="send a mail through, from this reader")
    doctor.add_argument("--smtp", metavar="HOST[:PORT]", help="where the canary is handed over")
    doctor.add_argument("--wait", type=float, default=90.0, help="seconds for it (default 90)")
    doctor.add_argument("--backup", type=Path, metavar="FOLDER", help="look how old this one is")
    doctor.add_argument("--only", action="append", default=[], metavar="CHECK", help="just this")
    doctor.add_argument("--json", action="store_true", help="as JSON")


def _cost(commands: argparse._SubParsersAction[_Parser]) -> None:
    cost = _add(commands, "cost", "cost:cost", "What a month on AWS comes to, line by line.")
    cost.add_argument("--mails", type=int, required=True, help="in a month")
    cost.add_argument("--size", default="75KB", help="of a mail (default 75KB)")
    cost.add_argument("--gate-ms", type=float, help="billed for a warm invocation (as measured)")
    cost.add_argument("--parser-ms", type=float, help="billed for a warm invocation (as measured)")
    cost.add_argument(
        "--cold-percent", type=float, default=1.0, help="of the invocations, with INIT (default 1)"
    )
    cost.add_argument("--retention-days", type=int, default=30)
    cost.add_argument("--receipts", action="store_true", help="every mail is answered")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="margins", description="Email in, notes out.")
    top.add_argument("--config", type=Path, help="settings file (default: margins.toml, if any)")
    commands = top.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for part in (
        _reading,
        _accounts,
        _keys,
        _inbox,
        _formats,
        _sink,
        _notes,
        _serving,
        _keeping,
        _local,
        _cost,
        _deploy,
        _doctor,
    ):
        part(commands)
    return top
