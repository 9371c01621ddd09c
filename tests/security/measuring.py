"""What hostile content costs and what becomes of it, measured and written down.

    python tests/security/measuring.py

measures every input of the tables beside this file and every message of the corpora, each in the
process that reads mail in the service, and what it costs to ask who wrote some. It prints what it
finds, and writes `measured.json`, of which `make docs` makes the tables of docs/threat-model.md.
The tests hold the same inputs to the bounds, and to the outcomes written down.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from margins.agent.isolation import IsolatedReader
from margins.errors import MailError

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "mail")]

from authenticating import DEAR, price  # noqa: E402
from disguised import DISGUISED  # noqa: E402
from hostile import ATTACHMENTS, attached  # noqa: E402
from test_pathological import HUGE, READ, REFUSED  # noqa: E402

FORMATS = "margins.plugins:load_formats"
MEASURED = _HERE / "measured.json"
OUT_OF_TIME = "Reading the mail took more than 5 s of computing."
MIB = 1024 * 1024
_SIZE = re.compile(r" \([a-z/-]+, \d+ bytes\)")  # it differs between versions of zlib
_SEPARATOR = re.compile(rb"(?m)^(?=From [^\r\n]+\r?\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one mail came to.

    Attributes:
        seconds: of computing; None when the process was ended.
        peak: MiB of the process at its highest, the 29 included that it shares with its parent at
            its birth; None likewise.
        outcome: the first sentence of the answer, or how many notebooks.
        notebooks: how many.
        failed: code of ours failed, or the process ended for another reason than its time.
    """

    seconds: float | None
    peak: int | None
    outcome: str
    notebooks: int = 0
    failed: bool = False


def cost(reader: IsolatedReader, content: bytes) -> Cost:
    """Have one mail read."""
    try:
        answer = reader.answer(content)
    except MailError as error:
        failed = error.what != OUT_OF_TIME
        return Cost(seconds=None, peak=None, outcome=error.what, failed=failed)
    kind, what, _, _ = answer.error
    count = len(answer.reading.notebooks) if answer.reading and not kind else 0
    sentence = what or f"{count} notebook{'s' * (count != 1)}."
    return Cost(
        seconds=round(answer.seconds, 2),
        peak=answer.peak // MIB,
        outcome=_SIZE.sub("", re.split(r"(?<=\.) ", sentence)[0]),
        notebooks=count,
        failed=bool(answer.trace) or answer.exhausted,
    )


def _repeated(head: bytes, unit: bytes, count: int, tail: bytes) -> bytes:
    return head + unit * count + tail


def _attached(name: str, make: Callable[[], bytes]) -> bytes:
    return attached(make(), name)


INPUTS: dict[str, dict[str, Callable[[], bytes]]] = {
    "Messages": {
        name: partial(_repeated, *row) for name, row in {**REFUSED, **READ, **HUGE}.items()
    },
    "Attachments": {name: partial(_attached, *row) for name, row in ATTACHMENTS.items()},
    "Attachments behind a good beginning": {
        name: partial(_attached, *row) for name, row in DISGUISED.items()
    },
}
"""Every hostile mail by its kind and name; made when called."""


def corpora(shared: Path) -> dict[str, list[Path]]:
    """The files of the corpora, suites in other languages too, by the folder they lie in."""
    found: dict[str, list[Path]] = {}
    folder = shared / "corpora"
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.parent != folder:
            found.setdefault(str(file.parent.relative_to(folder)), []).append(file)
    return found


def _messages(file: Path) -> Iterator[bytes]:
    """A mailbox file message by message; any other file as it is."""
    content = file.read_bytes()
    if file.suffix == ".mbox":
        yield from filter(None, _SEPARATOR.split(content))
    else:
        yield content


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """What the messages of one folder came to; times in seconds, memory in MiB."""

    messages: int
    notes: int
    no_notes: int
    failed: int
    slowest: float
    peak: int


def class_of(reader: IsolatedReader, files: list[Path]) -> Class:
    """Have every message of these files read."""
    costs = [cost(reader, content) for file in files for content in _messages(file)]
    ends = Counter(
        "failed" if c.failed or c.seconds is None else "notes" if c.notebooks else "" for c in costs
    )
    return Class(
        messages=len(costs),
        notes=ends["notes"],
        no_notes=ends[""],
        failed=ends["failed"],
        slowest=max(c.seconds or 0 for c in costs),
        peak=max(c.peak or 0 for c in costs),
    )


def _inputs(reader: IsolatedReader) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for kind, inputs in INPUTS.items():
        for name, make in inputs.items():
            measured = cost(reader, make())
            print(f"{name}: {measured.seconds} s, {measured.peak} MiB, {measured.outcome}")
            found.setdefault(kind, {})[name] = asdict(measured)
    return found


def _classes(reader: IsolatedReader, shared: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for folder, files in corpora(shared).items():
        measured = class_of(reader, files)
        print(f"{folder}: {measured}")
        found[folder] = asdict(measured)
    return found


def main() -> int:
    """The command line."""
    shared = Path(os.environ.get("MARGINS_SHARED", _HERE.parents[2] / "shared"))
    before = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    with closing(IsolatedReader(FORMATS)) as reader:
        measured = {
            "on": time.strftime("%Y-%m-%d"),
            "inputs": _inputs(reader),
            "authenticated": {name: asdict(price(name)) for name in DEAR},
            "corpora": _classes(reader, shared) or before.get("corpora", {}),
        }
    MEASURED.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
