"""`margins doctor`: what is right and wrong, a line each, and what to do about it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from margins.cli.send import compose, submit
from margins.cli.status import Exit
from margins.config import Settings, load
from margins.doctor import Check, Finding, Level, examine
from margins.doctor.canary import EXPORT, canary
from margins.errors import InputError
from margins.ports import Inbox

if TYPE_CHECKING:
    from margins.doctor.deployment import Deployment

__all__ = ["doctor"]

_SICK = 1


def _outputs(path: Path) -> Mapping[str, str]:
    """Those of a deployment, also in the shape of `terraform output -json`."""
    try:
        said = json.loads(path.read_text("utf-8"))
        return {k: v["value"] if isinstance(v, dict) else v for k, v in said.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"These are no outputs: {error}.", place=str(path)) from error


def _place(text: str, port: int) -> tuple[str, int]:
    host, _, number = text.rpartition(":")
    if not host:
        return text, port
    if not number.isdigit():
        raise InputError("This is not host:port.", place=text)
    return host.strip("[]"), int(number)


def _canary(args: argparse.Namespace, recipient: str, smtp: tuple[str, int], inbox: Inbox) -> Check:
    to = recipient if recipient.partition("@")[0] and "@" in recipient else "import@" + recipient
    name = Path(f"margins-canary-{token_hex(8)}.txt")
    content = compose(name, EXPORT.encode(), sender=args.canary, to=to)
    host, port = _place(args.smtp, 25) if args.smtp else smtp
    send = partial(submit, content, sender=args.canary, to=to, host=host, port=port)
    return partial(canary, send, inbox, f"Notes: {name}", seconds=args.wait)


def _on_machine(args: argparse.Namespace, settings: Settings) -> dict[str, Check]:
    from margins.bootstrap import open_ledger
    from margins.doctor.checklists import on_machine

    checks = dict(on_machine(settings, backup=args.backup))
    if args.canary:
        ledger, smtp = open_ledger(settings), (settings.smtp_host, settings.smtp_port)
        checks["canary"] = _canary(args, settings.addresses[0].lstrip("@"), smtp, ledger)
    return checks


def _ledger(deployment: Deployment) -> Inbox:
    from margins.clients.dynamodb import Table
    from margins.ledger.dynamodb import DynamoLedger

    return DynamoLedger(Table(deployment.aws("dynamodb"), deployment.output("Ledger")))


def _on_aws(args: argparse.Namespace, settings: Settings) -> dict[str, Check]:
    from margins.bootstrap.peers import open_resolver
    from margins.doctor.checklists import on_aws
    from margins.doctor.deployment import Deployment

    outputs = _outputs(args.outputs) if args.outputs else None
    deployment = Deployment(args.region, args.stage, outputs=outputs)
    checks = dict(on_aws(deployment, open_resolver(settings)))

    def walk() -> Iterable[Finding]:
        smtp = (f"inbound-smtp.{args.region}.amazonaws.com", 25)
        return _canary(args, deployment.output("Recipient"), smtp, _ledger(deployment))()

    if args.canary:
        checks["canary"] = walk
    return checks


def _chosen(checks: dict[str, Check], only: list[str]) -> dict[str, Check]:
    if unknown := set(only) - checks.keys():
        raise InputError(
            f"There is no check {', '.join(sorted(unknown))}.",
            remedy=f"There are: {', '.join(checks)}; canary needs --canary.",
        )
    return {name: check for name, check in checks.items() if not only or name in only}


def _lines(found: Iterator[tuple[str, Finding]]) -> Iterator[tuple[str, Finding]]:
    """Print each as soon as it is known."""
    for name, finding in found:
        print(f"{finding.level:<8}{name:<14}{finding.what}", flush=True)
        if finding.remedy:
            print(f"{'':22}{finding.remedy}", flush=True)
        yield name, finding


def doctor(args: argparse.Namespace) -> int:
    """Carry out the checks; the exit status is 1 when one failed."""
    settings = load(args.config)
    checks = _on_aws(args, settings) if args.stage else _on_machine(args, settings)
    found = examine(_chosen(checks, args.only))
    findings = list(found if args.json else _lines(found))
    if args.json:
        said = [
            {"check": name, "level": f.level, "what": f.what, "remedy": f.remedy}
            for name, f in findings
        ]
        print(json.dumps(said, indent=2))
    sick = any(finding.level is Level.FAILED for _, finding in findings)
    return _SICK if sick else Exit.OK
