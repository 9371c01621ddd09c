"""Whether the one process on this machine has what it needs."""

from __future__ import annotations

import shutil
import smtplib
import socket
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile

from margins.config import Settings
from margins.doctor.finding import Finding, failed, ok, warning
from margins.errors import Unavailable
from margins.ports import Inbox, Retention, Status
from margins.ports.resolver import Resolver

__all__ = ["backup", "data", "disk", "dns", "key_files", "ledger", "port", "relay", "store"]

_MIB = 1024 * 1024
_LITTLE, _TOO_LITTLE = 2048 * _MIB, 256 * _MIB
_OLD = timedelta(days=2)
_SECONDS = 5.0
_LOOKED_THROUGH = 100


def data(folder: Path) -> Iterator[Finding]:
    """Its own directory can be written to, and nobody else reads in it."""
    if not folder.is_dir():
        yield warning(f"{folder} is not there yet.", "`margins serve` makes it on the first start.")
        return
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(b"margins doctor")
    except OSError as error:
        yield failed(f"{folder} cannot be written to: {error.strerror}.", "Let its owner run this.")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield warning(f"Others may read in {folder} ({mode:04o}).", f"chmod 700 {folder}")
    else:
        yield ok(f"{folder} can be written to.")


def disk(folder: Path) -> Iterator[Finding]:
    """Mail is refused for the time being when the disk is full."""
    known = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(known).free
    said = f"{free // _MIB} MiB are free."
    if free < _TOO_LITTLE:
        yield failed(said, "Make room, or keep raw mail for less long (retention_days).")
    elif free < _LITTLE:
        yield warning(said, "Make room before mail has to wait at its senders.")
    else:
        yield ok(said)


def ledger(inbox: Inbox) -> Iterator[Finding]:
    """It answers, and of the newest mails none failed."""
    newest = inbox.entries(limit=_LOOKED_THROUGH)
    bad = sum(entry.status is Status.FAILED for entry in newest)
    if bad:
        yield warning(
            f"{bad} of the last {len(newest)} mails failed.",
            "`margins inbox list --status failed` says why; mend it, then `margins inbox replay`.",
        )
    else:
        yield ok("The ledger answers; of the last mails none failed.")


def store(raw: Retention, place: str) -> Iterator[Finding]:
    """Raw mail somewhere else than in the data directory."""
    next(iter(raw.digests()), None)
    yield ok(f"{place} answers.")


def port(host: str, number: int, name: str, *, greets: bytes = b"") -> Iterator[Finding]:
    """The service listens there, and nothing else does.

    Args:
        greets: how it greets whoever connects; nothing for those that wait to be asked.
    """
    place = f"{host}:{number}"
    try:
        with socket.create_connection((host, number), timeout=_SECONDS) as connection:
            said = connection.recv(len(greets)) if greets else b""
    except ConnectionRefusedError:
        yield failed(f"Nobody listens on {place}.", "Start it with `margins serve`.")
        return
    except OSError as error:
        yield failed(f"{place} does not answer: {error}.", f"Check MARGINS_{name.upper()}_PORT.")
        return
    if said == greets:
        yield ok(f"{place} answers.")
    else:
        yield failed(f"Another program listens on {place}.", "Stop it, or choose another port.")


def dns(settings: Settings, resolver: Resolver | None) -> Iterator[Finding]:
    """Name servers answer, and lead mail for our domains here."""
    domains = sorted({address.rpartition("@")[2] for address in settings.addresses})
    if resolver is None:
        yield failed("No name server is known.", "Set nameservers, or /etc/resolv.conf.")
        return
    for domain in domains:
        if "." not in domain:
            yield ok(f"{domain} needs no MX record.")
        elif found := resolver.records(domain, "MX"):
            yield ok(f"Mail for {domain} goes to {', '.join(found)}.")
        else:
            yield warning(
                f"{domain} has no MX record.", f"Publish: {domain}. MX 10 and this machine's name."
            )


def relay(place: str) -> Iterator[Finding]:
    """What takes the replies to readers."""
    if not place:
        yield ok("No receipts are sent (receipts_relay).")
        return
    host, _, number = place.rpartition(":")
    if not number.isdigit():
        yield ok(f"Receipts go out through SES in {number}.")
        return
    try:
        with smtplib.SMTP(host.strip("[]"), int(number), timeout=_SECONDS) as client:
            client.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            f"The relay does not answer: {error}.", place=place, remedy="Check receipts_relay."
        ) from error
    yield ok(f"The relay {place} takes receipts.")


def key_files(folder: Path) -> Iterator[Finding]:
    """Whoever can read a key can write notes for everybody."""
    found = sorted(folder.glob("*.pem"))
    loose = [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in loose:
        yield failed(
            f"Others may read {path}.", f"Rotate the keys if somebody could have; chmod 600 {path}"
        )
    if not found:
        yield warning("There are no keys yet.", "`margins serve` makes them on the first start.")
    elif not loose:
        yield ok(f"{len(found)} keys, and only their owner reads them.")


def backup(folder: Path | None) -> Iterator[Finding]:
    """There is one, and it is not old."""
    remedy = "Run `margins backup FOLDER` every night."
    if folder is None:
        yield warning("No backup is known.", f"{remedy[:-1]}, and name it here with --backup.")
        return
    ledger = folder / "ledger.db"
    if not ledger.is_file():
        yield failed(f"{folder} is no backup.", remedy)
        return
    age = timedelta(seconds=max(0.0, time.time() - ledger.stat().st_mtime))
    said = f"The backup is {age.days} days and {age.seconds // 3600} hours old."
    yield warning(said, remedy) if age > _OLD else ok(said)
