"""The GraphQL client over TLS, and over IPv6."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.errors import Unavailable
from margins.testing.fakes import ManualClock, MemorySigner
from margins.testing.webserver import Script, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that vouches for itself, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notes")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def signer() -> MemorySigner:
    return MemorySigner()


@contextmanager
def client(url: str, signer: MemorySigner) -> Iterator[GraphQL]:
    """A client of this URL."""
    made = GraphQL(Endpoint(url=url), signer=signer, clock=ManualClock(), issuer="i", audience="a")
    yield made
    made.close()


@pytest.fixture
def server(certificate: Path) -> Iterator[Script]:
    """A server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(tls=context) as script:
        yield script


def test_a_certificate_nobody_vouches_for_is_not_believed(
    server: Script, signer: MemorySigner
) -> None:
    """No token is sent; the mail waits until the certificate is mended."""
    with client(server.url, signer) as made, pytest.raises(Unavailable, match="certificate"):
        made.execute("ada", "{ ok }", {}, operation="")
    assert server.requests == []


def test_a_certificate_the_system_trusts_is_believed(
    server: Script, signer: MemorySigner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own list counts, and OpenSSL's variable that names another one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with client(server.url, signer) as made:
        assert made.execute("ada", "{ ok }", {}, operation="") == {"ok": True}


def test_another_host_name_is_not_believed(
    server: Script, signer: MemorySigner, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate has to name the host that was configured."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = server.url.replace("127.0.0.1", "localhost")
    with client(url, signer) as made, pytest.raises(Unavailable, match=r"localhost|hostname"):
        made.execute("ada", "{ ok }", {}, operation="")
    assert server.requests == []


def test_an_address_of_ipv6_works(signer: MemorySigner) -> None:
    """In brackets, as URLs write it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with serving(host="::1") as script, client(script.url, signer) as made:
        assert made.execute("ada", "{ ok }", {}, operation="") == {"ok": True}
