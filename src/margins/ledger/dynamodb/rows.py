"""What is in the table, and where.

| pk                 | sk         | what                                                          |
|--------------------|------------|---------------------------------------------------------------|
| `mail`             | the id     | a mail; ascending ids are the order of arrival                |
| `seen#ACCOUNT#FP`  | `seen`     | the id of the mail with this account and fingerprint          |
| `account#ACCOUNT`  | `lease`    | which mail of the account is in hand, and until when          |
| `letter`           | the id     | the reply to that mail, as long as it waits                   |
| `letters#ADDRESS`  | the hour   | how many replies were written to the address in that hour     |

Three sparse indexes: `due` (what waits, by its time), `ended` (what ended and still has its raw
message, by its time) and `digest`. They may lag behind the table by a moment, which delays a lease
and never doubles it, since every step is conditional on the row itself.

All mails share one partition key, so the table takes about 300 mails a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Counts, Entry, Status

__all__ = [
    "ENDED",
    "TABLE",
    "UNCHANGED",
    "account_key",
    "due_at",
    "mail_key",
    "new_row",
    "seen_key",
    "setting",
    "storable",
    "to_entry",
]

_STRING = ("pk", "sk", "queue", "due", "kept", "digest")


def _index(name: str, *keys: str) -> dict[str, object]:
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [
        *({"AttributeName": name, "AttributeType": "S"} for name in _STRING),
        {"AttributeName": "changed_at", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        _index("due", "queue", "due"),
        _index("ended", "kept", "changed_at"),
        _index("digest", "digest"),
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""The table's shape, as CreateTable takes it; the template of `deploy/aws` says the same."""

ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.REJECTED})
_REJECTED_SECONDS = 30 * 86_400


def mail_key(id_: str) -> dict[str, str]:
    """Of a mail's row."""
    return {"pk": "mail", "sk": id_}


def seen_key(account: str, fingerprint: str) -> dict[str, str]:
    """Of what makes a mail unique."""
    return {"pk": f"seen#{account}#{fingerprint}", "sk": "seen"}


def account_key(account: str) -> dict[str, str]:
    """Of the account's one lease."""
    return {"pk": f"account#{account}", "sk": "lease"}


def due_at(moment: float, id_: str) -> str:
    """A sort key: by time, then by id."""
    return f"{moment:020.6f}#{id_}"


def storable(text: str) -> str:
    """Headers may decode to lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def setting(new: Mapping[str, Any]) -> str:
    """The update expression that sets these attributes."""
    pairs = (f"{'#status' if name == 'status' else name} = :{name}" for name in new)
    return "SET " + ", ".join(pairs)


UNCHANGED = "#status = :was_status AND attempts = :was_attempts AND replays = :was_replays"
"""The condition that a mail is still in the lease it was read in."""


def new_row(acceptance: Acceptance, id_: str, now: float) -> dict[str, Any]:
    """A mail's row as it enters.

    Anybody can have mails rejected, so those expire.
    """
    row: dict[str, Any] = {
        **mail_key(id_),
        **{field.name: getattr(acceptance, field.name) for field in fields(acceptance)},
        "status": str(acceptance.status),
        "author": storable(acceptance.author),
        "subject": storable(acceptance.subject),
        "reason": storable(acceptance.reason),
        "admitted": storable(acceptance.admitted),
        "envelope": asdict(acceptance.envelope),
        "received_at": now,
        "changed_at": now,
        "begun_at": now,
        "next_try_at": now,
        "attempts": 0,
        "replays": 0,
        "takeovers": 0,
        "formats": (),
        "counts": asdict(Counts()),
    }
    if acceptance.status is Status.ACCEPTED:
        row |= {"queue": "due", "due": due_at(now, id_)}
    if acceptance.status is Status.REJECTED:
        row["expires"] = int(now) + _REJECTED_SECONDS
    if not acceptance.digest:
        del row["digest"]  # a key of an index cannot be empty
    elif acceptance.status in ENDED:
        row["kept"] = "kept"
    return row


_ENTRY = frozenset(field.name for field in fields(Entry))


def to_entry(row: Mapping[str, Any]) -> Entry:
    """A row as a value."""
    envelope = {**row["envelope"], "forward_paths": tuple(row["envelope"]["forward_paths"])}
    known = {
        **{name: each for name, each in row.items() if name in _ENTRY},
        "id": row["sk"],
        "digest": row.get("digest", ""),
        "status": Status(row["status"]),
        "envelope": Envelope(**envelope),
        "formats": tuple(row["formats"]),
        "counts": Counts(**row["counts"]),
    }
    return Entry(**known)
