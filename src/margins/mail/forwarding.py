"""Mails in which a mailbox service asks whether it may forward a reader's mail to us.

They are recognised so that the reader can be shown the code and the link. Nothing is ever
followed: whoever knows an import address could otherwise subscribe it to his own mailbox.

| service  | what it sends the address it is to forward to           | known from                  |
|----------|---------------------------------------------------------|-----------------------------|
| Gmail    | forwarding-noreply@google.com, in every language; code  | many such mails in public   |
|          | in subject or text, or none; a link to confirm (`vf-`)  | repositories, 2013 to 2026; |
|          | and one to cancel (`uf-`); Workspace likewise           | Gmail API, forwarding guide |
| Yahoo    | something from no-reply@cc.yahoo-inc.com; its text has  | other programs' lists of    |
|          | not been seen                                           | senders; unverified         |
| Zoho     | something from noreply@zoho.com; text not seen          | the same; unverified        |
| Proton   | a mail in which to confirm; sender and text not seen    | proton.me/blog/email-       |
|          |                                                         | forwarding; unverified      |
| iCloud   | nothing: it forwards at once                            | support.apple.com/guide/    |
|          |                                                         | icloud/mm6b1a3960           |
| Fastmail | nothing that its help mentions                          | fastmail.com/help/receive/  |
|          |                                                         | forward.html                |
| Outlook  | nothing that has been seen                              | unverified                  |

So Gmail's are recognised by their sender. Of the others, what their robots write is recognised by a
word for forwarding and a word for confirming, should they ask: the reader then sees it, and
whether it was one he decides. On the same domains people write mail, who are never robots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from margins.mail.address import Address
from margins.mail.message import Message
from margins.text.charset import decode
from margins.text.normal import one_line

__all__ = ["Confirmation", "forwarding_confirmation"]

_GMAIL = Address("forwarding-noreply", "google.com")
_SERVICES = {
    "google.com": "Gmail",
    "cc.yahoo-inc.com": "Yahoo",
    "zoho.com": "Zoho",
    "zoho.eu": "Zoho",
    "proton.me": "Proton",
    "mail.proton.me": "Proton",
    "notify.proton.me": "Proton",
    "outlook.com": "Outlook",
    "microsoft.com": "Outlook",
    "accountprotection.microsoft.com": "Outlook",
    "apple.com": "iCloud",
    "email.apple.com": "iCloud",
    "icloud.com": "iCloud",
    "fastmail.com": "Fastmail",
    "fastmailteam.com": "Fastmail",
}
_ROBOT = re.compile(
    r"(?:[a-z]{1,20}[-_.])?(?:no[-_]?reply|do[-_]?not[-_]?reply)(?:[-_.][a-z]{1,20})?"
)
_FORWARD = re.compile(r"forward|weiterleit|transf[eé]r|reenv|inoltr|転送|转发", re.IGNORECASE)
_CONFIRM = re.compile(r"confirm|v[eé]rif|best[aä]tig|conferm|確認|验证|确认", re.IGNORECASE)
_CODE = re.compile(r"(?<![\d/=&?#.-])#?(\d{6,12})(?![\d/=&-]|\.\d)")
_LINK = re.compile(r"https://([a-z0-9.-]{1,253})/([^\s<>\"']{1,2000})", re.IGNORECASE)
_CANCELS = re.compile(r"mail/uf-", re.IGNORECASE)
_MAX_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a mailbox service asks its user to confirm; code and link are empty when not found."""

    service: str
    code: str
    link: str

    def __str__(self) -> str:
        """A sentence for the account's owner."""
        code = f" Its code is {self.code}." if self.code else ""
        link = f" Its link, if you asked for this yourself: {self.link}" if self.link else ""
        return f"{self.service} asks to confirm that mail is forwarded here.{code}{link}"


def _text(message: Message) -> str:
    for part in message.root.walk():
        if not part.parts and part.media_type.startswith("text/") and not part.filename:
            return decode(part.head(_MAX_TEXT), part.charset)
    return ""


def _link(text: str, author: Address) -> str:
    """The first link into the service's own domain that does not cancel."""
    organisation = ".".join(author.domain.split(".")[-2:])
    for found in _LINK.finditer(text):
        host = found[1].lower()
        own = host == organisation or host.endswith("." + organisation)
        if own and not _CANCELS.match(found[2]):
            return found[0].rstrip(".,)")
    return ""


def forwarding_confirmation(message: Message) -> Confirmation | None:
    """What the mail asks to confirm, or None when it is no such mail.

    Believe it only when the author is proven.
    """
    author = message.author
    if author is None or author.domain not in _SERVICES:
        return None
    subject, text = one_line(message.subject, 500), _text(message)
    said = f"{subject}\n{text}"
    by_words = _ROBOT.fullmatch(author.local_part) and _FORWARD.search(said)
    if author != _GMAIL and not (by_words and _CONFIRM.search(said)):
        return None
    code = _CODE.search(said)
    return Confirmation(
        service=_SERVICES[author.domain],
        code=code[1] if code else "",
        link=_link(text, author),
    )
