"""May this host send for that domain (RFC 7208), by pyspf over the Resolver port."""

from __future__ import annotations

from ipaddress import ip_address

import spf  # type: ignore[import-untyped]

from margins.authentication.lookups import Lookups
from margins.errors import Unavailable
from margins.mail.authentication import Result
from margins.text.normal import one_line

__all__ = ["check_host"]

_MAX_LABEL = 63


class _Query(spf.query):  # type: ignore[misc]
    """pyspf's evaluation with its look-ups replaced; the limits of s4.6.4 stay its own."""

    def __init__(self, peer: str, sender: str, helo: str, lookups: Lookups, now: float) -> None:
        super().__init__(i=peer, s=sender, h=helo)
        self.lookups_port = lookups
        self.t = str(int(now))

    def dns(self, name: str, kind: str, ignore_void: bool = False) -> list[object]:
        """Answers in the shapes pyspf expects; an empty one counts against the limit of two."""
        name = name.removesuffix(".").lower()
        if not all(0 < len(label) <= _MAX_LABEL for label in name.split(".")):
            return []
        try:
            answer = self._answer(name, kind)
        except Unavailable as error:
            raise spf.TempError(str(error)) from error
        if not answer and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("more than two look-ups came to nothing")
        return answer

    def _answer(self, name: str, kind: str) -> list[object]:
        match kind:
            case "TXT":
                return [(text,) for text in self.lookups_port.texts(name)]
            case "MX":
                return list(enumerate(self.lookups_port.records(name, "MX")))
            case "A" | "AAAA" | "PTR":
                return list(self.lookups_port.records(name, kind))
        return []

    def get_explanation(self, spec: str) -> None:
        """The domain's own words about a failure (exp=) are not asked for: nobody reads them."""


def check_host(
    peer: str, sender: str, helo: str, *, lookups: Lookups, now: float
) -> tuple[Result, str]:
    """The result for one MAIL FROM (s4), and one clause that says why. Never raises.

    Args:
        peer: IP address of the client.
        sender: the reverse-path; an empty one stands for postmaster at the HELO name.
        now: seconds since the epoch, for records that contain the time (%{t}).
    """
    try:
        ip_address(peer)
    except ValueError:
        return Result.NONE, "the address of the client is not known"
    try:
        query = _Query(peer, sender, helo, lookups, now)
        result, _, reason = query.check()
    except Exception as error:  # noqa: BLE001
        # pyspf raises what it stumbles over in a hostile record; a record that cannot be
        # evaluated is an error of the domain that published it (s2.6.7).
        return Result.PERMERROR, f"the SPF record cannot be evaluated ({type(error).__name__})"
    return Result(result), one_line(reason)
