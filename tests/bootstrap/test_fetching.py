"""From the settings of a mailbox and a Maildir to what looks into them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from margins.bootstrap import imap_rules, maildir_rules, open_fetchers, sources
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
    """The roles are there and do nothing."""
    assert list(open_fetchers(Settings(), lambda _: pytest.fail("it was asked"))) == []


def test_each_is_fetched_from_by_the_process_that_has_its_role(tmp_path: Path) -> None:
    """So that a mailbox's password is known to one process only."""
    both = Settings(imap_host="imap.example.org", maildir=tmp_path, **ADA)
    for roles in (("imap",), ("maildir",), ("imap", "maildir"), ("smtp",)):
        found = [name for name, _, _ in sources(replace(both, roles=roles))]
        assert found == [role for role in roles if role != "smtp"]


def test_without_name_servers_all_mail_would_be_refused_for_good(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So nothing is fetched, and the setting is named."""
    monkeypatch.setattr("margins.bootstrap.fetching.open_resolver", lambda _: None)
    with pytest.raises(ConfigError, match="nameservers"):
        imap_rules(Settings(imap_host="imap.example.org", **ADA))
    with pytest.raises(ConfigError, match="nameservers"):
        maildir_rules(Settings(maildir=tmp_path))
