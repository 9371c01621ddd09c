"""XCLIENT and XFORWARD: a mail server in front says who its own peer is.

XCLIENT is for the rest of the session, XFORWARD for the next mail; Postfix sends XFORWARD. Who may
say either is asked anew of the peer that XCLIENT or a PROXY header named, since a front may pass on
what that one sends. That is stricter than Postfix, which goes by the connection.
Sources: https://www.postfix.org/XCLIENT_README.html, https://www.postfix.org/XFORWARD_README.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

__all__ = ["ATTRIBUTES", "FORWARDED", "parse_xclient"]

ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT")
FORWARDED = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
_UNKNOWN = {"[UNAVAILABLE]", "[TEMPUNAVAIL]"}
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


def _decoded(value: str) -> str:
    """xtext (RFC 3461 s4) as text, or empty for what the server in front does not know."""
    text = _XTEXT.sub(lambda hexadecimal: chr(int(hexadecimal[1], 16)), value)
    return "" if text.upper() in _UNKNOWN else text


def parse_xclient(argument: str, attributes: Sequence[str] = ATTRIBUTES) -> dict[str, str] | None:
    """The attributes by upper-case name, unknown values empty; None when one is malformed.

    ADDR is checked to be an address and comes back without its "IPV6:" tag.
    """
    found: dict[str, str] = {}
    for word in argument.split():
        name, equals, value = word.partition("=")
        if not equals or name.upper() not in attributes:
            return None
        found[name.upper()] = _decoded(value)
    if address := found.get("ADDR"):
        if address.upper().startswith("IPV6:"):
            address = address[5:]
        try:
            found["ADDR"] = str(ipaddress.ip_address(address))
        except ValueError:
            return None
    return found or None
