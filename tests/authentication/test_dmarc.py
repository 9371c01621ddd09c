"""Policies and alignment (RFC 7489)."""

from __future__ import annotations

import pytest

from margins.authentication.alignment import align, organizational_domain
from margins.authentication.dmarc import Policy, find_policy
from margins.authentication.lookups import Lookups
from margins.mail.authentication import Alignment
from margins.testing.resolver import FakeResolver, Zone


def policy(*records: bytes, domain: str = "news.legit.example") -> Policy | None:
    """What is found for news.legit.example when its organisation publishes these records."""
    zone: Zone = {"_dmarc.legit.example": [("TXT", record) for record in records]}
    return find_policy(domain, Lookups(FakeResolver(zone)))


@pytest.mark.parametrize(
    ("record", "request_", "strict_dkim", "strict_spf"),
    [
        (b"v=DMARC1; p=none", "none", False, False),
        (b"v=DMARC1;p=reject;adkim=s;aspf=s", "reject", True, True),
        (b"v=DMARC1 ; P = Quarantine ; ADKIM = S ;", "quarantine", True, False),
        (b"v=DMARC1; p=none; adkim=r; aspf=x; junk; =; rua=mailto:a@b", "none", False, False),
        (b"v=DMARC1; rua=mailto:a@legit.example", "none", False, False),
        (b"v=DMARC1; p=strange; rua=mailto:a@legit.example; aspf=s", "none", False, True),
    ],
)
def test_a_policy_is_read(
    record: bytes, request_: str, strict_dkim: bool, strict_spf: bool
) -> None:
    """Tags in any case and spacing; unknown ones and unreadable ones are left out (s6.3)."""
    found = policy(record)
    assert found == Policy(
        domain="legit.example", request=request_, strict_dkim=strict_dkim, strict_spf=strict_spf
    )


@pytest.mark.parametrize(
    "records",
    [
        (),
        (b"",),
        (b"p=none; v=DMARC1",),
        (b"v=DMARC2; p=none",),
        (b"v=dmarc1; p=none",),
        (b"v=DMARC1",),
        (b"v=DMARC1; p=strange",),
        (b"v=DMARC1; p=n\xc3\xb6ne",),
        (b"v=DMARC1; p=none", b"v=DMARC1; p=reject"),
        (b"v=DMARC1; p=none; " + b"x" * 5_000,),
    ],
)
def test_what_is_no_policy(records: tuple[bytes, ...]) -> None:
    """None, several, or one that does not begin as s6.3 says, are all no policy (s6.6.3)."""
    assert policy(*records) is None


def test_other_texts_beside_a_policy_do_not_matter() -> None:
    """Records that are no policies are left aside before they are counted."""
    assert policy(b"v=spf1 -all", b"v=DMARC1; p=none") is not None


def test_a_domain_comes_before_its_organisation() -> None:
    """The policy of the very domain counts, where it has one."""
    zone: Zone = {
        "_dmarc.news.legit.example": [("TXT", "v=DMARC1; p=reject")],
        "_dmarc.legit.example": [("TXT", "v=DMARC1; p=none")],
    }
    found = find_policy("news.legit.example", Lookups(FakeResolver(zone)))
    assert found == Policy(domain="news.legit.example", request="reject")


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("legit.example", "legit.example"),
        ("a.b.legit.example", "legit.example"),
        ("mail.legit.co.uk", "legit.co.uk"),
        ("co.uk", "co.uk"),
        ("ada.github.io", "ada.github.io"),
        ("x.ada.github.io", "ada.github.io"),
        ("github.io", "github.io"),
        ("mail.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a.b.xn--p1ai", "b.xn--p1ai"),
        ("localhost", "localhost"),
    ],
)
def test_organisational_domains(domain: str, organisation: str) -> None:
    """One label below the public suffix, private suffixes included."""
    assert organizational_domain(domain) == organisation


@pytest.mark.parametrize(
    ("author", "identifier", "relaxed", "strict"),
    [
        ("legit.example", "legit.example", Alignment.STRICT, Alignment.STRICT),
        ("legit.example", "mail.legit.example", Alignment.RELAXED, Alignment.NONE),
        ("news.legit.example", "legit.example", Alignment.RELAXED, Alignment.NONE),
        ("legit.example", "notlegit.example", Alignment.NONE, Alignment.NONE),
        ("legit.example", "example", Alignment.NONE, Alignment.NONE),
        ("a.github.io", "b.github.io", Alignment.NONE, Alignment.NONE),
        ("a.github.io", "github.io", Alignment.NONE, Alignment.NONE),
        ("legit.co.uk", "other.co.uk", Alignment.NONE, Alignment.NONE),
        ("legit.example", "", Alignment.NONE, Alignment.NONE),
    ],
)
def test_alignment(author: str, identifier: str, relaxed: Alignment, strict: Alignment) -> None:
    """The same name, the same organisation, or nothing (s3.1)."""
    assert align(author, identifier) is relaxed
    assert align(author, identifier, strict=True) is strict
