"""Real messages, mutated by Hypothesis, through the whole pure pipeline.

    python fuzz/mutate.py 100000            that many cases
    python fuzz/mutate.py 1000000 --seconds 1200   or as many as fit

Every case must end in a reading or in an input error with a sentence, within two seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from targets import mail, seeds

_SHARED = Path(os.environ.get("MARGINS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
_LARGEST = 60_000
_ROUND = 20_000
_SPICE = (
    b"\r\n", b"\n", b"\0", b"--", b"=?utf-8?b?", b"?=", b";", b'"', b"<", b">", b"(", b"\r\n ",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"charset=utf-7", b"=",
    b"\xed\xa0\x80", b"9" * 40, b"Content-Disposition: attachment; filename*0*=x'y'%ff\r\n",
)  # fmt: skip


def _messages() -> list[bytes]:
    files = [f for name in ("corpora", "samples/eml") for f in sorted((_SHARED / name).rglob("*"))]
    mails = (f for f in files if f.suffix in {".eml", ".txt", ".msg"})
    return [*seeds("mail"), *(f.read_bytes() for f in mails if f.stat().st_size < _LARGEST)]


MESSAGES = _messages()
_EDIT = st.tuples(
    st.integers(0, 5), st.integers(0, 1_000_000), st.integers(1, 400), st.sampled_from(_SPICE)
)


def _edit(content: bytes, edit: tuple[int, int, int, bytes]) -> bytes:
    """One of: insert, overwrite, delete, repeat, flip a byte, cut off."""
    kind, where, length, spice = edit
    at = where * len(content) // 1_000_001
    piece = content[at : at + length]
    match kind:
        case 0:
            return content[:at] + spice + content[at:]
        case 1:
            return content[:at] + spice + content[at + len(spice) :]
        case 2:
            return content[:at] + content[at + length :]
        case 3:
            return content[:at] + piece * 3 + content[at:]
        case 4:
            flipped = bytes([content[at] ^ (1 << length % 8)]) if at < len(content) else b""
            return content[:at] + flipped + content[at + 1 :]
        case _:
            return content[:at]


def _round(number: int, cases: int, until: float, tally: Counter[str]) -> None:
    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(MESSAGES), st.lists(_EDIT, min_size=1, max_size=6))
    def case(content: bytes, edits: list[tuple[int, int, int, bytes]]) -> None:
        if time.monotonic() > until:
            return
        for edit in edits:
            content = _edit(content, edit)
        began = time.process_time()
        mail(content)
        assert time.process_time() - began < 2
        tally["cases"] += 1

    case()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    args = parser.parse_args()
    began = time.monotonic()
    until = began + args.seconds
    tally: Counter[str] = Counter()
    start = random.SystemRandom().randrange(2**32)
    print(f"{len(MESSAGES)} messages to begin from, seed {start}", flush=True)
    number = start
    while tally["cases"] < args.count and time.monotonic() < until:
        _round(number, min(_ROUND, args.count - tally["cases"]), until, tally)
        number += 1
        took = time.monotonic() - began
        print(f"{tally['cases']} cases in {took:.0f} s, 0 uncaught exceptions", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
