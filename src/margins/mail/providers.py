"""Mail robots of reading apps, which send a reader his own notes.

Only whole addresses on exactly these domains: at the same companies people write mail too, and
sub-domains carry what customers write to one another (marketplace.amazon.com).

| app          | what is known of its mails                                                      |
|--------------|---------------------------------------------------------------------------------|
| Amazon       | no-reply@amazon.com sends "Your Kindle Notes from ..." with the notebook        |
|              | (github.com/jdockerty/kindle-notes-grabber, cmd/root.go); that other            |
|              | marketplaces do from their own domain is by analogy                             |
| Google Play  | googleplay-noreply@google.com is real and sends receipts; Play Books itself     |
|              | keeps notes in Drive and mails none                                             |
| Apple        | no_reply@email.apple.com is real and sends receipts; the app mails notes from   |
|              | the reader's own address                                                        |
| the others   | not seen; their usual robots, should they mail a file                           |
"""

from __future__ import annotations

from margins.mail.address import Address

__all__ = ["PROVIDERS", "provider_of"]

_ROBOTS = frozenset({"no-reply", "noreply", "do-not-reply", "donotreply", "no_reply"})
_AMAZON = (
    "com", "ae", "ca", "cn", "co.jp", "co.uk", "co.za", "com.au", "com.be", "com.br", "com.mx",
    "com.tr", "de", "eg", "es", "fr", "ie", "in", "it", "nl", "pl", "sa", "se", "sg",
)  # fmt: skip

PROVIDERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Amazon Kindle": (
        _ROBOTS | {"kindle-no-reply", "digital-no-reply"},
        frozenset(f"amazon.{end}" for end in _AMAZON),
    ),
    "Kobo": (_ROBOTS, frozenset({"kobo.com", "rakutenkobo.com"})),
    "Google Play Books": (
        frozenset({"googleplay-noreply"}),
        frozenset({"google.com"}),
    ),
    "Apple Books": (_ROBOTS, frozenset({"apple.com", "email.apple.com"})),
    "Readwise": (_ROBOTS, frozenset({"readwise.io"})),
    "Raindrop": (_ROBOTS, frozenset({"raindrop.io"})),
    "Hypothesis": (_ROBOTS, frozenset({"hypothes.is"})),
    "O'Reilly": (_ROBOTS, frozenset({"oreilly.com"})),
    "PocketBook": (_ROBOTS, frozenset({"pocketbook.ch", "pocketbook.de"})),
    "Tolino": (_ROBOTS, frozenset({"mytolino.com", "mytolino.de"})),
}
"""Per app: local parts, and the domains they are good on."""


def provider_of(author: Address) -> str:
    """The reading app whose robot this is, or empty. Whether it really wrote is not asked."""
    for name, (robots, domains) in PROVIDERS.items():
        if author.domain in domains and author.local_part in robots:
            return name
    return ""
