"""The one URL a client talks to, and which network addresses it may turn out to have. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from margins.errors import ConfigError

__all__ = ["Endpoint", "is_loopback"]

# Where cloud machines keep their credentials, link-local addresses apart.
_METADATA = tuple(
    ip_network(name)
    for name in (
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle Cloud
        "fd00:ec2::/32",  # AWS
        "fd20:ce::/32",  # Google Cloud
        "64:ff9b:1::/48",  # local translation (RFC 8215): what is behind cannot be told
    )
)
_TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "::/96")))  # RFC 6052, RFC 4291 s2.5.5.1


def is_loopback(host: str) -> bool:
    """The host, a name in lower case or an address, is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL from the operator's settings, never from a mail.

    Attributes:
        url: https, or http on this machine.
        private: it lies in the operator's own network: then private addresses and plain http to
            them are allowed. Link-local addresses never are, nor others where cloud machines keep
            their credentials, in whatever form an IPv4 address is written.

    Raises:
        ConfigError: the URL is not one tokens may be sent to.
    """

    url: str
    private: bool = False

    def __post_init__(self) -> None:
        try:
            parts, port = urlsplit(self.url), urlsplit(self.url).port
        except ValueError as error:
            raise self._wrong(f"It is not a URL: {error}.") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
            raise self._wrong("It is not an https URL.")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise self._wrong("It has a user name, a password or a fragment.")
        if parts.scheme == "http" and not (self.private or self.loopback):
            raise self._wrong("Tokens are not sent over plain http to another machine.")

    def _wrong(self, what: str) -> ConfigError:
        return ConfigError(
            what, place=self.url, remedy="Set it to a URL such as https://notes.example/graphql."
        )

    @property
    def parts(self) -> SplitResult:
        """The URL, taken apart."""
        return urlsplit(self.url)

    @property
    def loopback(self) -> bool:
        """The URL names this machine."""
        return is_loopback(self.parts.hostname or "")

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """True when this is an address the endpoint may have."""
        if isinstance(address, IPv6Address):
            address = _embedded(address) or address
        if self.loopback:
            return address.is_loopback
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        if any(address in network for network in _METADATA):
            return False
        if address.is_global:
            return self.parts.scheme == "https"
        return self.private


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end at: mapped, 6to4 or translated."""
    if found := address.ipv4_mapped or address.sixtofour:
        return found
    translated = any(address in network for network in _TRANSLATED)
    if not translated or address.is_loopback or address.is_unspecified:
        return None
    return IPv4Address(address.packed[-4:])
