"""Which domains belong together (RFC 7489 s3.1, s3.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from margins.mail.authentication import Alignment

__all__ = ["align", "organizational_domain"]


@cache
def _suffix_list() -> Callable[[str], str | None]:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - reads 300 kB, needed late

    return PublicSuffixList().privatesuffix


def organizational_domain(domain: str) -> str:
    """The domain directly below the public suffix; the domain itself when it is one.

    The private part of the list counts: two customers of github.io are two organisations.
    """
    return _suffix_list()(domain) or domain


def align(author: str, identifier: str, *, strict: bool = False) -> Alignment:
    """How a checked domain relates to the author's; both lower case, in A-labels.

    Args:
        strict: the author's domain asks for the very same name (adkim=s, aspf=s).
    """
    if author == identifier:
        return Alignment.STRICT
    if strict or organizational_domain(author) != organizational_domain(identifier):
        return Alignment.NONE
    return Alignment.RELAXED
