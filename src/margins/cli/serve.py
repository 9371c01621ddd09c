"""`margins serve`: the service, all of it or some roles; and `margins health`."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace

from margins.cli.logs import begin
from margins.cli.status import Exit
from margins.config import Settings, load
from margins.errors import InputError

__all__ = ["health", "serve"]


def _settings(args: argparse.Namespace) -> Settings:
    settings = load(args.config)
    if args.only is None:
        return settings
    return replace(settings, roles=tuple(role.strip() for role in args.only.split(",")))


def serve(args: argparse.Namespace) -> int:
    """Run until Ctrl-C, then drain."""
    from margins.service.service import run

    settings = _settings(args)
    begin(settings.log_format, level=logging.WARNING if args.demo else logging.INFO)
    # aiosmtpd tells every command of every session at INFO, addresses included; alembic, its setup.
    for chatty in ("mail.log", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    ready = None
    if args.demo:
        if not {"smtp", "api", "worker"} <= set(settings.roles):
            raise InputError("The demo needs smtp, api and worker.", remedy="Leave out --only.")
        from margins.service.demo import show

        ready = show
    run(settings, ready=ready)
    return Exit.OK


def health(args: argparse.Namespace) -> int:
    """Print a line for each role; 0 when all answer."""
    from margins.service.health import signs

    ill = False
    for role, trouble in signs(_settings(args)):
        print(f"{role}: {trouble or 'well'}")
        ill = ill or bool(trouble)
    return Exit.UNAVAILABLE if ill else Exit.OK
