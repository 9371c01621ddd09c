"""The event SES hands to a function, in the shape it has today. Pure.

Source: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import formataddr, getaddresses
from typing import Any

from margins.errors import InputError, MailError
from margins.local.moments import stamp
from margins.mail import parse

__all__ = ["VERDICTS", "ses_event", "verdicts_of"]

VERDICTS = {"spf": "PASS", "dkim": "PASS", "dmarc": "PASS", "spam": "PASS", "virus": "PASS"}
"""What SES says about a mail it finds nothing wrong with."""

_STATUSES = ("PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED")
_HEADERS_LIMIT = 10 * 1024
_LISTS = {
    "from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "reply-to": "replyTo",
    "sender": "sender",
}  # fmt: skip
_TEXTS = {"date": "date", "message-id": "messageId", "subject": "subject"}


def verdicts_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """All verdicts, with those that were chosen.

    Raises:
        InputError: one that SES does not have, or a status it never gives.
    """
    for name, status in chosen.items():
        if name not in VERDICTS:
            raise InputError(
                "SES has no such verdict.",
                place=f"{name}={status}",
                remedy=f"There are: {', '.join(VERDICTS)}.",
            )
        if status not in _STATUSES:
            raise InputError(
                "A verdict of SES never says this.",
                place=f"{name}={status}",
                remedy=f"It says one of: {', '.join(_STATUSES)}.",
            )
    return {**VERDICTS, **chosen}


def _headers(content: bytes) -> tuple[list[dict[str, str]], bool]:
    """The header fields as SES puts them into the event, and whether it cut them off."""
    try:
        fields = parse(content).header.fields
    except MailError:
        return [], True
    told: list[dict[str, str]] = []
    size = 0
    for each in fields:
        value = each.unfolded.decode("utf-8", "replace")
        size += len(each.name) + len(value) + 4
        if size > _HEADERS_LIMIT:
            return told, True
        told.append({"name": each.name, "value": value})
    return told, False


def _mailboxes(headers: Sequence[Mapping[str, str]], name: str) -> Iterator[tuple[str, str]]:
    """(display name, address) of everybody in the fields of that name."""
    fields = [h["value"] for h in headers if h["name"].lower() == name]
    return (each for each in getaddresses(fields) if each[1])


def _common(headers: Sequence[Mapping[str, str]], source: str) -> dict[str, Any]:
    """`commonHeaders`: only those the mail has; every mailbox by itself."""
    common: dict[str, Any] = {"returnPath": source}
    for name, key in _LISTS.items():
        if said := [_written(*mailbox) for mailbox in _mailboxes(headers, name)]:
            common[key] = said
    for name, key in _TEXTS.items():
        if said := [h["value"] for h in headers if h["name"].lower() == name]:
            common[key] = said[0]
    return common


def _written(display: str, address: str) -> str:
    """As in the field; formataddr would encode what is not ASCII."""
    return f"{display} <{address}>" if not display.isascii() else formataddr((display, address))


def _destination(headers: Sequence[Mapping[str, str]]) -> Iterable[str]:
    """Addresses of the header, which need not be those of the envelope: `recipients` are."""
    found = (address for name in ("to", "cc", "bcc") for _, address in _mailboxes(headers, name))
    return dict.fromkeys(found)


def _said(verdicts: Mapping[str, str]) -> dict[str, Any]:
    """The verdicts; only a mail that failed DMARC has its domain's policy."""
    said: dict[str, Any] = {f"{name}Verdict": {"status": each} for name, each in verdicts.items()}
    return said | ({"dmarcPolicy": "reject"} if verdicts.get("dmarc") == "FAIL" else {})


def ses_event(
    content: bytes,
    *,
    id_: str,
    source: str,
    recipients: Sequence[str],
    now: float,
    verdicts: Mapping[str, str] = VERDICTS,
    function_arn: str = "",
    synchronous: bool = True,
) -> dict[str, Any]:
    """What the gate gets: everything about a mail but its body.

    Args:
        recipients: those of the envelope the rule is for.
        synchronous: SES waits for the answer.
    """
    headers, truncated = _headers(content)
    receipt = {
        "timestamp": stamp(now),
        "processingTimeMillis": 500,
        "recipients": list(recipients),
        **_said(verdicts),
        "action": {
            "type": "Lambda",
            "functionArn": function_arn,
            "invocationType": "RequestResponse" if synchronous else "Event",
        },
    }
    mail = {
        "timestamp": stamp(now),
        "source": source,
        "messageId": id_,
        "destination": list(_destination(headers)),
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": _common(headers, source),
    }
    said = {"mail": mail, "receipt": receipt}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": said}]}
