"""Signatures: what counts, what it costs, and what can never happen."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256

import dkim
import pytest
from dkim.canonicalization import CanonicalizationPolicy
from domains import zone
from hypothesis import given
from hypothesis import strategies as st
from signing import NOW, mail, rsa_key, sign

from margins.authentication.body import Body, divide
from margins.authentication.dkim import check_signatures
from margins.authentication.lookups import Lookups
from margins.mail import Address
from margins.mail.authentication import Alignment, Check, Result
from margins.testing.resolver import FakeResolver

ADA = Address("ada", "legit.example")
MAIL = mail("Ada <ada@legit.example>")


def checks(
    content: bytes,
    *,
    author: Address = ADA,
    recipients: Sequence[str] = (),
    resolver: FakeResolver | None = None,
) -> tuple[Check, ...]:
    """The signatures of a message, held against Ada."""
    lookups = Lookups(resolver or FakeResolver(zone()))
    return check_signatures(
        divide(content), author, recipients=recipients, now=NOW, lookups=lookups
    )


def signed(content: bytes = MAIL, **tags: str) -> bytes:
    """The message signed by Ada's domain."""
    return sign(content, rsa_key("legit"), "legit.example", **tags)


def test_a_signature_comes_with_its_evidence() -> None:
    """Domain, selector, key length and alignment of a good signature are recorded."""
    (check,) = checks(signed())
    assert (check.result, check.alignment) == (Result.PASS, Alignment.STRICT)
    assert (check.domain, check.selector, check.key_bits) == ("legit.example", "mail", 2048)


@pytest.mark.parametrize(
    ("to", "recipient", "addressed"),
    [
        ("notes@in.example", "notes@in.example", True),
        ("Notes <Notes@In.Example>, b@c.example", "notes@in.example", True),
        ("a@b.example,notes@in.example", "notes@in.example", True),
        ("friend@elsewhere.example", "notes@in.example", False),
        ("xnotes@in.example", "notes@in.example", False),
        ("notes@in.example.org", "notes@in.example", False),
        ('"notes@in.example" <friend@elsewhere.example>', "notes@in.example", False),
        ("friend@elsewhere.example (notes@in.example)", "notes@in.example", False),
    ],
)
def test_who_was_meant(to: str, recipient: str, addressed: bool) -> None:
    """A signed To field that names the recipient shows that the message was meant for here."""
    (check,) = checks(signed(mail("ada@legit.example", to=to)), recipients=[recipient])
    assert check.result is Result.PASS
    assert check.addressed is addressed


def test_an_unsigned_recipient_does_not_count() -> None:
    """A To field outside of the signature can be anybody's."""
    names = ("from", "subject", "date")
    content = sign(MAIL, rsa_key("legit"), "legit.example", signed=names)
    (check,) = checks(content, recipients=["notes@in.example"])
    assert (check.result, check.addressed) == (Result.PASS, False)


def test_another_domain_is_never_asked() -> None:
    """The name servers of whoever else signed do not learn of the message."""
    resolver = FakeResolver(zone())
    (check,) = checks(sign(MAIL, rsa_key("mallory"), "attack.example"), resolver=resolver)
    assert (check.result, resolver.asked) == (Result.NEUTRAL, [])


