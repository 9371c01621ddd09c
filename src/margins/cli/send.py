"""`margins send`: mail an export, as a reader's mail program would."""

from __future__ import annotations

import argparse
import mimetypes
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path

from margins.cli.files import content_of, is_mail
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError, Refused, Unavailable

__all__ = ["compose", "send", "submit"]


def compose(path: Path, content: bytes, *, sender: str, to: str) -> bytes:
    """A message that carries the file as an attachment."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = f"Notes: {path.name}"
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    message.set_content("The export is attached.\n")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    maintype, _, subtype = media_type.partition("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=path.name)
    return message.as_bytes()


def submit(content: bytes, *, sender: str, to: str, host: str, port: int) -> str:
    """Hand a message to an SMTP server; the server's last reply.

    Raises:
        Refused: a 5xx reply.
        Unavailable: a 4xx reply, or no server.
    """
    place = f"{host}:{port}"
    try:
        with smtplib.SMTP(host, port, timeout=60) as client:
            client.ehlo_or_helo_if_needed()
            for code, text in (
                client.mail(sender, [f"SIZE={len(content)}"]),
                client.rcpt(to),
                client.data(content),
            ):
                reply = f"{code} {text.decode('utf-8', 'replace')}"
                if code >= 500:
                    raise Refused(f"The server said: {reply}.", place=place)
                if code >= 400:
                    raise Unavailable(f"The server said: {reply}.", place=place)
    except smtplib.SMTPDataError as error:
        raise Refused(f"The server said: {error.smtp_code} {error.smtp_error!r}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            f"No mail could be handed over: {error}.",
            place=place,
            remedy="Is it running? Start it with `margins serve`.",
        ) from error
    return reply


def send(args: argparse.Namespace) -> int:
    """Mail the file and print the server's reply."""
    settings = load(args.config)
    content = content_of(args.file)
    sender = args.sender
    if sender is None:
        raise InputError("Who sends it?", remedy="Name your registered address with --from.")
    if not is_mail(args.file, content):
        content = compose(args.file, content, sender=sender, to=args.to)
    print(
        submit(
            content,
            sender=sender,
            to=args.to,
            host=args.host or settings.smtp_host,
            port=args.port or settings.smtp_port,
        )
    )
    return Exit.OK
