"""Attacks on the author of a message, one row each.

On ada@legit.example unless the row says otherwise, from mallory@attack.example and his own host.
"""

# ruff: noqa: E501 - a table is read row by row

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache, partial

from cases import Case, Outcome, envelope
from domains import HOMOGRAPH, HOMOGRAPH_A_LABEL, LEGIT_HOST, MALLORYS_HOST
from signing import NOW, SIGNED, KeyPair, mail, rsa_key, seal, sign

from margins.mail import Address

ADA = "Ada <ada@legit.example>"
MALLORY = "mallory@attack.example"
OTHER, SECRET, DEFERRED = Outcome.OTHER, Outcome.SECRET, Outcome.DEFERRED
UNPROVEN, MALFORMED = Outcome.UNPROVEN, Outcome.MALFORMED


def _by_mallory(content: bytes, domain: str | bytes = "attack.example", **tags: str) -> bytes:
    return sign(content, rsa_key("mallory"), domain, **tags)


def _by_legit(
    content: bytes, selector: str = "mail", key: KeyPair | None = None, **tags: str
) -> bytes:
    return sign(content, key or rsa_key("legit"), "legit.example", selector, **tags)


def _mallory_as(sender: str, *extra: str) -> Callable[[], bytes]:
    """A message with that From field, properly signed by attack.example."""
    return lambda: _by_mallory(mail(sender, *extra))


