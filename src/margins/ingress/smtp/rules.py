"""What the server takes, from whom, and how much of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from margins.mail.peer import address_of
from margins.mail.recipients import served

__all__ = ["Network", "Rules"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _inside(peer: str, networks: Sequence[Network]) -> bool:
    ip = address_of(peer)
    return ip is not None and any(ip in network for network in networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's choices and the limits. Times are in seconds, sizes in bytes.

    A limit on one peer does not bind trusted peers: behind a relay of one's own stands everybody.

    Attributes:
        addresses: served addresses, "name@domain" or "@domain", compared without case.
        trusted: networks whose peers vouch for the author.
        max_bytes: largest content, announced as SIZE (RFC 1870).
        proxies: networks whose connections begin with a PROXY header.
        xclients: networks that may say XCLIENT and XFORWARD.
        max_recipients: RCPT commands per mail (RFC 5321 s4.5.3.1.8 asks for 100).
        connections: at a time, in all; never more than half of the process's file descriptors.
        connections_per_peer: at a time from one address, or one /64.
        errors: refused commands in one session; Postfix takes 20 (smtpd_hard_error_limit).
        junk: commands that bring no mail nearer, per mail; Postfix takes 100.
        command_seconds: silence between commands (RFC 5321 s4.5.3.2.7).
        stress_seconds: the same, and the most of `data_grace`, while half of `connections` are
            taken.
        data_seconds: for one content, however steadily it comes.
        data_rate: least bytes a second of a content; whoever stays below it is cut off after
            `data_grace` seconds, at the beginning as in the middle.
        memory: of contents being received, in all; one peer may hold a quarter.
    """

    addresses: Sequence[str]
    trusted: Sequence[Network]
    max_bytes: int
    proxies: Sequence[Network] = ()
    xclients: Sequence[Network] = ()
    max_recipients: int = 100
    connections: int = 2_000
    connections_per_peer: int = 20
    errors: int = 20
    junk: int = 100
    command_seconds: float = 300.0
    stress_seconds: float = 10.0
    data_seconds: float = 1_800.0
    data_rate: float = 500.0
    data_grace: float = 30.0
    memory: int = 512 * 1024 * 1024

    def serves(self, address: str) -> bool:
        """True for an address that takes mail here, or has the shape of a secret one.

        Which secrets there are is not asked: that answer would tell.
        """
        return served(self.addresses, address)

    def trusts(self, peer: str) -> bool:
        """True for a peer that vouches for the author."""
        return _inside(peer, self.trusted)

    def proxied(self, peer: str) -> bool:
        """True for a load balancer that says first for whom it connects."""
        return _inside(peer, self.proxies)

    def may_xclient(self, peer: str) -> bool:
        """True for a mail server that may speak for its own peer."""
        return _inside(peer, self.xclients)
