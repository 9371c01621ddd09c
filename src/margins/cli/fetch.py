"""`margins fetch`: one look into the mailbox of the settings."""

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
    from margins.agent.receive import receive
    from margins.bootstrap import Parts, imap_rules

    # It only takes mail: no key, and no way to the notes.
    settings = replace(load(args.config), roles=("imap",))
    rules = imap_rules(settings)
    if rules is None:
        raise ConfigError("No mailbox is known.", place="imap_host", remedy="See docs/imap.md.")
    from margins.ingress.imap import Collector, open_session

    begin(settings.log_format, level=logging.INFO)
    collector = Collector(rules, partial(receive, Parts(settings).agent))
    with open_session(rules, Event()) as session:
        tally = collector.collect(session)
    print(f"{rules.folder}: {tally}")
    return Exit.TEMPORARY if tally.count(Filing.LEFT) else Exit.OK
