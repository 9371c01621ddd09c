"""Mails as a reader sends them."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

from .conftest import READER

_numbers = count(1)


def clippings(*quotes: str, book: str = "A Book of Tides (Ines Marlow)") -> str:
    """A Kindle's My Clippings.txt with these highlights."""
    return "".join(
        f"{book}\n- Your Highlight on page {n} | Location {n * 10}-{n * 10 + 3}"
        f" | Added on Sunday, November 1, 2026 9:0{n % 10}:00 AM\n\n{quote}\n==========\n"
        for n, quote in enumerate(quotes, 1)
    )


def mail(
    export: str | None = None,
    *,
    subject: str = "My Clippings",
    sender: str = READER,
    filename: str = "My Clippings.txt",
    subtype: str = "plain",
    text: str = "Here they are.\n",
) -> bytes:
    """A message with the export attached."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"A Reader <{sender}>"
    message["To"] = "import@localhost"
    message["Subject"] = subject
    message["Message-ID"] = f"<{next(_numbers)}@example.org>"
    message.set_content(text)
    if export is not None:
        message.add_attachment(export.encode(), maintype="text", subtype=subtype, filename=filename)
    return message.as_bytes()
