"""From the settings of a mailbox to what looks into it."""

from __future__ import annotations

import pytest

from margins.bootstrap import imap_rules, open_fetcher
from margins.config import Settings
from margins.errors import ConfigError

ADA = {"imap_user": "ada", "imap_password": "hush", "nameservers": ("127.0.0.1:9",)}


@pytest.mark.parametrize(
    ("host", "port", "tls"),
    [
        ("imap.example.org", 993, True),
        ("imap.example.org", 143, True),
        ("192.0.2.1", 143, True),
        ("localhost.example.org", 143, True),
        ("127.0.0.1", 143, False),
        ("::1", 143, False),
        ("LOCALHOST", 1143, False),
        ("127.0.0.1", 993, True),
    ],
)
def test_tls_is_left_out_on_this_machine_only(host: str, port: int, tls: bool) -> None:
    """No other setting takes it away, so that no password goes over a network in the clear."""
    rules = imap_rules(Settings(imap_host=host, imap_port=port, **ADA))
    assert rules is not None
    assert rules.tls is tls
    assert "hush" not in repr(rules)


def test_without_a_mailbox_nothing_is_fetched() -> None:
    """The role is there and does nothing."""
    assert open_fetcher(Settings(), lambda _: pytest.fail("it was asked")) is None


def test_without_name_servers_all_mail_would_be_refused_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So nothing is fetched, and the setting is named."""
    monkeypatch.setattr("margins.bootstrap.imap.open_resolver", lambda _: None)
    with pytest.raises(ConfigError, match="nameservers"):
        imap_rules(Settings(imap_host="imap.example.org", **ADA))
