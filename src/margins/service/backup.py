"""A copy of everything in the data directory, taken while the service runs; and back again.

The order is the promise. The ledger is copied first: whatever it says was delivered is then in the
notes, and in the memory of what a foreign API was sent, which are copied after it; and whatever raw
message it names was stored before it was named.
What happens meanwhile is at worst in the notes already and delivered once more after a restore,
under the same idempotency key, which changes nothing.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from margins.clients.disk import LocalDisk, make_directory, reporting
from margins.clients.sqlite import check, snapshot
from margins.errors import InputError
from margins.mail.envelope import digest as digest_of

__all__ = ["DATABASES", "Copied", "backup", "restore"]

DATABASES = ("ledger.db", "senders.db", "sent.db", "notes.db")
"""In the order in which they are copied."""

_DRAFT = ".draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied: names of databases, and numbers of files."""

    databases: tuple[str, ...]
    messages: int
    keys: int


def backup(data: Path, folder: Path, *, keys: Path | None = None) -> Copied:
    """Copy everything into a folder: a new one, or an older backup to be brought up to date.

    Raw messages that retention has removed since then go from the backup too.

    Args:
        keys: their directory, when it is not `keys` in the data directory.

    Raises:
        InputError: there is nothing to copy, or the folder is neither.
        Unavailable: something cannot be read or written; the backup is then not complete.
    """
    if not (data / "ledger.db").is_file():
        raise InputError("Margins keeps nothing here.", place=str(data), remedy="Check `data`.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "ledger.db").is_file():
        raise InputError("It is no backup.", place=str(folder), remedy="Name an empty folder.")
    copied = _copy(data, folder, keys or data / "keys", folder / "keys")
    for path in _messages(folder):
        if not (data / path.relative_to(folder)).exists():
            path.unlink()
    return copied


def restore(folder: Path, data: Path, *, keys: Path | None = None) -> Copied:
    """Copy a backup into a data directory that does not exist yet; every byte is checked first.

    Args:
        keys: their directory, when it is not to be `keys` in the data directory.

    Raises:
        InputError: the backup is damaged or incomplete, or there is data already, or other keys.
        Unavailable: something cannot be read or written.
    """
    if not all((folder / name).is_file() for name in DATABASES[:2]):
        raise InputError("It is no backup.", place=str(folder), remedy="Name one.")
    for place in (data, keys or data):
        if place.exists() and any(place.iterdir()):
            raise InputError(
                "There is data already, which a restore would mix with the backup.",
                place=str(place),
                remedy="Move it away, or choose another directory with MARGINS_DATA, or _KEYS.",
            )
    for name in DATABASES:
        if (folder / name).is_file():
            check(folder / name)
    for path in _messages(folder):
        if digest_of(path.read_bytes()) != path.name:
            raise InputError("It is damaged.", place=str(path), remedy="Use another backup.")
    return _copy(folder, data, folder / "keys", keys or data / "keys")


def _messages(root: Path) -> list[Path]:
    return sorted(p for p in (root / "mail").rglob("*") if len(p.name) == 64)


def _copy_keys(disk: LocalDisk, source: Path, target: Path) -> int:
    keys = [path for path in sorted(source.glob("**/*")) if path.is_file()]
    for path in keys:
        _replace(disk, path, target / path.relative_to(source))
    return len(keys)


def _copy(source: Path, target: Path, keys: Path, copied_keys: Path) -> Copied:
    disk = LocalDisk()
    with reporting(target):
        make_directory(disk, target)
        target.chmod(0o700)
        databases = tuple(name for name in DATABASES if (source / name).is_file())
        for name in databases:
            snapshot(source / name, target / f"{name}{_DRAFT}")
        messages = sum(
            _keep(disk, path, target / path.relative_to(source)) for path in _messages(source)
        )
        number = _copy_keys(disk, keys, copied_keys)
        # Last, and together: until here an older backup in the same folder is still whole.
        for name in databases:
            disk.rename(target / f"{name}{_DRAFT}", target / name)
        disk.sync_directory(target)
    return Copied(databases=databases, messages=messages, keys=number)


def _keep(disk: LocalDisk, path: Path, copy: Path) -> bool:
    """The raw message under its other name: never changed, so a hard link is a copy.

    False when it was removed meanwhile, its retention time being over.
    """
    if not copy.exists():
        make_directory(disk, copy.parent)
        try:
            _link_or_copy(disk, path, copy)
        except FileNotFoundError:
            return False
    return True


def _link_or_copy(disk: LocalDisk, path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except FileNotFoundError:
        raise
    except OSError:  # another file system
        _replace(disk, path, copy)
    else:
        disk.sync_directory(copy.parent)


def _replace(disk: LocalDisk, path: Path, copy: Path) -> None:
    make_directory(disk, copy.parent)
    draft = copy.with_name(f".{copy.name}{_DRAFT}")
    with suppress(FileNotFoundError):
        draft.unlink()
    shutil.copy2(path, draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    disk.rename(draft, copy)
    disk.sync_directory(copy.parent)
