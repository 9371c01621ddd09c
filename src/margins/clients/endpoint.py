"""The one URL a client talks to, and which network addresses it may turn out to have. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from margins.errors import ConfigError

__all__ = ["Endpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL from the operator's settings, never from a mail.

    Attributes:
        url: https, or http on this machine.
        private: it lies in the operator's own network: then private addresses and plain http to
            them are allowed. Link-local addresses never are: cloud machines keep their
            credentials at one (169.254.169.254).

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
        host = self.parts.hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """True when this is an address the endpoint may have."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self.loopback:
            return address.is_loopback
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        if address.is_global:
            return self.parts.scheme == "https"
        return self.private
