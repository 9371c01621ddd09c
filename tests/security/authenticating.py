"""Mails that are dear to whoever asks who wrote them: the cost of that question, not of reading.

It is asked in the service's own process while a peer waits, of anybody's mail. Each mail is signed
by its author's own domain, so nothing about it is refused before its body was read.

    python tests/security/authenticating.py NAME

prints what one of them costs, as JSON; `measuring.py` writes all down.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS / "authentication"))

from signing import NOW, mail, rsa_key, sign  # noqa: E402

from margins.authentication import authenticate  # noqa: E402
from margins.mail import Envelope, parse  # noqa: E402
from margins.mail.authentication import Method  # noqa: E402
from margins.mail.envelope import fingerprint  # noqa: E402
from margins.testing.resolver import FakeResolver  # noqa: E402

_KIB, _MIB = 1024, 1024 * 1024
_FORMS = (b"relaxed/relaxed", b"simple/simple")
_NOT_THE_BODY = base64.b64encode(bytes(32)).decode()


def _signed(content: bytes, *names: str) -> bytes:
    """Ten signatures of both forms whose header fields are in order, and whose body is not."""
    fields = b""
    for form in _FORMS * 5:
        made = sign(
            content,
            rsa_key("mallory"),
            "attack.example",
            signed=("from", *names),
            canonical=form,
            bh=_NOT_THE_BODY,
        )
        fields += made[: len(made) - len(content)]
    return fields + content


def _body(unit: bytes) -> bytes:
    return _signed(mail("mallory@attack.example", body="")) + unit * (60 * _MIB // len(unit)) + b"x"


def _header(*extra: str, names: tuple[str, ...] = (), to: str = "notes@in.example") -> bytes:
    return _signed(mail("mallory@attack.example", *extra, to=to), *names)


DEAR: dict[str, Callable[[], bytes]] = {
    "60 MB of lines of base64": partial(_body, b"QUJD" * 19 + b"\r\n"),
    "60 MB of words between tabs": partial(_body, b"ab\tcd\tef\tgh\t\r\n"),
    "60 MB of spaces": partial(_body, b" "),
    "60 MB of tabs and spaces": partial(_body, b"\t "),
    "60 MB of line ends": partial(_body, b"\r\n"),
    "60 MB of lines of white space": partial(_body, b" \t\r\n"),
    "60 MB of spaces and carriage returns": partial(_body, b" \r"),
    "a field of 60 KiB of spaces": lambda: _header("X: a" + " " * 60 * _KIB + "b", names=("x",)),
    "a field of 15,000 folds": lambda: _header("X: a" + "\n b" * 15_000, names=("x",)),
    "900 fields, 199 of them signed": lambda: _header(
        *[f"x{n}: a" for n in range(900)], names=tuple(f"x{n}" for n in range(199))
    ),
    "one field signed 199 times": lambda: _header(*["X: a"] * 900, names=("x",) * 199),
    "To of 3,000 quoted names": lambda: _header(to='"a, b" <a@b.example>,' * 3_000, names=("to",)),
    "To of 30,000 quotes": lambda: _header(to='"' * 30_000, names=("to",)),
    "To of 30,000 parentheses": lambda: _header(to="(" * 30_000, names=("to",)),
}  # fmt: skip
"""Every mail by its name; made when called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What the question cost.

    Attributes:
        seconds: of computing.
        peak: MiB that the process grew by at its highest, the mail itself not counted.
        outcome: the results of the signatures, each once.
    """

    seconds: float
    peak: int
    outcome: str


def _measure(content: bytes) -> Price:
    key = rsa_key("mallory").record()
    resolver = FakeResolver({"mail._domainkey.attack.example": [("TXT", key)]})
    envelope = Envelope(reverse_path="", forward_paths=("notes@in.example",), peer="203.0.113.66")
    author = parse(mail("mallory@attack.example")).author
    authenticate(_signed(mail("a@attack.example")), envelope, author, resolver, now=NOW)  # imports
    Path("/proc/self/clear_refs").write_text("5")  # the highest is what it is now (proc(5))
    before, began = _peak(), time.process_time()
    shown = authenticate(content, envelope, parse(content).author, resolver, now=NOW)
    fingerprint(content)
    results = {
        f"{check.result}: {check.reason}" if check.reason else str(check.result)
        for check in shown.checks
        if check.method is Method.DKIM
    }
    return Price(
        seconds=round(time.process_time() - began, 2),
        peak=(_peak() - before) // _KIB,
        outcome="; ".join(sorted(results)),
    )


def _peak() -> int:
    """KiB, on Linux."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def price(name: str) -> Price:
    """What one of the mails costs, found out in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, name], capture_output=True, text=True, check=True
    )
    return Price(**json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(DEAR[sys.argv[1]]()))))
