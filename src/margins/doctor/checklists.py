"""Which checks there are: of the one process on this machine, and of a deployment on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from margins.bootstrap import imap_rules, maildir_rules, open_ledger, open_signer, open_store
from margins.bootstrap.peers import open_resolver
from margins.config import Settings
from margins.doctor import keeping, machine, notes, receiving
from margins.doctor.deployment import Deployment
from margins.doctor.finding import Check, Finding, failed
from margins.doctor.mailbox import mailbox, maildir
from margins.ports.resolver import Resolver
from margins.signer.kms import KmsSigner

__all__ = ["on_aws", "on_machine"]

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def _ports(s: Settings) -> dict[str, Check]:
    """Those of the roles this process has."""
    found: dict[str, Check] = {}
    if "smtp" in s.roles:
        found["smtp"] = partial(machine.port, s.smtp_host, s.smtp_port, "smtp", greets=b"220 ")
    if "smtp" in s.roles and s.lmtp_port:
        found["lmtp"] = partial(machine.port, s.smtp_host, s.lmtp_port, "lmtp", greets=b"220 ")
    if "console" in s.roles:
        found["console"] = partial(machine.port, s.console_host, s.console_port, "console")
    return found


def _graphql(s: Settings) -> str:
    """The notes API: somebody else's, or the one of this machine, called from here."""
    host = _EVERYWHERE.get(s.api_host, s.api_host)
    own = f"http://{f'[{host}]' if ':' in host else host}:{s.api_port}/graphql"
    return s.api_url or (own if "api" in s.roles else "")


def on_machine(settings: Settings, *, backup: Path | None = None) -> Mapping[str, Check]:
    """For `margins serve`.

    Args:
        backup: the folder of the last one.
    """
    s, keys, url = settings, settings.keys or settings.data / "keys", _graphql(settings)
    checks: dict[str, Check] = {
        "data": partial(machine.data, s.data),
        "disk": partial(machine.disk, s.data),
        "keys": partial(machine.key_files, keys),
        **_ports(s),
    }
    if s.database or (s.data / "ledger.db").exists():
        checks["ledger"] = lambda: machine.ledger(open_ledger(s))
    if s.store:
        checks["store"] = lambda: machine.store(open_store(s), s.store)
    if url:
        checks["notes-api"] = partial(notes.endpoint, url, private=s.api_private)
    if url and keys.is_dir() and s.sink == "margins":
        checks["jwks"] = lambda: notes.keys(url, open_signer(s).jwks)
    if s.imap_host:
        checks["mailbox"] = lambda: mailbox(imap_rules(s))
    if s.maildir:
        checks["maildir"] = lambda: maildir(maildir_rules(s))
    return {
        **checks,
        "dns": lambda: machine.dns(s, open_resolver(s)),
        "relay": partial(machine.relay, s.receipts_relay),
        "backup": partial(machine.backup, backup),
    }


def on_aws(deployment: Deployment, resolver: Resolver | None) -> Mapping[str, Check]:
    """For a stack, however it was deployed."""
    d = deployment

    def mx() -> Iterable[Finding]:
        if resolver is None:
            return [failed("No name server is known.", "Set nameservers, or /etc/resolv.conf.")]
        return receiving.mx(d, resolver)

    def jwks() -> Iterable[Finding]:
        signer = KmsSigner(d.aws("kms"), d.output("SigningKey"))
        return notes.keys(d.output("ApiUrl"), signer.jwks)

    return {
        "region": partial(receiving.region, d),
        "account": partial(receiving.account, d),
        "mx": mx,
        "identity": partial(receiving.identity, d),
        "quota": partial(receiving.quota, d),
        "rule-set": partial(receiving.rule_set, d),
        "bucket": partial(keeping.bucket, d),
        "queue": partial(keeping.queue, d),
        "dead-letters": partial(keeping.dead_letters, d),
        "key": partial(keeping.key, d),
        "notes-api": lambda: notes.endpoint(d.output("ApiUrl")),
        "jwks": jwks,
    }
