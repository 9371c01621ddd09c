"""Settings: one frozen value, read from a TOML file and MARGINS_* variables.

Every field is annotated with its documentation, from which docs/config.md is generated. An unknown
key is an error: a typing mistake must never switch a safeguard off silently.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

from margins.errors import ConfigError

__all__ = ["Settings", "load"]

_MIB = 1024 * 1024
_RELAY = re.compile(r"(?:[^\s:\[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", re.ASCII)

_WORDS = {"unknown": ("reject", "hold"), "log_format": ("text", "json")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can choose; see docs/config.md."""

    data: Annotated[
        Path,
        "Directory of everything Margins keeps: mail, ledger, notes, keys.",
    ] = Path(".margins")
    addresses: Annotated[
        tuple[str, ...],
        "Addresses that take mail: `name@domain`, or `@domain` for any name in it.",
    ] = ("import@localhost",)
    smtp_host: Annotated[
        str,
        "Address the SMTP server listens on.",
    ] = "127.0.0.1"
    smtp_port: Annotated[
        int,
        "Port of the SMTP server; 0 takes any free one.",
    ] = 8025
    smtp_hostname: Annotated[
        str,
        "Name the SMTP server greets with.",
    ] = "localhost"
    lmtp_port: Annotated[
        int,
        "Port for LMTP (RFC 2033) on `smtp_host`; 0 is none.",
    ] = 0
    max_message_bytes: Annotated[
        int,
        "Largest mail accepted, announced as SIZE (RFC 1870).",
    ] = 64 * _MIB
    tls_certificate: Annotated[
        Path | None,
        "PEM certificate chain; with `tls_key`, STARTTLS is offered.",
    ] = None
    tls_key: Annotated[
        Path | None,
        "PEM private key of `tls_certificate`.",
    ] = None
    trusted_networks: Annotated[
        tuple[str, ...],
        "Peers that vouch for the author: your own relay, which has checked it. "
        "Mail from any other peer must prove its author itself.",
    ] = ("127.0.0.0/8", "::1/128")
    proxy_networks: Annotated[
        tuple[str, ...],
        "Load balancers, whose connections begin with a PROXY header that names the peer.",
    ] = ()
    xclient_networks: Annotated[
        tuple[str, ...],
        "Mail servers that may name their own peer with XCLIENT.",
    ] = ()
    unknown: Annotated[
        str,
        "Mail that a proven author sends who is not registered: `reject`, or `hold` it until "
        "somebody says `margins inbox approve`.",
    ] = "reject"
    nameservers: Annotated[
        tuple[str, ...],
        "Name servers asked for SPF, DKIM and DMARC, by IP; empty is those of the machine.",
    ] = ()
    arc_sealers: Annotated[
        tuple[str, ...],
        "Domains of forwarders whose word about mail they changed is taken (ARC, RFC 8617).",
    ] = ()
    api_host: Annotated[
        str,
        "Address the notes API listens on.",
    ] = "127.0.0.1"
    api_port: Annotated[
        int,
        "Port of the notes API; 0 takes any free one.",
    ] = 8080
    api_development: Annotated[
        bool,
        "Introspection and GraphiQL on the notes API.",
    ] = False
    api_url: Annotated[
        str,
        "GraphQL endpoint notes are posted to; empty is this process's own notes API.",
    ] = ""
    api_private: Annotated[
        bool,
        "`api_url` lies in your own network: private addresses and plain http are allowed.",
    ] = False
    sink: Annotated[
        str,
        "Where notes go: `margins`, `postgraphile`, `custom`, `markdown`, `jsonl`; docs/sinks.md.",
    ] = "margins"
    sink_path: Annotated[
        Path | None,
        "Directory of `markdown` and `jsonl`, or the TOML file of `custom`.",
    ] = None
    console_host: Annotated[
        str,
        "Address the console listens on; any but a loopback one needs `console_password`.",
    ] = "127.0.0.1"
    console_port: Annotated[
        int,
        "Port of the console; 0 takes any free one.",
    ] = 8090
    console_names: Annotated[
        tuple[str, ...],
        "Host names the console is reached by, beside localhost and IP addresses.",
    ] = ()
    console_password: Annotated[
        str,
        "What the console asks for, with any user name; 12 characters or more. Empty asks nothing.",
    ] = field(default="", repr=False)
    issuer: Annotated[
        str,
        "`iss` of the tokens Margins signs.",
    ] = "https://margins.localhost"
    audience: Annotated[
        str,
        "`aud` of the tokens Margins signs.",
    ] = "margins-notes"
    api_seconds: Annotated[
        float,
        "How long one request to the notes API may take.",
    ] = 30.0
    workers: Annotated[
        int,
        "Deliveries at a time; one account's mails are always delivered one after another.",
    ] = 2
    lease_seconds: Annotated[
        float,
        "After this long without an outcome another worker takes a delivery over; well more than "
        "`api_seconds`.",
    ] = 120.0
    retry_seconds: Annotated[
        float,
        "Wait before the second try of what failed temporarily; doubles with every further one.",
    ] = 2.0
    give_up_after_days: Annotated[
        float,
        "How long temporary failures are retried before a mail is marked failed.",
    ] = 5.0
    retention_days: Annotated[
        float,
        "Raw messages are removed this long after their end state; 0 keeps them for ever.",
    ] = 90.0
    log_format: Annotated[
        str,
        "`text` for people, or `json`: one object per line.",
    ] = "text"
    receipts_relay: Annotated[
        str,
        "SMTP server, `host:port`, that takes the replies to readers; empty sends none.",
    ] = ""

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_pairs(self)
        _check_names(self)


