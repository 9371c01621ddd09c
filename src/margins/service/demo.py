"""What `make run` shows: a sample mail sent as a reader would send it, and what came of it.

It goes through the front doors only: SMTP in, GraphQL out.
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
from importlib.resources import files
from urllib.request import Request, urlopen

from margins.bootstrap import Parts, personal_token
from margins.errors import InputError, Unavailable
from margins.mail.address import parse_addr_spec
from margins.mail.envelope import fingerprint
from margins.ports import Entry, Status
from margins.service.sockets import Addresses
from margins.text.normal import one_line

__all__ = ["SENDER", "show"]

SENDER = "reader@example.org"
_PATIENCE = 30.0
_QUERY = """
query Shelf {
  publications(first: 20) {
    nodes { title creators { name } annotations(first: 100) {
      totalCount
      nodes { motivation quote note tags colour page headings }
    } }
  }
}
"""


def _account(parts: Parts) -> str:
    """The demo account's id; made on the first start."""
    address = parse_addr_spec(SENDER)
    assert address is not None
    if (known := parts.senders.find(address)) is not None:
        return known.account
    try:
        name = parts.senders.account("demo").name
    except InputError:
        name = parts.senders.create("demo", now=time.time()).name
    return parts.senders.add(name, address, now=time.time()).id


def _deliver(where: Addresses, to: str, sample: bytes) -> None:
    with smtplib.SMTP(*where.smtp, timeout=_PATIENCE) as client:
        client.sendmail(SENDER, [to], sample)


def _wait(parts: Parts, sample: bytes) -> Entry:
    """The row of the sample, once it has come to an end; on a later start it is there already."""
    wanted = fingerprint(sample)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = [e for e in parts.inbox.entries(limit=100_000) if e.fingerprint == wanted]
        if found and found[0].status in {Status.DELIVERED, Status.FAILED}:
            return found[0]
        time.sleep(0.02)
    raise Unavailable("The sample mail has not been delivered.", remedy="See `margins inbox list`.")


def _shelf(where: Addresses, token: str) -> list[dict[str, object]]:
    request = Request(  # noqa: S310  our own endpoint
        where.graphql,
        data=json.dumps({"query": _QUERY}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
        body = json.load(answer)
    nodes: list[dict[str, object]] = body["data"]["publications"]["nodes"]
    return nodes


def _notes(publication: dict[str, object]) -> list[str]:
    creators: list[dict[str, str]] = publication["creators"]  # type: ignore[assignment]
    annotations: dict[str, list[dict[str, object]]] = publication["annotations"]  # type: ignore[assignment]
    by = ", ".join(c["name"] for c in creators)
    lines = [f"  {publication['title']}" + (f" — {by}" if by else "")]
    for note in annotations["nodes"]:
        page = f"p. {note['page']:<4}" if note["page"] else ""
        words = str(note["quote"]) or str(note["note"]) or "(bookmark)"
        lines.append(f"    {note['colour'] or '-':<7} {page} {one_line(words, 70)}")
        if note["quote"] and note["note"]:
            lines.append(f"            ↳ {one_line(str(note['note']), 66)}")
    return lines


def show(where: Addresses, parts: Parts) -> None:
    """Send the sample, print the notes, where to look, and how to send one's own.

    Raises:
        Unavailable: the sample came to no end in time.
    """
    account = _account(parts)
    served = parts.rules.addresses[0]
    to = served if not served.startswith("@") else f"import{served}"
    sample = files("margins.service").joinpath("sample.eml").read_bytes()
    _deliver(where, to, sample)
    entry = _wait(parts, sample)
    token = personal_token(parts.settings, parts.signer, account, minutes=12 * 60)
    host, port = where.smtp
    margins = sys.argv[0] or "margins"
    lines = [
        "",
        f"The sample mail was sent to {to} on {host}:{port} and is {entry.status}. {entry.reason}",
        "",
        *[line for p in _shelf(where, token) for line in _notes(p)],
        "",
        f"Console    {where.console_url}",
        f"GraphQL    {where.graphql}",
        f"Token      {token}",
        f"           (12 hours; a new one: {margins} accounts token demo)",
        f"Your own   {margins} send FILE --from {SENDER} --to {to} --port {port}",
        f"           or: swaks --server {host}:{port} --from {SENDER} --to {to} --attach @FILE",
        f"The mails  {margins} inbox list",
        "Stop       Ctrl-C",
        "",
    ]
    print("\n".join(lines), flush=True)  # noqa: T201  this is what the demo is for
