"""The domain name system as the machine's own name servers tell it, by dnspython.

Importing this module takes a while; import it where the resolver is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from itertools import islice
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdata import Rdata
from dns.rdtypes.txtbase import TXTBase

from margins.errors import ConfigError, Unavailable
from margins.ports.resolver import RecordType
from margins.text.normal import one_line

__all__ = ["DnsResolver"]

_MAX_RECORDS = 100
_CACHED_ANSWERS = 1_000
_UDP_BYTES = 1_232  # what passes every path unfragmented (DNS flag day 2020); TCP takes over beyond


def _name(text: str) -> dns.name.Name | None:
    """The absolute name, every byte of it taken literally; None when there can be no such name."""
    try:
        labels = text.removesuffix(".").encode("ascii").split(b".")
        return dns.name.Name([*labels, b""])
    except (UnicodeEncodeError, dns.exception.DNSException):
        return None


def _server(name: str, port: int) -> Do53Nameserver:
    """One server of the settings."""
    try:
        return Do53Nameserver(str(ip_address(name)), port)
    except ValueError:
        parts = urlsplit(f"//{name}")
        if not parts.hostname or parts.port is None or parts.netloc.rpartition(":")[2] == "":
            raise
        return Do53Nameserver(str(ip_address(parts.hostname)), parts.port)


class DnsResolver:
    """A caching stub resolver. May be shared by threads.

    Args:
        nameservers: IP addresses, or with a port of its own "192.0.2.1:5353" or "[2001:db8::1]:53";
            empty takes those of the machine.
        port: of all others.
        seconds: for one look-up, all servers and retries together.

    Raises:
        ConfigError: one is not an address, or none is given and the machine names none either.
    """

    def __init__(
        self, nameservers: Sequence[str] = (), *, port: int = 53, seconds: float = 5.0
    ) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameservers)
            if nameservers:
                self._resolver.nameservers = [_server(name, port) for name in nameservers]
        except (dns.resolver.NoResolverConfiguration, ValueError) as error:
            raise ConfigError(
                "There is no name server to ask.",
                place="resolver",
                remedy="Name one or more by their IP addresses.",
            ) from error
        self._resolver.port = port
        self._resolver.lifetime = seconds
        self._resolver.timeout = seconds / 2
        self._resolver.cache = dns.resolver.LRUCache(_CACHED_ANSWERS)
        self._resolver.use_edns(0, 0, _UDP_BYTES)

    def texts(self, name: str) -> tuple[bytes, ...]:
        """See Resolver.texts."""
        found = self._look_up(name, "TXT")
        return tuple(b"".join(data.strings) for data in found if isinstance(data, TXTBase))

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """See Resolver.records."""
        found = [data.to_text() for data in self._look_up(name, kind)]
        if kind == "MX":
            preferred = sorted((int(p), host) for p, host in map(str.split, found))
            found = [host for _, host in preferred]
        return tuple(text.removesuffix(".") for text in found)

    def _look_up(self, name: str, kind: str) -> list[Rdata]:
        absolute = _name(name)
        if absolute is None:
            return []
        try:
            answer = self._resolver.resolve(absolute, kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return []
        except (dns.exception.DNSException, OSError) as error:
            # Timeout and NoNameservers mostly; whatever else goes wrong may go right later.
            raise Unavailable(
                f"{one_line(name)} could not be looked up ({type(error).__name__}).", place="DNS"
            ) from error
        return list(islice(answer.rrset or (), _MAX_RECORDS))
