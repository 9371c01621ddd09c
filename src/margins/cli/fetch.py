"""`margins fetch`: one look into the mailbox and the Maildir of the settings."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from functools import partial
from threading import Event

from margins.cli.logs import begin
from margins.cli.status import Exit
from margins.config import load
from margins.errors import ConfigError
from margins.mail.reply import Filing

__all__ = ["fetch"]


def fetch(args: argparse.Namespace) -> int:
    """Take what waits there, and say what became of it; EX_TEMPFAIL when some of it must wait."""
    from margins.agent.fetching import Collector
    from margins.agent.receive import receive
    from margins.bootstrap import Parts, sources

    # It only takes mail: no key, and no way to the notes.
    settings = replace(load(args.config), roles=("imap", "maildir"))
    found = list(sources(settings))
    if not found:
        raise ConfigError(
            "No mailbox is known.", place="imap_host, maildir", remedy="See docs/mailbox.md."
        )
    begin(settings.log_format, level=logging.INFO)
    hand_over = partial(receive, Parts(settings).agent)
    left = 0
    for _, rules, opened in found:
        with opened(Event()) as folder:
            tally = Collector(rules, hand_over).collect(folder)
        left += tally.count(Filing.LEFT)
        print(f"{rules.folder}: {tally}", flush=True)
    return Exit.TEMPORARY if left else Exit.OK
