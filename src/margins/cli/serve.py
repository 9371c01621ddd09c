"""`margins serve`: the whole service in one process."""

from __future__ import annotations

import argparse
import logging

from margins.cli.logs import begin
from margins.cli.status import Exit
from margins.config import load
from margins.service.service import run

__all__ = ["serve"]


def serve(args: argparse.Namespace) -> int:
    """Run until Ctrl-C, then drain."""
    settings = load(args.config)
    begin(settings.log_format, level=logging.WARNING if args.demo else logging.INFO)
    # aiosmtpd tells every command of every session at INFO, addresses included; alembic, its setup.
    for chatty in ("mail.log", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    ready = None
    if args.demo:
        from margins.service.demo import show

        ready = show
    run(settings, ready=ready)
    return Exit.OK
