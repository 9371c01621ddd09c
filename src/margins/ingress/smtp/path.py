"""Paths in MAIL and RCPT (RFC 5321 s4.1.2), read strictly and in linear time.

aiosmtpd reads them with the standard library's header parser, which accepts comments and white
space, takes time that grows with the square of the input, and gives up its stack to brackets.
"""

from __future__ import annotations

import re

__all__ = ["NULL_PATH", "parse_path"]

NULL_PATH = "<>"
_MAX_PATH = 256
_ATOM = r"[^\x00-\x20\x7f-\x9f\ud800-\udfff\"(),:;<>@\[\]\\]+"
_PATH = re.compile(
    rf'<((?:{_ATOM}|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*+")@(?:{_ATOM}|\[[0-9A-Za-z:.]+\]))>'
)


def parse_path(argument: str) -> tuple[str | None, str | None]:
    """The mailbox without its brackets, and the parameters behind it; (None, None) when malformed.

    The null reverse-path comes back as NULL_PATH. Source routes, comments and paths of more than
    256 characters are malformed.
    """
    if argument.startswith(NULL_PATH):
        path, rest = NULL_PATH, argument[2:]
    elif found := _PATH.match(argument[: _MAX_PATH + 2]):
        path, rest = found[1], argument[found.end() :]
    else:
        return None, None
    if rest and not rest.startswith(" "):
        return None, None
    local, _, _ = path.rpartition("@")
    return (path, rest) if len(local) <= 64 else (None, None)
