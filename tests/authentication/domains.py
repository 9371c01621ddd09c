"""The domains of the authentication tests and what they publish.

legit.example publishes p=none, like gmail.com: nothing but our own judgement stands between a
forger and its users. Mallory owns attack.example and some more, and publishes whatever helps.
"""

from __future__ import annotations

from functools import cache

from signing import KeyPair, ed25519_key, rsa_key

from margins.testing.resolver import Zone

LEGIT_HOST = "192.0.2.10"
MALLORYS_HOST = "203.0.113.66"
SILENT = ("slow._domainkey.legit.example", "_dmarc.unreachable.example")

HOMOGRAPH = "leg\u0456t.example"  # with the Cyrillic letter that looks like an i
HOMOGRAPH_A_LABEL = HOMOGRAPH.encode("idna").decode("ascii")

Records = list[tuple[str, str | bytes]]


def _txt(*texts: bytes) -> Records:
    return [("TXT", text) for text in texts]


def _honest(domain: str, key: KeyPair, policy: bytes | None = b"p=none") -> dict[str, Records]:
    """A domain whose one host may send, with a key and, mostly, a policy."""
    records = {
        domain: _txt(f"v=spf1 ip4:{LEGIT_HOST} -all".encode()),
        f"mail._domainkey.{domain}": _txt(key.record()),
    }
    if policy is not None:
        records[f"_dmarc.{domain}"] = _txt(b"v=DMARC1; " + policy)
    return records


def _mallorys(domain: str) -> dict[str, Records]:
    """A domain of Mallory: any host may send, and there are keys for whatever he signs."""
    return {
        domain: _txt(b"v=spf1 +all"),
        f"mail._domainkey.{domain}": _txt(rsa_key("mallory").record()),
        f"_dmarc.{domain}": _txt(b"v=DMARC1; p=reject"),
    }


def _selectors_of_legit() -> dict[str, Records]:
    """Keys of legit.example other than its good one."""
    good = rsa_key("legit")
    records = {
        "revoked": b"v=DKIM1; k=rsa; p=",
        "testing": good.record(b"v=DKIM1; t=y; "),
        "short512": rsa_key("legit", 512).record(),
        "short768": rsa_key("legit", 768).record(),
        "short1024": rsa_key("legit", 1024).record(),
        "exponent": rsa_key("legit", 1024, (1 << 600) + 1).record(),
        "ed": ed25519_key("legit").record(),
        "service": good.record(b"v=DKIM1; s=other; "),
        "sha1": good.record(b"v=DKIM1; h=sha1; "),
        "itself": good.record(b"v=DKIM1; t=s; "),
        "long": good.record() + b"; n=" + b"x" * 4_096,
        "broken": b"v=DKIM1; k=rsa; p=AAAA",
        "junk": bytes(range(256)),
    }
    zone = {f"{name}._domainkey.legit.example": _txt(text) for name, text in records.items()}
    zone["two._domainkey.legit.example"] = _txt(good.record(), rsa_key("mallory").record())
    return zone


@cache
def zone() -> Zone:
    """Everything that can be looked up; made once, for keys take time."""
    legit = rsa_key("legit")
    records = _selectors_of_legit()
    for domain in ("legit.example", "legitimate.com", "example.com", "my-books-2.example"):
        records |= _honest(domain, legit)
    records |= _honest("xn--bcher-kva.example", legit)
    records |= _honest("unreachable.example", legit, policy=None)
    records |= _honest("news.unreachable.example", legit, policy=None)
    records |= _honest("news.legit.example", legit, policy=None)
    records |= _honest("nopolicy.example", legit, policy=None)
    records |= _honest("strict.example", legit, b"p=reject; adkim=s; aspf=s")
    records |= _honest("sub.strict.example", rsa_key("mallory"), policy=None)
    records |= _honest("ada.github.io", legit)
    records |= _honest("forwarder.example", rsa_key("forwarder"))
    trying = rsa_key("forwarder").record(b"v=DKIM1; t=y; ")
    records |= {"mail._domainkey.trying.example": _txt(trying)}
    for domain in (
        "attack.example",
        "attack.com",
        "33.attack.com",
        "a.attack.com",
        "any.attack.com",
        "legitimate.com(a.attack.com",
        "legitimate.com'@any.attack.com",
        "legitimate.com'a.attack.com",
        "legit.example.attack.example",
        "notlegit.example",
        "bucher.example",
        "mallory.github.io",
        HOMOGRAPH_A_LABEL,
        "example",
    ):
        records |= _mallorys(domain)
    return records
