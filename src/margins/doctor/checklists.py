"""Which checks there are: of the one process on this machine, and of a deployment on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from margins.bootstrap import open_signer
from margins.bootstrap.peers import open_resolver
from margins.config import Settings
from margins.doctor import keeping, machine, notes, receiving
from margins.doctor.deployment import Deployment
from margins.doctor.finding import Check, Finding, failed
from margins.ports.resolver import Resolver
from margins.signer.kms import KmsSigner

__all__ = ["on_aws", "on_machine"]


def on_machine(settings: Settings, *, backup: Path | None = None) -> Mapping[str, Check]:
    """For `margins serve`.

    Args:
        backup: the folder of the last one.
    """
    s, folder = settings, settings.data
    url = s.api_url or f"http://{s.api_host}:{s.api_port}/graphql"
    ports: dict[str, Check] = {
        "smtp": partial(machine.port, s.smtp_host, s.smtp_port, "smtp", greets=b"220 "),
        "console": partial(machine.port, s.console_host, s.console_port, "console"),
    }
    if s.lmtp_port:
        ports["lmtp"] = partial(machine.port, s.smtp_host, s.lmtp_port, "lmtp", greets=b"220 ")
    checks: dict[str, Check] = {
        "data": partial(machine.data, folder),
        "disk": partial(machine.disk, folder),
        "keys": partial(machine.key_files, folder / "keys"),
        **ports,
        "notes-api": partial(notes.endpoint, url, private=s.api_private),
        "dns": lambda: machine.dns(s, open_resolver(s)),
        "relay": partial(machine.relay, s.receipts_relay),
        "backup": partial(machine.backup, backup),
    }
    if (folder / "keys").is_dir() and s.sink == "margins":
        checks["jwks"] = lambda: notes.keys(url, open_signer(s).jwks)
    return checks


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
