"""Accounts: made when first needed, and taken by one writer at a time."""

from sqlalchemy import Connection, select

from margins.api.database import insert_missing
from margins.api.tables import accounts
from margins.api.values import timestamp

__all__ = ["open_account", "take_account"]


def take_account(connection: Connection, account: str) -> None:
    """Let nobody else write to the account until the transaction ends; SQLite sees to it anyway."""
    connection.execute(select(accounts.c.id).where(accounts.c.id == account).with_for_update())


def open_account(connection: Connection, account: str) -> None:
    """Make the account if it is not there, and take it."""
    insert_missing(connection, accounts, [{"id": account, "created_at": timestamp()}])
    take_account(connection, account)
