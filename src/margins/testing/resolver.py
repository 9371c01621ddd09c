"""A domain name system in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from margins.errors import Unavailable
from margins.ports.resolver import RecordType

__all__ = ["FakeResolver", "Zone"]

# Records by absolute lower-case name: ("TXT", b"..."), ("A", "192.0.2.1"), ("AAAA", "2001:db8::1"),
# ("MX", "10 mail.example"), ("PTR", "mail.example"), ("CNAME", "other.example").
Zone = Mapping[str, Sequence[tuple[str, str | bytes]]]

_MAX_ALIASES = 10


class FakeResolver:
    """Answers from a mapping, and says of some names that nobody answers for them.

    Attributes:
        asked: every question in order, so that a test can see what was looked up.
    """

    def __init__(self, zone: Zone, *, silent: Collection[str] = ()) -> None:
        self._zone = zone
        self._silent = frozenset(silent)
        self.asked: list[tuple[str, str]] = []

    def texts(self, name: str) -> tuple[bytes, ...]:
        """See Resolver.texts."""
        found = self._find(name, "TXT")
        return tuple(data if isinstance(data, bytes) else data.encode() for data in found)

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """See Resolver.records."""
        found = [str(data) for data in self._find(name, kind)]
        if kind == "MX":
            preferred = sorted((int(p), host) for p, host in map(str.split, found))
            found = [host for _, host in preferred]
        return tuple(data.removesuffix(".") for data in found)

    def _find(self, name: str, kind: str) -> list[str | bytes]:
        self.asked.append((name, kind))
        for _ in range(_MAX_ALIASES):
            name = name.removesuffix(".").lower()
            if name in self._silent:
                raise Unavailable(f"No server answers for {name}.", place="DNS")
            here = self._zone.get(name, ())
            aliases = [str(data) for found, data in here if found == "CNAME"]
            if not aliases:
                return [data for found, data in here if found == kind]
            name = aliases[0]
        return []
