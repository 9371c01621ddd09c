"""Where requests may go."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from margins.clients.endpoint import Endpoint
from margins.errors import ConfigError

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]
PRIVATE = ["10.0.0.1", "192.168.1.1", "172.16.0.9", "fd00::1", "::ffff:10.0.0.1", "100.64.0.1"]
LOCAL = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254"]
METADATA = [
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "::ffff:100.100.100.200",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::6464:64c8",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::169.254.169.254",
]


@pytest.mark.parametrize(
    "url",
    [
        "http://notes.example/graphql",
        "http://10.0.0.1/graphql",
        "http://127.0.0.1.example/graphql",
        "http://localhost.example/graphql",
        "ftp://localhost/",
        "file:///etc/passwd",
        "//notes.example/",
        "notes.example",
        "",
        "https://",
        "https://user:secret@notes.example/",
        "https://notes.example/#part",
        "https://notes.example:99999/",
        "https://[::1/",
    ],
)
def test_tokens_are_sent_over_tls_or_not_at_all(url: str) -> None:
    """Anything but a plain https URL, or http on this machine, is a wrong setting."""
    with pytest.raises(ConfigError) as raised:
        Endpoint(url=url)
    assert raised.value.remedy


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.1.2.3"])
def test_this_machine_may_be_spoken_to_in_the_clear(host: str) -> None:
    """And then has to be this machine."""
    endpoint = Endpoint(url=f"http://{host}:8080/graphql")
    assert all(endpoint.allows(ip_address(a)) for a in LOCAL)
    assert not any(endpoint.allows(ip_address(a)) for a in PUBLIC + PRIVATE + NEVER)


def test_a_public_name_must_have_a_public_address() -> None:
    """A name that comes to point into the operator's network is not followed."""
    endpoint = Endpoint(url="https://notes.example/graphql")
    assert all(endpoint.allows(ip_address(a)) for a in PUBLIC)
    assert not any(endpoint.allows(ip_address(a)) for a in PRIVATE + LOCAL + NEVER)


@pytest.mark.parametrize("address", METADATA)
def test_no_endpoint_is_where_a_cloud_keeps_credentials(address: str) -> None:
    """Over IPv4, IPv6 or a translator, in the clear or not, in a private network or not."""
    for url in ("https://notes.example/graphql", "https://api.internal/graphql"):
        for private in (False, True):
            assert not Endpoint(url=url, private=private).allows(ip_address(address))
    clear = Endpoint(url="http://api.internal:8080/graphql", private=True)
    assert not clear.allows(ip_address(address))


def test_a_translated_address_is_what_it_stands_for() -> None:
    """A network that has IPv6 alone reaches a public IPv4 address, and no private one unasked."""
    public = Endpoint(url="https://notes.example/graphql")
    inside = Endpoint(url="https://notes.example/graphql", private=True)
    assert public.allows(ip_address("64:ff9b::5db8:d822"))
    assert not public.allows(ip_address("64:ff9b::a00:1"))
    assert inside.allows(ip_address("64:ff9b::a00:1"))


def test_the_operator_may_allow_a_private_network() -> None:
    """In the clear there and nowhere else; never the address of a cloud's credentials."""
    clear = Endpoint(url="http://api.internal:8080/graphql", private=True)
    tls = Endpoint(url="https://api.internal/graphql", private=True)
    assert all(clear.allows(ip_address(a)) for a in PRIVATE)
    assert all(tls.allows(ip_address(a)) for a in PRIVATE + PUBLIC)
    assert not any(clear.allows(ip_address(a)) for a in PUBLIC + NEVER)
    assert not any(tls.allows(ip_address(a)) for a in NEVER)
