"""STARTTLS is offered when, and only when, a certificate is configured."""

from __future__ import annotations

import datetime
import smtplib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from running import IMPORT, READER, Running, mail, notebook_html


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def test_mail_over_starttls(service: Running, tmp_path: Path) -> None:
    """With a certificate a verifying client upgrades, sends, and the notes arrive."""
    chain, key = _certificate(tmp_path)
    service.stop()
    service.settings |= {"MARGINS_TLS_CERTIFICATE": str(chain), "MARGINS_TLS_KEY": str(key)}
    service.start()
    with smtplib.SMTP("localhost", service.smtp_port) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(chain)))
        client.sendmail(READER, [IMPORT], mail(notebook_html(2)))
    assert service.settled()[0][1] == "delivered"


def test_no_certificate_no_starttls(service: Running) -> None:
    """Without one the extension is not announced."""
    with smtplib.SMTP("127.0.0.1", service.smtp_port) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