def _wrong(name: str, value: object, wanted: str) -> ConfigError:
    return ConfigError(f"{name} is {value!r}.", remedy=f"It must be {wanted}; see docs/config.md.")


def _check_numbers(settings: Settings) -> None:
    for name in ("smtp_port", "lmtp_port", "api_port", "console_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise _wrong(name, getattr(settings, name), "a port from 0 to 65535")
    for name in ("api_seconds", "workers", "lease_seconds", "retry_seconds"):
        if getattr(settings, name) <= 0:
            raise _wrong(name, getattr(settings, name), "more than 0")
    if settings.retention_days < 0:
        raise _wrong("retention_days", settings.retention_days, "0 or more")


def _check_pairs(settings: Settings) -> None:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise ConfigError(
            "tls_certificate and tls_key go together.", remedy="Set both, or neither."
        )


def _check_names(settings: Settings) -> None:
    if not settings.addresses:
        raise _wrong("addresses", (), "at least one address")
    for address in settings.addresses:
        if "@" not in address:
            raise _wrong("addresses", address, '"name@domain" or "@domain"')
    for name in ("trusted_networks", "proxy_networks", "xclient_networks"):
        for network in getattr(settings, name):
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise _wrong(name, network, "a network such as 10.0.0.0/8") from None
    for name, words in _WORDS.items():
        if getattr(settings, name) not in words:
            raise _wrong(name, getattr(settings, name), " or ".join(map(repr, words)))
    if settings.receipts_relay and not _RELAY.fullmatch(settings.receipts_relay):
        raise _wrong("receipts_relay", settings.receipts_relay, '"host:port"')


def _from_text(name: str, kind: object, text: str) -> object:
    """A setting out of an environment variable."""
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise _wrong(name, text, "true or false")
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind in {int, float}:
        try:
            return int(text) if kind is int else float(text)
        except ValueError:
            raise _wrong(name, text, "a number") from None
    return Path(text) if Path in {kind, *get_args(kind)} else text


def _from_toml(name: str, kind: object, value: object) -> object:
    """A setting out of the TOML file, its type checked."""
    if get_origin(kind) is tuple and isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
        raise _wrong(name, value, "a list of strings")
    if isinstance(kind, types.UnionType) or kind is Path:
        if isinstance(value, str):
            return Path(value)
        raise _wrong(name, value, "a path")
    if kind is float and type(value) in {int, float}:
        return value
    if type(value) is not kind:
        raise _wrong(name, value, f"of type {getattr(kind, '__name__', kind)}")
    return value


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the file, then MARGINS_* variables over it.

    Args:
        path: a TOML file; `margins.toml` in the working directory when None and present.
        environ: the variables; the process's own when None.

    Raises:
        ConfigError: an unknown key, a wrong value, an unreadable file; names which.
    """
    environ = os.environ if environ is None else environ
    if path is None and Path("margins.toml").is_file():
        path = Path("margins.toml")
    chosen: dict[str, object] = {}
    hints = get_type_hints(Settings)
    kinds = {f.name: hints[f.name] for f in fields(Settings)}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(
                f"It cannot be read: {error}.", place=str(path), remedy="Mend or remove it."
            ) from error
        for name, value in table.items():
            if name not in kinds:
                raise ConfigError(
                    f"There is no setting {name!r}.",
                    place=str(path),
                    remedy=f"The settings are: {', '.join(kinds)}.",
                )
            chosen[name] = _from_toml(name, kinds[name], value)
    for name, kind in kinds.items():
        if (text := environ.get(f"MARGINS_{name.upper()}")) is not None:
            chosen[name] = _from_text(name, kind, text)
    return Settings(**chosen)  # type: ignore[arg-type]  # each value was checked against its field
