"""Genuine mail that must be admitted, one row each."""

# ruff: noqa: E501 - a table is read row by row

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cases import Case, Outcome, envelope
from domains import LEGIT_HOST, MALLORYS_HOST
from signing import NOW, ed25519_key, mail, rsa_key, seal, sign

from margins.mail import Address


def _signed(sender: str, domain: str, selector: str = "mail", **tags: str) -> Callable[[], bytes]:
    return lambda: sign(mail(sender), rsa_key("legit"), domain, selector, **tags)


def _rows() -> list[tuple[str, str, Callable[[], bytes]]]:
    legit = rsa_key("legit")
    unsigned = mail("ada@legit.example")
    whole = str(len(b"My notes.\r\n"))
    return [
        ("domain that publishes p=none", "ada@legit.example", _signed("ada@legit.example", "legit.example")),
        ("hyphenated domain", "ada@my-books-2.example", _signed("ada@my-books-2.example", "my-books-2.example")),
        ("IDN domain written in A-labels", "ada@xn--bcher-kva.example", _signed("ada@xn--bcher-kva.example", "xn--bcher-kva.example")),
        ("IDN domain written in U-labels", "ada@xn--bcher-kva.example", _signed("ada@b\u00fccher.example", "xn--bcher-kva.example")),
        ("domain without a DMARC policy", "ada@nopolicy.example", _signed("ada@nopolicy.example", "nopolicy.example")),
        ("domain whose policy cannot be found out, strictly aligned", "ada@unreachable.example", _signed("ada@unreachable.example", "unreachable.example")),
        ("subdomain signed by its organisation", "ada@news.legit.example", _signed("ada@news.legit.example", "legit.example")),
        ("domain with strict alignment, signed by itself", "ada@strict.example", _signed("ada@strict.example", "strict.example")),
        ("customer of a public suffix", "ada@ada.github.io", _signed("ada@ada.github.io", "ada.github.io")),
        ("upper-case address and d=", "ada@legit.example", _signed("Ada@LEGIT.example", "Legit.Example")),
        ("display name in quotes, with a comma", "ada@legit.example", _signed('"Lovelace, Ada" <ada@legit.example>', "legit.example")),
        ("display name that is the address itself", "ada@legit.example", _signed('"ada@legit.example" <ada@legit.example>', "legit.example")),
        ("encoded display name", "ada@legit.example", _signed("=?utf-8?Q?Ad=C3=A4?= <ada@legit.example>", "legit.example")),
        ("folded From field", "ada@legit.example", _signed("Ada Lovelace\n <ada@legit.example>", "legit.example")),
        ("simple canonicalisation", "ada@legit.example", lambda: sign(unsigned, legit, "legit.example", canonical=b"simple/simple")),
        ("1024-bit key", "ada@legit.example", lambda: sign(unsigned, rsa_key("legit", 1024), "legit.example", "short1024")),
        ("Ed25519 key", "ada@legit.example", lambda: sign(unsigned, ed25519_key("legit"), "legit.example", "ed")),
        ("l= that covers the whole body", "ada@legit.example", _signed("ada@legit.example", "legit.example", l=whole)),
        ("signature that expires tomorrow", "ada@legit.example", _signed("ada@legit.example", "legit.example", x=str(int(NOW) + 86_400))),
        ("i= that names something else in the domain", "ada@legit.example", _signed("ada@legit.example", "legit.example", i="bounce-7@legit.example")),
        ("signed by the mailing service, then by the domain", "ada@legit.example", lambda: sign(sign(unsigned, rsa_key("mallory"), "attack.example"), legit, "legit.example")),
        ("signed by the domain, then by the mailing service", "ada@legit.example", lambda: sign(sign(unsigned, legit, "legit.example"), rsa_key("mallory"), "attack.example")),
        ("one false and one good signature", "ada@legit.example", lambda: sign(sign(unsigned, legit, "legit.example"), legit, "legit.example", "revoked")),
        ("fields added on the way", "ada@legit.example", lambda: b"Received: from a by b; Mon, 2 Nov 2026 10:00:01 +0000\r\nX-Spam: no\r\n" + sign(unsigned, legit, "legit.example")),
        ("white space changed on the way", "ada@legit.example", lambda: sign(unsigned, legit, "legit.example").replace(b"Subject: Notes", b"subject:   Notes ") + b"\r\n\r\n"),
    ]  # fmt: skip


@cache
def genuine() -> tuple[Case, ...]:
    """Every row, delivered by a host of the author's domain."""
    rows = tuple(
        Case(
            trick=trick,
            author=Address(*address.split("@")),
            make=make,
            outcome=Outcome.ADMITTED,
            envelope=envelope(address, LEGIT_HOST, helo="mail.legit.example"),
        )
        for trick, address, make in _rows()
    )
    return (*rows, *_forwarded())


def _forwarded() -> tuple[Case, ...]:
    """By a host that the author's domain does not know."""
    untouched = sign(mail("ada@legit.example"), rsa_key("legit"), "legit.example")
    sealed = seal(
        mail("ada@legit.example", body="My notes.\n-- \nforwarded for you\n"),
        rsa_key("forwarder"),
        "forwarder.example",
        "dkim=pass header.d=legit.example; dmarc=pass (p=NONE) header.from=legit.example",
    )
    by_forwarder = envelope("srs@forwarder.example", MALLORYS_HOST)
    return (
        Case(
            trick="forwarded untouched",
            make=lambda: untouched,
            outcome=Outcome.ADMITTED,
            envelope=by_forwarder,
        ),
        Case(
            trick="changed by a forwarder the operator trusts (ARC)",
            make=lambda: sealed,
            outcome=Outcome.ADMITTED,
            envelope=by_forwarder,
            sealers=frozenset({"forwarder.example"}),
        ),
    )
