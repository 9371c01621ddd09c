"""`margins cost`: what a month on AWS comes to."""

from __future__ import annotations

import argparse
import re
import tomllib
from dataclasses import replace
from importlib.resources import files

from margins.aws.cost import Usage, bill
from margins.cli.status import Exit
from margins.errors import InputError

__all__ = ["LEFT_OUT", "cost", "size_of"]

LEFT_OUT = (
    "Left out: free tiers, taxes, point-in-time recovery of the tables and older months in them,\n"
    "mails to those who are alarmed, look-ups in the domain name system, and what the notes API\n"
    "and its database cost."
)

_SIZE = re.compile(r"(\d{1,9}) ?(B|KB|MB)?", re.IGNORECASE)
_UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1_000_000}


def size_of(text: str) -> int:
    """Bytes: 75000, 75KB, 2 MB.

    Raises:
        InputError: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise InputError("This is not a size.", place=text, remedy="Write it as 75KB or 2MB.")
    return int(found[1]) * _UNITS[(found[2] or "").upper()]


def cost(args: argparse.Namespace) -> int:
    """Print the bill line by line."""
    prices = tomllib.loads(files("margins.aws").joinpath("prices.toml").read_text("utf-8"))
    usage = Usage(
        mails=args.mails,
        size=size_of(args.size),
        cold=args.cold_percent / 100,
        retention_days=args.retention_days,
        letters=args.mails if args.receipts else 0,
    )
    own = {name: value for name in ("gate_ms", "parser_ms") if (value := getattr(args, name))}
    lines = bill(replace(usage, **own), prices)
    total = sum(line.dollars for line in lines)
    print(f"{args.mails} mails of {args.size} a month, {prices['region']}, {prices['date']}")
    for line in lines:
        share = line.dollars / total if total else 0
        print(f"{line.item:<18} {line.quantity:<44} {line.dollars:>12.2f} $ {share:>5.0%}")
    print(f"{'total':<63} {total:>12.2f} $")
    print(LEFT_OUT)
    return Exit.OK
