"""What settings must be, and the errors that say so."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from margins.errors import ConfigError

__all__ = ["ROLES", "check", "wrong"]

ROLES = ("smtp", "relay", "imap", "maildir", "api", "console", "worker")
"""The parts of the service that may run in processes of their own."""

_RELAY = re.compile(
    r"(?:[^\s:\[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}|ses:[a-z]{2}-[a-z0-9-]+", re.ASCII
)
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[\w./-]{1,200})?", re.ASCII)
_TABLES = re.compile(r"dynamodb://[\w.-]{3,255}/[\w.-]{3,255}", re.ASCII)
_PORTS = ("smtp_port", "lmtp_port", "relay_port", "imap_port", "api_port", "console_port")
_MORE_THAN_NOTHING = (
    "api_seconds", "workers", "lease_seconds", "retry_seconds", "stop_seconds", "imap_seconds",
)  # fmt: skip
_WORDS = {"unknown": ("reject", "hold"), "log_format": ("text", "json")}


def wrong(name: str, value: object, wanted: str) -> ConfigError:
    """The error that names a setting, its value, and what it must be."""
    return ConfigError(f"{name} is {value!r}.", remedy=f"It must be {wanted}; see docs/config.md.")


def _check_numbers(given: Mapping[str, Any]) -> None:
    for name in _PORTS:
        if not 0 <= given[name] <= 65535:
            raise wrong(name, given[name], "a port from 0 to 65535")
    for name in _MORE_THAN_NOTHING:
        if given[name] <= 0:
            raise wrong(name, given[name], "more than 0")
    if given["lease_seconds"] <= given["api_seconds"]:
        # A delivery that waits for the API would be taken over while it is still being written.
        wanted = f"more than api_seconds, which is {given['api_seconds']:g}"
        raise wrong("lease_seconds", given["lease_seconds"], wanted)
    if given["retention_days"] < 0:
        raise wrong("retention_days", given["retention_days"], "0 or more")


def _check_pairs(given: Mapping[str, Any]) -> None:
    if (given["tls_certificate"] is None) != (given["tls_key"] is None):
        raise ConfigError(
            "tls_certificate and tls_key go together.", remedy="Set both, or neither."
        )


def _check_names(given: Mapping[str, Any]) -> None:
    if not given["addresses"]:
        raise wrong("addresses", (), "at least one address")
    for address in given["addresses"]:
        if "@" not in address:
            raise wrong("addresses", address, '"name@domain" or "@domain"')
    for name, words in _WORDS.items():
        if given[name] not in words:
            raise wrong(name, given[name], " or ".join(map(repr, words)))
    if given["store"] and not _BUCKET.fullmatch(given["store"]):
        raise wrong("store", given["store"], '"s3://bucket" or "s3://bucket/prefix"')
    if given["receipts_relay"] and not _RELAY.fullmatch(given["receipts_relay"]):
        raise wrong("receipts_relay", given["receipts_relay"], '"host:port" or "ses:region"')
    for issuer in given["api_issuers"]:
        if not all(issuer.partition("=")):
            raise wrong("api_issuers", issuer, '"https://issuer=keys.json"')


def _check_networks(given: Mapping[str, Any]) -> None:
    for name in (
        "trusted_networks",
        "proxy_networks",
        "xclient_networks",
        "relay_postmark_networks",
    ):
        for network in given[name]:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise wrong(name, network, "a network such as 10.0.0.0/8") from None


def _check_roles(given: Mapping[str, Any]) -> None:
    if not given["roles"]:
        raise wrong("roles", (), f"some of {', '.join(ROLES)}")
    for role in given["roles"]:
        if role not in ROLES:
            raise wrong("roles", role, f"one of {', '.join(ROLES)}")


def _check_mailbox(given: Mapping[str, Any]) -> None:
    if not given["imap_host"]:
        return
    for name in ("imap_user", "imap_password", "imap_folder"):
        # What it is instead is not told: one of them is a password.
        if not given[name] or not given[name].isprintable():
            raise ConfigError(
                f"{name} is missing, or not printable.",
                remedy="imap_host needs it to fetch mail; see docs/mailbox.md.",
            )
    if not given["imap_done"].isprintable() or given["imap_done"] == given["imap_folder"]:
        raise wrong("imap_done", given["imap_done"], "another folder than imap_folder, or empty")


def _check_database(given: Mapping[str, Any]) -> None:
    database = given["database"]
    if not database or _TABLES.fullmatch(database):
        return
    # What it is instead is not told: there may be a password in it.
    if not database.startswith(("postgresql://", "postgres://")):
        raise ConfigError(
            "database is no URL of PostgreSQL, and names no tables of DynamoDB.",
            remedy="It must be postgresql://user:password@host/name, see docs/containers.md, or "
            "dynamodb://ledger/senders, see docs/aws.md.",
        )


def check(given: Mapping[str, Any]) -> None:
    """Look at every setting.

    Args:
        given: values by name.

    Raises:
        ConfigError: one cannot be, or two do not go together.
    """
    for step in (
        _check_numbers,
        _check_pairs,
        _check_names,
        _check_roles,
        _check_database,
        _check_mailbox,
        _check_networks,
    ):
        step(given)
