"""STARTTLS is offered when, and only when, a certificate is configured."""

from __future__ import annotations

import smtplib
import ssl
from pathlib import Path

import pytest
from certificates import self_signed
from running import IMPORT, READER, Running, mail, notebook_html

pytestmark = pytest.mark.slow


def test_mail_over_starttls(service: Running, tmp_path: Path) -> None:
    """With a certificate a verifying client upgrades, sends, and the notes arrive."""
    chain, key = self_signed(tmp_path)
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
