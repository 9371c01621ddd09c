"""The Resolver port: the same promises kept in memory and over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from margins.errors import ConfigError, Unavailable
from margins.ports import Resolver
from margins.resolver.dnspython import DnsResolver
from margins.testing.nameserver import serve
from margins.testing.resolver import FakeResolver, Zone

SILENT = "silent.example.org"
ZONE: Zone = {
    "example.org": [
        ("TXT", b"v=spf1 -all"),
        ("TXT", b"other"),
        ("A", "192.0.2.1"),
        ("A", "192.0.2.2"),
        ("AAAA", "2001:db8::1"),
        ("MX", "20 second.example.org"),
        ("MX", "10 first.example.org"),
    ],
    "long.example.org": [("TXT", b"k" * 3_000)],
    "raw.example.org": [("TXT", b'\x00\xff"\\ \x7f')],
    "alias.example.org": [("CNAME", "next.example.org")],
    "next.example.org": [("CNAME", "example.org")],
    "1.2.0.192.in-addr.arpa": [("PTR", "host.example.org")],
    "_dmarc.xn--bcher-kva.example": [("TXT", b"v=DMARC1; p=none")],
}


@pytest.fixture(params=["memory", "sockets"])
def resolver(request: pytest.FixtureRequest) -> Iterator[Resolver]:
    """Each implementation in turn, over the same zone."""
    if request.param == "memory":
        yield FakeResolver(ZONE, silent=[SILENT])
        return
    with serve(ZONE, silent=[SILENT]) as server:
        yield DnsResolver(["127.0.0.1"], port=server.port, seconds=0.5)


def test_texts_are_all_there(resolver: Resolver) -> None:
    """Every TXT record of a name is an answer of its own."""
    assert set(resolver.texts("example.org")) == {b"v=spf1 -all", b"other"}


def test_strings_of_a_text_are_joined(resolver: Resolver) -> None:
    """A record longer than 255 bytes, which travels as several strings, comes back as one."""
    assert resolver.texts("long.example.org") == (b"k" * 3_000,)


def test_texts_are_bytes(resolver: Resolver) -> None:
    """No byte of a TXT record is decoded, escaped or dropped."""
    assert resolver.texts("raw.example.org") == (b'\x00\xff"\\ \x7f',)


def test_addresses(resolver: Resolver) -> None:
    """Addresses of both families are text."""
    assert set(resolver.records("example.org", "A")) == {"192.0.2.1", "192.0.2.2"}
    assert resolver.records("example.org", "AAAA") == ("2001:db8::1",)


def test_exchanges_are_in_order_of_preference(resolver: Resolver) -> None:
    """The preferred mail exchange comes first, whatever the order of the records."""
    hosts = ("first.example.org", "second.example.org")
    assert resolver.records("example.org", "MX") == hosts


def test_names_have_no_last_dot(resolver: Resolver) -> None:
    """A host's name is written as people write it."""
    assert resolver.records("1.2.0.192.in-addr.arpa", "PTR") == ("host.example.org",)


def test_aliases_are_followed(resolver: Resolver) -> None:
    """An alias of an alias gives the records of the real name."""
    assert b"other" in resolver.texts("alias.example.org")


def test_case_and_last_dot_do_not_matter(resolver: Resolver) -> None:
    """Names are absolute with or without their last dot, in any case."""
    assert resolver.records("Example.ORG.", "AAAA") == ("2001:db8::1",)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("absent.example.org", id="no such name"),
        pytest.param("long.example.org", id="no such record"),
        pytest.param("", id="empty"),
        pytest.param("a..example.org", id="empty label"),
        pytest.param(f"{'a' * 64}.example.org", id="label too long"),
        pytest.param(".".join(["abcdefgh"] * 40), id="name too long"),
        pytest.param("bücher.example", id="not ASCII"),
        pytest.param("nul\x00.example.org", id="NUL"),
        pytest.param(r"\101xample.org", id="an escape is not read"),
    ],
)
def test_nothing_there_is_an_empty_answer(resolver: Resolver, name: str) -> None:
    """A name without the record, and a name that cannot exist, are no error."""
    assert resolver.records(name, "A") == ()


def test_no_answer_is_unavailable(resolver: Resolver) -> None:
    """Silence is never taken for "there is none"."""
    with pytest.raises(Unavailable, match=SILENT):
        resolver.texts(SILENT)


def test_an_answer_too_large_for_a_datagram_comes_by_tcp() -> None:
    """A truncated reply is asked for again over TCP."""
    with serve(ZONE) as server:
        DnsResolver(["127.0.0.1"], port=server.port).texts("long.example.org")
        assert server.asked_by_tcp == 1


def test_a_server_failure_is_unavailable() -> None:
    """SERVFAIL says nothing about the name."""
    with serve(ZONE, broken=["example.org"]) as server:
        resolver = DnsResolver(["127.0.0.1"], port=server.port, seconds=0.5)
        with pytest.raises(Unavailable):
            resolver.texts("example.org")


def test_silence_is_over_in_time() -> None:
    """One look-up never takes much longer than it was given."""
    with serve(ZONE, silent=[SILENT]) as server:
        resolver = DnsResolver(["127.0.0.1"], port=server.port, seconds=0.3)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            resolver.texts(SILENT)
        assert time.monotonic() - began < 2


def test_an_answer_is_remembered() -> None:
    """While its time to live lasts, an answer is not asked for twice."""
    with serve(ZONE) as server:
        resolver = DnsResolver(["127.0.0.1"], port=server.port, seconds=0.3)
        first = resolver.texts("long.example.org")
        assert resolver.texts("long.example.org") == first
        assert server.asked_by_tcp == 1


def test_a_name_server_must_be_an_address() -> None:
    """A name server given by name is a mistake of the operator, found at the start."""
    with pytest.raises(ConfigError):
        DnsResolver(["ns.example.org"])


def test_a_name_server_may_have_a_port_of_its_own() -> None:
    """As a validating resolver beside the service has, which is not the machine's."""
    with serve(ZONE) as server:
        resolver = DnsResolver([f"127.0.0.1:{server.port}"], seconds=5)
        assert set(resolver.records("example.org", "A")) == {"192.0.2.1", "192.0.2.2"}


@pytest.mark.parametrize(
    "name", ["ns.example.org", "ns.example.org:53", "127.0.0.1:", "127.0.0.1:99999", "::1:53:x", ""]
)
def test_a_name_server_is_an_address(name: str) -> None:
    """A name would have to be looked up first."""
    with pytest.raises(ConfigError):
        DnsResolver([name])
