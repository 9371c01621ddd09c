"""`margins inbox export`: everything there is about mails, in formats any program reads."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from margins.bootstrap import open_ledger, open_store
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError, Unavailable
from margins.ports import Entry, Inbox, Store

__all__ = ["export"]

_PAGE = 500
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_NOT_IN_PATH = re.compile(r"[^!-~]")


def _everything(inbox: Inbox) -> Iterator[Entry]:
    before = ""
    while page := inbox.entries(before=before, limit=_PAGE):
        yield from page
        before = page[-1].id


def append_mbox(file: BinaryIO, entry: Entry, content: bytes) -> None:
    """Write one message as mboxrd does: LF line endings, "From " lines quoted reversibly.

    Source: RFC 4155; https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml
    """
    sender = _NOT_IN_PATH.sub("", entry.envelope.reverse_path.strip("<>")) or "MAILER-DAEMON"
    moment = datetime.fromtimestamp(entry.received_at, UTC).strftime("%a %b %d %H:%M:%S %Y")
    text = _FROM.sub(rb">\1", content.replace(b"\r\n", b"\n"))
    file.write(f"From {sender} {moment}\n".encode("ascii"))
    file.write(text + (b"" if text.endswith(b"\n") else b"\n") + b"\n")


def _json(entry: Entry) -> str:
    values = asdict(entry)
    for name in ("received_at", "changed_at", "begun_at", "next_try_at"):
        values[name] = datetime.fromtimestamp(values[name], UTC).isoformat()
    return json.dumps(values, ensure_ascii=False)


def _raw(store: Store, entry: Entry) -> tuple[bytes | None, str]:
    """The raw message, or why it cannot be had."""
    try:
        return store.get(entry.digest), ""
    except KeyError:
        return None, f"{entry.id}: its raw message is not there."
    except Unavailable as error:
        return None, f"{entry.id}: {error}"


def export(args: argparse.Namespace) -> int:
    """Write DIR/mail.mbox with every raw message kept, and DIR/mail.json with every row.

    What cannot be read keeps nothing else from being taken out: it is told, and the exit status.
    """
    settings = load(args.config)
    folder: Path = args.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError("The folder is not empty.", place=str(folder), remedy="Name a new one.")
    store, rows, messages, missing = open_store(settings), 0, 0, 0
    with (folder / "mail.mbox").open("xb") as mbox, (folder / "mail.json").open("x") as table:
        table.write("[")
        for entry in _everything(open_ledger(settings)):
            table.write(",\n" if rows else "\n")
            table.write(_json(entry))
            rows += 1
            content, why = _raw(store, entry) if entry.digest else (None, "")
            if content is not None:
                append_mbox(mbox, entry, content)
                messages += 1
            if why:
                print(why, file=sys.stderr)
                missing += 1
        table.write("\n]\n")
    print(f"{rows} mails, {messages} of them with their raw message: {folder}")
    return Exit.IO if missing else Exit.OK
