"""Secret addresses and codes in an SQLite file."""

from __future__ import annotations

from pathlib import Path

from margins.gate import Policy
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.senders.sqlite import SqliteSenders

NOW = 1_700_000_000.0


def test_a_stolen_file_reveals_no_secret(tmp_path: Path) -> None:
    """Neither secrets nor codes stand in it or in its log."""
    registry = SqliteSenders(tmp_path / "senders.db")
    registry.create("Ada", now=NOW)
    secret = secret_of(registry.access.renew_secret("Ada", "in.example", now=NOW))
    code = registry.access.propose("Ada", Address("ada", "example.org"), now=NOW)
    registry.close()
    content = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    assert b"Ada" in content
    assert secret is not None
    assert secret.encode() not in content.lower()
    assert code.encode() not in content


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """Accounts made before there were policies are `authenticated`."""
    from margins.clients.sqlite import Database
    from margins.senders.sqlite.account import MIGRATIONS

    path = tmp_path / "senders.db"
    old = Database(path, component="senders", migrations=MIGRATIONS[:1])
    with old.transaction() as connection:
        connection.execute("INSERT INTO account VALUES ('1', 'Ada', 1, 0.0)")
    old.close()
    [account] = SqliteSenders(path).accounts()
    assert (account.name, account.policy) == ("Ada", Policy.AUTHENTICATED)