def _encoded(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _genuine_but(
    *replacements: tuple[bytes, bytes], prepend: bytes = b"", append: bytes = b"", **tags: str
) -> Callable[[], bytes]:
    """A message that legit.example signed for Ada, tampered with afterwards."""

    def make() -> bytes:
        content = _by_legit(mail(ADA), **tags)
        for old, new in replacements:
            assert old in content
            content = content.replace(old, new)
        return prepend + content + append

    return make


def _header_block() -> tuple[Case, ...]:
    """Two readers of one header block see two authors (Chen, Paxson and Jiang, 2020)."""
    rows: list[tuple[str, Callable[[], bytes], Outcome]] = [
        ("address as quoted display name", _mallory_as(f'"ada@legit.example" <{MALLORY}>'), OTHER),
        ("address as bare display name", _mallory_as(f"ada@legit.example <{MALLORY}>"), MALFORMED),
        ("address in angle brackets as display name", _mallory_as(f"<ada@legit.example> <{MALLORY}>"), MALFORMED),
        ("address as encoded display name", _mallory_as(f"{_encoded('ada@legit.example')} <{MALLORY}>"), OTHER),
        ("header injection by CRLF in an encoded word", _mallory_as(f"{_encoded('x' + chr(13) + chr(10) + 'From: ada@legit.example')} <{MALLORY}>"), OTHER),
        ("whole address in an encoded word", _mallory_as(_encoded("ada@legit.example")), MALFORMED),
        ("group", _mallory_as("Friends: ada@legit.example;"), MALFORMED),
        ("group before the address", _mallory_as(f"Ada:; {MALLORY}"), MALFORMED),
        ("list of two", _mallory_as(f"{MALLORY}, ada@legit.example"), MALFORMED),
        ("route", _mallory_as("<@attack.example:ada@legit.example>"), MALFORMED),
        ("comment", _mallory_as(f"{MALLORY} (ada@legit.example)"), MALFORMED),
        ("quoted local part that is an address", _mallory_as('"ada@legit.example"@attack.example'), MALFORMED),
        ("quoted local part with the attacker's address", _mallory_as(f'"{MALLORY}"@legit.example'), MALFORMED),
        ("domain literal", _mallory_as("ada@[203.0.113.66]"), MALFORMED),
        ("last dot of the domain", _mallory_as("ada@legit.example."), MALFORMED),
        ("homograph domain", lambda: _by_mallory(mail(f"ada@{HOMOGRAPH}"), HOMOGRAPH_A_LABEL), OTHER),
        ("homograph local part", _mallory_as("\u0430da@legit.example"), MALFORMED),
        ("full-width letters in the domain", _mallory_as("ada@\uff4c\uff45\uff47\uff49\uff54.example"), MALFORMED),
        ("NUL in the address", _mallory_as("ada@legit.example\0.attack.example"), MALFORMED),
        ("second From on top", _genuine_but(prepend=f"From: {MALLORY}\r\n".encode()), MALFORMED),
        ("From behind a space before the colon", lambda: b"X-A: b\r\nFrom : ada@legit.example\r\n" + _by_mallory(mail(MALLORY)), MALFORMED),
        ("From behind a space before the colon, on the first line, where mbox files have theirs", lambda: b"From : ada@legit.example\r\n" + _by_mallory(mail(MALLORY)), MALFORMED),
        ("mbox line with the victim's address, and no date behind it", lambda: b"From ada@legit.example\r\n" + _by_mallory(mail(MALLORY)), MALFORMED),
        ("mbox line that is a From field with a date, on top of a signed message", _genuine_but(prepend=b"From : eve@attack.example Mon Nov 23 10:00:00 2026\r\n"), MALFORMED),
        ("From behind a bare carriage return", _mallory_as(MALLORY, "X-A: b\rFrom: ada@legit.example"), MALFORMED),
        ("From behind a bare line feed", lambda: _by_mallory(mail(MALLORY, "X-A: b")).replace(b"X-A: b\r\n", b"X-A: b\nFrom: ada@legit.example\r\n"), MALFORMED),
        ("From as a continuation line", lambda: b" From: ada@legit.example\r\n" + _by_mallory(mail(MALLORY)), MALFORMED),
        ("byte order mark before From", lambda: b"\xef\xbb\xbfFrom: ada@legit.example\r\n" + _by_mallory(mail(MALLORY)), MALFORMED),
        ("Sender, Reply-To and Resent-From name the victim", _mallory_as(MALLORY, "Sender: ada@legit.example", "Reply-To: ada@legit.example", "Resent-From: ada@legit.example"), OTHER),
        ("second Subject on top of a signed message", _genuine_but(prepend=b"Subject: Other notes\r\n"), MALFORMED),
        ("second Content-Type on top of a signed message", _genuine_but(prepend=b"Content-Type: text/html\r\n"), MALFORMED),
    ]  # fmt: skip
    return tuple(Case(trick=trick, make=make, outcome=what) for trick, make, what in rows)


def _signatures() -> tuple[Case, ...]:
    """Signatures that are genuine, but not for this; or by the right name, but not genuine."""
    headers = tuple(name for name in SIGNED if name != "from")
    ada = mail(ADA)
    rows: list[tuple[str, Callable[[], bytes], Outcome]] = [
        ("no signature, own reverse-path", lambda: ada, UNPROVEN),
        ("signed by the attacker's domain", lambda: _by_mallory(ada), UNPROVEN),
        ("signed in the victim's name with the attacker's key", lambda: _by_mallory(ada, "legit.example"), UNPROVEN),
        ("selector with a NUL, key at the attacker's", lambda: sign(ada, rsa_key("mallory"), "legit.example", b"mail._domainkey.attack.example.\0x"), MALFORMED),
        ("selector with an escaped NUL", lambda: sign(ada, rsa_key("mallory"), "legit.example", b"mail._domainkey.attack.example.\\000x"), UNPROVEN),
        ("selector that leads out of the domain", lambda: sign(ada, rsa_key("mallory"), "legit.example", "mail._domainkey.attack.example.#"), UNPROVEN),
        ("d= given twice", lambda: _by_mallory(ada).replace(b" d=attack.example;", b" d=attack.example; d=legit.example;"), UNPROVEN),
        ("d= with a quote", lambda: _by_mallory(ada, "legit.example'.attack.example"), UNPROVEN),
        ("victim's domain as a subdomain of the attacker's", lambda: _by_mallory(ada, "legit.example.attack.example"), UNPROVEN),
        ("domain that ends like the victim's", lambda: _by_mallory(ada, "notlegit.example"), UNPROVEN),
        ("signed by the public suffix", lambda: _by_mallory(ada, "example"), UNPROVEN),
        ("i= in the victim's domain, d= in the attacker's", lambda: _by_mallory(ada, i="ada@legit.example"), UNPROVEN),
        ("two signatures, the aligned one false", lambda: _by_mallory(_by_mallory(ada, "legit.example")), UNPROVEN),
        ("200 signatures in the victim's name", lambda: b"".join([_by_mallory(ada, "legit.example")[: -len(ada)]] * 200) + ada, UNPROVEN),
        ("From not among the signed fields", lambda: _by_legit(ada, signed=headers), UNPROVEN),
        ("body altered", _genuine_but((b"My notes.", b"My votes.")), UNPROVEN),
        ("body continued", _genuine_but(append=b"And more.\r\n"), UNPROVEN),
        ("body continued behind l=", _genuine_but(append=b"And more.\r\n", l="11"), UNPROVEN),
        ("l=0", _genuine_but((b"My notes.", b"My votes."), l="0"), UNPROVEN),
        ("signed Subject altered", _genuine_but((b"Subject: Notes", b"Subject: Votes")), UNPROVEN),
        ("signed From altered to another user of the domain", lambda: _by_legit(mail("eve@legit.example")).replace(b"From: eve@", b"From: ada@"), UNPROVEN),
        ("expired signature", _genuine_but(x=str(int(NOW) - 1)), UNPROVEN),
        ("signature from the future", _genuine_but(t=str(int(NOW) + 86_400)), UNPROVEN),
        ("i= in a subdomain, key for the very domain only", lambda: _by_legit(ada, "itself", i="@news.legit.example"), UNPROVEN),
        ("rsa-sha1", lambda: _by_legit(ada, algorithm="rsa-sha1"), UNPROVEN),
        ("other address of the domain, plus-tag", lambda: _by_legit(mail("ada+notes@legit.example")), OTHER),
        ("replayed to another recipient", lambda: _by_legit(mail(ADA, to="friend@elsewhere.example")), Outcome.REPLAYED),
        ("replayed, the import address as a quoted name in To", lambda: _by_legit(mail(ADA, to='"notes@in.example" <friend@elsewhere.example>')), Outcome.REPLAYED),
        ("replayed, the import address as a bare name in To", lambda: _by_legit(mail(ADA, to="notes@in.example <friend@elsewhere.example>")), Outcome.REPLAYED),
        ("replayed, the import address in a comment of To", lambda: _by_legit(mail(ADA, to="friend@elsewhere.example (notes@in.example)")), Outcome.REPLAYED),
        ("replayed, the import address as the name of a group in To", lambda: _by_legit(mail(ADA, to="notes@in.example: friend@elsewhere.example;")), Outcome.REPLAYED),
        ("replayed, with the recipient added unsigned", lambda: b"Cc: notes@in.example\r\n" + _by_legit(mail(ADA, to="friend@elsewhere.example")), Outcome.REPLAYED),
    ]  # fmt: skip
    return tuple(Case(trick=trick, make=make, outcome=what) for trick, make, what in rows)


def _keys() -> tuple[Case, ...]:
    """Signatures whose key shows nothing."""
    ada = mail(ADA)
    rows: list[tuple[str, Callable[[], bytes], Outcome]] = [
        ("revoked key", lambda: _by_legit(ada, "revoked"), UNPROVEN),
        ("key published for tests, t=y", lambda: _by_legit(ada, "testing"), UNPROVEN),
        ("512-bit key", lambda: _by_legit(ada, "short512", rsa_key("legit", 512)), UNPROVEN),
        ("768-bit key", lambda: _by_legit(ada, "short768", rsa_key("legit", 768)), UNPROVEN),
        ("key with a huge exponent", lambda: _by_legit(ada, "exponent", rsa_key("legit", 1024, (1 << 600) + 1)), UNPROVEN),
        ("key for another service, s=other", lambda: _by_legit(ada, "service"), UNPROVEN),
        ("key for another digest, h=sha1", lambda: _by_legit(ada, "sha1"), UNPROVEN),
        ("two keys under one selector", lambda: _by_legit(ada, "two"), UNPROVEN),
        ("key that cannot be read", lambda: _by_legit(ada, "broken"), UNPROVEN),
        ("key record of random bytes", lambda: _by_legit(ada, "junk"), UNPROVEN),
        ("selector nobody answers for", lambda: _by_legit(ada, "slow"), DEFERRED),
    ]  # fmt: skip
    return tuple(Case(trick=trick, make=make, outcome=what) for trick, make, what in rows)


def _claims() -> tuple[Case, ...]:
    """Fields in which the message speaks for itself."""
    by_receiver = "Authentication-Results: in.example; dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example"
    by_ses = "Authentication-Results: amazonses.com; spf=pass; dkim=pass header.i=@legit.example; dmarc=pass header.from=legit.example"
    chain = partial(
        seal, mail(ADA), domain="attack.example", results="dmarc=pass header.from=legit.example"
    )
    rows: list[tuple[str, Callable[[], bytes], frozenset[str]]] = [
        ("forged Authentication-Results of the receiver", lambda: mail(ADA, by_receiver), frozenset()),
        ("forged Authentication-Results of Amazon SES", lambda: mail(ADA, by_ses, "X-SES-DKIM-SIGNATURE: pass"), frozenset()),
        ("forged Received-SPF", lambda: mail(ADA, "Received-SPF: pass (legit.example) client-ip=192.0.2.10"), frozenset()),
        ("ARC chain sealed by the attacker", lambda: chain(key=rsa_key("mallory")), frozenset()),
        ("ARC chain sealed by the attacker, another sealer trusted", lambda: chain(key=rsa_key("mallory")), frozenset({"forwarder.example"})),
        ("ARC chain with a trusted sealer's name and the attacker's key", lambda: seal(mail(ADA), rsa_key("mallory"), "forwarder.example", "dmarc=pass header.from=legit.example"), frozenset({"forwarder.example"})),
        ("ARC chain of a trusted sealer that saw DMARC fail", lambda: seal(mail(ADA), rsa_key("forwarder"), "forwarder.example", "dmarc=fail header.from=legit.example"), frozenset({"forwarder.example"})),
        ("ARC chain of a trusted sealer that saw DMARC pass and fail", lambda: seal(mail(ADA), rsa_key("forwarder"), "forwarder.example", "dmarc=pass header.from=legit.example; dmarc=fail header.from=legit.example"), frozenset({"forwarder.example"})),
        ("ARC chain of a trusted sealer about another author", lambda: seal(mail(ADA), rsa_key("forwarder"), "forwarder.example", "dmarc=pass header.from=attack.example"), frozenset({"forwarder.example"})),
        ("ARC chain of a trusted sealer, body altered later", lambda: seal(mail(ADA), rsa_key("forwarder"), "forwarder.example", "dmarc=pass header.from=legit.example").replace(b"My notes.", b"My votes."), frozenset({"forwarder.example"})),
        ("ARC chain of a trusted sealer, sealed once more by the attacker", lambda: seal(seal(mail(ADA), rsa_key("forwarder"), "forwarder.example", "dmarc=pass header.from=legit.example"), rsa_key("mallory"), "attack.example", "arc=pass"), frozenset({"forwarder.example"})),
    ]  # fmt: skip
    return tuple(
        Case(trick=trick, make=make, outcome=UNPROVEN, sealers=sealers)
        for trick, make, sealers in rows
    )


def _envelopes() -> tuple[Case, ...]:
    """What the client says of itself, in a message without a signature."""

    def of(
        sender: str, peer: str = MALLORYS_HOST, helo: str = "mail.attack.example"
    ) -> partial[Case]:
        return partial(Case, envelope=envelope(sender, peer, helo=helo), make=lambda: mail(ADA))

    unreachable = Address("ada", "unreachable.example")
    nopolicy = Address("ada", "nopolicy.example")
    strict = Address("ada", "strict.example")
    return (
        of("ada@legit.example")(trick="victim's reverse-path from another host", outcome=UNPROVEN),
        of("ada@none.legit.example")(trick="reverse-path in a subdomain that does not exist", outcome=UNPROVEN),
        of("(ada@legit.example")(trick="reverse-path that begins with a parenthesis", outcome=UNPROVEN),
        of("@legit.example,@b.example:m@attack.example")(trick="route in the reverse-path", outcome=UNPROVEN),
        of("", helo="legit.example")(trick="null reverse-path, victim's HELO name", outcome=UNPROVEN),
        of("", LEGIT_HOST, "legit.example")(trick="null reverse-path from the victim's host", outcome=UNPROVEN),
        of("eve@legit.example", LEGIT_HOST)(trick="another user of the victim's host, unsigned", outcome=SECRET),
        of("ada@legit.example", "not an address")(trick="client without an address", outcome=UNPROVEN),
        Case(trick="SPF alone, for a domain without a DMARC policy", author=nopolicy, make=lambda: mail("ada@nopolicy.example"), envelope=envelope("ada@nopolicy.example", LEGIT_HOST), outcome=UNPROVEN),
        Case(trick="SPF alone, whether there is a policy cannot be found out", author=unreachable, make=lambda: mail("ada@unreachable.example"), envelope=envelope("ada@unreachable.example", LEGIT_HOST), outcome=DEFERRED),
        Case(trick="SPF of a subdomain, for a domain with strict alignment", author=strict, make=lambda: mail("ada@strict.example"), envelope=envelope("ada@sub.strict.example", LEGIT_HOST), outcome=UNPROVEN),
    )  # fmt: skip


def _neighbours() -> tuple[Case, ...]:
    """Domains that share a name without sharing an owner."""
    strict, tenant = Address("ada", "strict.example"), Address("ada", "ada.github.io")
    buecher = Address("ada", "xn--bcher-kva.example")
    rows: list[tuple[str, Address, Callable[[], bytes]]] = [
        ("signed by a subdomain, for a domain with strict alignment", strict, lambda: _by_mallory(mail(str(strict)), "sub.strict.example")),
        ("signed by another customer of the same public suffix", tenant, lambda: _by_mallory(mail(str(tenant)), "mallory.github.io")),
        ("umlaut domain signed by its spelling without", buecher, lambda: _by_mallory(mail("ada@b\u00fccher.example"), "bucher.example")),
    ]  # fmt: skip
    return tuple(
        Case(trick=trick, author=author, make=make, outcome=UNPROVEN)
        for trick, author, make in rows
    )


@cache
def attacks() -> tuple[Case, ...]:
    """Every row."""
    return (*_header_block(), *_signatures(), *_keys(), *_claims(), *_envelopes(), *_neighbours())
