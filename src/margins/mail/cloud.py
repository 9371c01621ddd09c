"""Links that mail programs put in place of a large attachment. Nothing is ever fetched."""

from __future__ import annotations

import re

from margins.mail.message import Message
from margins.text.charset import decode

__all__ = ["cloud_link"]

_SERVICES = {
    "drive.google.com": "Google Drive",
    "docs.google.com": "Google Drive",
    "dropbox.com": "Dropbox",
    "1drv.ms": "OneDrive",
    "onedrive.live.com": "OneDrive",
    "sharepoint.com": "OneDrive",
    "icloud.com": "iCloud",
    "we.tl": "WeTransfer",
    "wetransfer.com": "WeTransfer",
}
_LINK = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.){0,4}?(" + "|".join(map(re.escape, _SERVICES)) + r")/[\w?:]",
    re.IGNORECASE,
)
_MAX_TEXT = 1024 * 1024


def cloud_link(message: Message) -> str:
    """The name of the service whose link stands in the text of the mail; empty when none does.

    It is for the answer to a reader whose mail carries no export: "the mail links to a file on
    Google Drive instead of carrying it".
    """
    for part in message.root.walk():
        if part.parts or not part.media_type.startswith("text/") or part.filename:
            continue
        text = decode(part.head(_MAX_TEXT), part.charset)
        if link := _LINK.search(text):
            return _SERVICES[link[1].lower()]
    return ""