@pytest.mark.parametrize("form", [b"relaxed/relaxed", b"simple/simple"])
def test_the_body_is_read_only_for_who_holds_the_key(
    form: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's signature is refused by its key; ten good ones have the body read once."""
    read: list[bool] = []
    canonical = Body.canonical

    def counted(body: Body, *, relaxed: bool) -> Iterator[bytes]:
        read.append(relaxed)
        return canonical(body, relaxed=relaxed)

    monkeypatch.setattr(Body, "canonical", counted)
    checks(sign(MAIL, rsa_key("mallory"), "legit.example", canonical=form))
    checks(signed().replace(b"s=mail;", b"s=absent;"))
    assert read == []
    good = sign(MAIL, rsa_key("legit"), "legit.example", canonical=form)
    found = checks(good[: -len(MAIL)] * 10 + MAIL)
    assert [check.result for check in found] == [Result.PASS] * 10
    assert read == [form.startswith(b"relaxed")]


def test_ten_signatures_are_verified_and_fifty_named() -> None:
    """However many signatures a message has, ten keys are fetched at most."""
    resolver = FakeResolver(zone())
    header = signed()[: -len(MAIL)]
    fields = [header.replace(b"s=mail;", b"s=m%d;" % n) for n in range(60)]
    found = checks(b"".join(fields) + MAIL, resolver=resolver)
    assert (len(found), len(resolver.asked)) == (50, 10)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What an attacker wrote into a signature does not reach the log by way of dkimpy."""
    checks(signed().replace(b"d=legit.example", b"d=legit.example; d=x"))
    checks(sign(MAIL, rsa_key("mallory"), "legit.example"))
    assert caplog.records == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"v=1", b"v=2"),
        (b" d=legit.example;", b""),
        (b" b=", b" b=!"),
        (b" bh=", b" bh=!!"),
        (b"c=relaxed/relaxed", b"c=strange"),
        (b"t=", b"t=x"),
        (b"t=", b"t=" + b"9" * 5_000),
        (b" d=legit.example;", b" d=legit.example; q=https;"),
        (b" d=legit.example;", b" d=legit.example; i=@other.example;"),
        (b" d=legit.example;", b" d=legit.example; i=legit.example;"),
        (b" d=legit.example;", b" d=legit.example; l=-1;"),
        (b"a=rsa-sha256", b"a=rsa-md5"),
        (b"a=rsa-sha256", b"a=ed25519-sha256"),
        (b" d=legit.example;", b" d=l\xc3\xa9git.example;"),
        (b" v=1;", b" v=1; ;=;"),
        (b" v=1;", b" v=1; z=" + b"x" * 9_000 + b";"),
        (b" v=1;", b" v=1; z=" + b" " * 200 + b";"),
        (b" h=from", b" h=" + b"x:" * 300 + b"from"),
    ],
)
def test_a_damaged_signature_is_a_result(old: bytes, new: bytes) -> None:
    """Whatever is wrong with the field, it is told as a permanent error and nothing is raised."""
    content = signed()
    assert old in content
    (check,) = checks(content.replace(old, new, 1))
    assert check.result is Result.PERMERROR
    assert check.reason


@pytest.mark.parametrize(
    ("selector", "tags", "result", "reason"),
    [
        ("mail", {"l": "5"}, Result.POLICY, "l= does not cover the whole body"),
        ("mail", {"algorithm": "rsa-sha1"}, Result.POLICY, "rsa-sha1 shows nothing any more"),
        ("testing", {}, Result.POLICY, "published for tests"),
        ("short512", {}, Result.POLICY, "a key of 512 bits"),
        ("exponent", {}, Result.POLICY, "exponent is too large"),
        ("revoked", {}, Result.PERMERROR, "revoked"),
        ("two", {}, Result.PERMERROR, "more than one key"),
        ("long", {}, Result.PERMERROR, "record is too long"),
        ("service", {}, Result.PERMERROR, "not for mail"),
        ("sha1", {}, Result.PERMERROR, "not for this digest"),
        ("ed", {}, Result.PERMERROR, "not for this algorithm"),
        ("absent", {}, Result.PERMERROR, "no key"),
        ("mail", {"x": "1"}, Result.FAIL, "expired"),
        ("mail", {"t": "99999999999"}, Result.FAIL, "from the future"),
    ],
)
def test_the_reason_is_told(
    selector: str, tags: dict[str, str], result: Result, reason: str
) -> None:
    """The operator can see from the log why a signature did not count."""
    content = sign(MAIL, rsa_key("legit"), "legit.example", selector, **tags)
    (check,) = checks(content)
    assert check.result is result
    assert reason in check.reason


def test_a_second_from_spoils_every_signature() -> None:
    """Also where the second one came before the signature was made."""
    twice = b"From: eve@legit.example\r\n" + MAIL
    (check,) = checks(sign(twice, rsa_key("legit"), "legit.example", signed=("from", "from")))
    assert check.result is Result.PERMERROR


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n", b" continuation\r\n\r\n", b"no colon\r\n\r\n", b":\r\n\r\n", b"From: a\r\n" * 2],
)
def test_an_unreadable_message_is_a_result(content: bytes) -> None:
    """dkimpy raises on such header blocks; here they carry a permanent error or no signature."""
    assert all(check.result is Result.PERMERROR for check in checks(content))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3)), min_size=1, max_size=4))
def test_damage_never_raises_and_never_helps(edits: list[tuple[int, bytes]]) -> None:
    """Bytes replaced anywhere: no exception, and what still passes has its From and body intact."""
    content = bytearray(signed())
    for place, new in edits:
        at = place % len(content)
        content[at : at + len(new)] = new
    for check in checks(bytes(content)):
        if check.result is Result.PASS:
            assert b"ada@legit.example" in content
            assert bytes(content).rstrip().endswith(b"My notes.")


_PIECES = [b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"a", b"b  c", b" \r\n"]
_BODY = st.lists(st.sampled_from(_PIECES))


@given(
    _BODY, st.sampled_from([b"simple/simple", b"relaxed/relaxed", b"relaxed", b"simple/relaxed"])
)
def test_the_body_is_what_dkimpy_sees(pieces: list[bytes], form: bytes) -> None:
    """The linear canonicalisation agrees with dkimpy's for every body."""
    content = b"".join(pieces)
    _, theirs = dkim.rfc822_parse(b"\r\n" + content)
    canonical = CanonicalizationPolicy.from_c_value(form).canonicalize_body(theirs)
    tags = {b"c": form, b"bh": base64.b64encode(sha256(canonical).digest())}
    assert Body(content).defect(tags) is None
    assert Body(content).defect({**tags, b"l": b"%d" % len(canonical)}) is None
    assert Body(content).defect({**tags, b"l": b"%d" % (len(canonical) + 1)}) is not None
    assert Body(content + b"x").defect(tags) is not None


@given(st.lists(st.sampled_from([*_PIECES, b"From: a", b"X: b\r\n", b"X: b\n"])))
def test_the_message_is_divided_where_dkimpy_divides_it(pieces: list[bytes]) -> None:
    """Header block and body of any message are the same for both."""
    content = b"".join(pieces)
    try:
        header, body = dkim.rfc822_parse(content)
    except (dkim.MessageFormatError, IndexError):
        return
    ours, rest = divide(content)
    assert dkim.rfc822_parse(ours) == (header, b"")
    canonical = CanonicalizationPolicy.from_c_value(b"simple/simple").canonicalize_body(body)
    assert b"".join(rest.canonical(relaxed=False)) == canonical


def test_dkimpy_agrees_about_good_and_bad() -> None:
    """The whole path gives dkimpy's own answer for messages dkimpy judges rightly."""
    record = rsa_key("legit").record()
    for content in (signed(), signed() + b"more\r\n", signed().replace(b"Notes", b"Votes", 1)):
        theirs = dkim.verify(content, dnsfunc=lambda *_, **__: record)
        (ours,) = checks(content)
        assert (ours.result is Result.PASS) is theirs


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(" " * 60_000 + "x", id="a line of spaces"),
        pytest.param("\t " * 30_000 + "x", id="a line of tabs and spaces"),
        pytest.param("\n" * 60_000 + "x", id="empty lines"),
        pytest.param("\n" * 60_000, id="empty lines at the end"),
    ],
)
def test_white_space_takes_linear_time(body: str) -> None:
    """Ten signatures over a body that takes dkimpy many seconds are checked in one."""
    content = mail("ada@legit.example", body=body * 8)
    header = signed(mail("ada@legit.example"))[: -len(mail("ada@legit.example"))]
    began = time.process_time()
    found = checks(header * 10 + content)
    assert time.process_time() - began < 1
    assert {check.result for check in found} == {Result.FAIL}
