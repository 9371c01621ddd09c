"""All checks of a message together, and what the gate makes of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cases import envelope
from domains import LEGIT_HOST, MALLORYS_HOST, zone
from hypothesis import given
from hypothesis import strategies as st
from signing import NOW, mail, rsa_key, seal, sign

from margins.authentication import authenticate
from margins.authentication.lookups import Lookups
from margins.errors import Unavailable
from margins.mail import Address, Envelope
from margins.mail.authentication import Authentication, Method, Result
from margins.testing.resolver import FakeResolver

ADA = Address("ada", "legit.example")
FROM_LEGIT_HOST = envelope("ada@legit.example", LEGIT_HOST)
FROM_ANYWHERE = envelope("m@attack.example", MALLORYS_HOST)
NAMES = zone()


def found(
    content: bytes,
    sent: Envelope = FROM_ANYWHERE,
    *,
    author: Address = ADA,
    silent: tuple[str, ...] = (),
) -> Authentication:
    """What is found out while some names are not answered for."""
    return authenticate(content, sent, author, FakeResolver(NAMES, silent=silent), now=NOW)


def signed(sender: str = "ada@legit.example", domain: str = "legit.example") -> bytes:
    """A message with one good signature."""
    return sign(mail(sender), rsa_key("legit"), domain)


def test_a_proof_is_about_one_author() -> None:
    """What proves Ada proves nobody else, of her own domain neither."""
    proven = found(signed())
    assert proven.proves(ADA)
    assert not proven.proves(Address("eve", "legit.example"))


def test_without_an_author_nothing_is_looked_up() -> None:
    """A message without a single author costs no look-up and has no checks."""
    resolver = FakeResolver(NAMES)
    result = authenticate(signed(), FROM_ANYWHERE, None, resolver, now=NOW)
    assert (result.checks, resolver.asked) == ((), [])


def test_every_method_is_reported() -> None:
    """The log says what SPF, DKIM and DMARC came to, in the words of RFC 8601."""
    report = str(found(signed(), FROM_LEGIT_HOST))
    assert "spf=pass (strict alignment)" in report
    assert "dkim=pass (strict alignment, 2048-bit key) header.d=legit.example" in report
    assert 'dmarc=pass (strict alignment) reason="p=none at legit.example"' in report


def test_spf_is_half_a_proof() -> None:
    """An aligned host proves nothing by itself, but counts beside the secret address."""
    half = found(mail("ada@legit.example"), FROM_LEGIT_HOST)
    assert half.spf_aligned(ADA)
    assert not half.proves(ADA)
    assert not half.spf_aligned(Address("eve", "legit.example"))


@pytest.mark.parametrize(
    ("sender", "peer"),
    [
        ("ada@legit.example", MALLORYS_HOST),
        ("m@attack.example", MALLORYS_HOST),
        ("", LEGIT_HOST),
        ('"ada"@legit.example', LEGIT_HOST),
    ],
)
def test_spf_of_anything_else_is_nothing(sender: str, peer: str) -> None:
    """Neither another host, nor another domain, nor a reverse-path that is not plain."""
    assert not found(mail("ada@legit.example"), envelope(sender, peer)).spf_aligned(ADA)


@pytest.mark.parametrize("peer", ["", "list", "mail.legit.example", "192.0.2.10/8", "192.0.2.010"])
def test_spf_needs_an_address(peer: str) -> None:
    """A peer without a plain IP address is no host that anybody may have named."""
    result = found(mail("ada@legit.example"), envelope("ada@legit.example", peer))
    (check,) = (c for c in result.checks if c.method is Method.SPF)
    assert check.result is Result.NONE


def test_spf_without_a_policy_is_nothing() -> None:
    """A domain without a DMARC policy never said that its hosts speak for its From fields."""
    author = Address("ada", "nopolicy.example")
    half = found(mail(str(author)), envelope(str(author), LEGIT_HOST), author=author)
    assert not half.spf_aligned(author)


@pytest.mark.parametrize("silent", ["mail._domainkey.legit.example", "legit.example"])
def test_a_failing_look_up_defers(silent: str) -> None:
    """While the key or the SPF record cannot be had, nothing is proven and nothing is refused."""
    content = mail("ada@legit.example") if silent == "legit.example" else signed()
    waiting = found(content, FROM_LEGIT_HOST, silent=(silent,))
    assert waiting.unsettled
    assert not waiting.proves(ADA)


def test_an_unknown_policy_defers_a_relaxed_alignment() -> None:
    """Only the policy says whether the organisation may sign for its subdomain."""
    author = Address("ada", "news.legit.example")
    content = signed(str(author))
    silent = ("_dmarc.news.legit.example",)
    assert found(content, author=author).proves(author)
    waiting = found(content, author=author, silent=silent)
    assert waiting.unsettled
    assert not waiting.proves(author)


def test_an_unknown_policy_does_not_matter_to_a_strict_alignment() -> None:
    """A domain's own signature is enough under any policy."""
    proven = found(signed(), silent=("_dmarc.legit.example",))
    assert proven.proves(ADA)
    assert not proven.unsettled


def test_a_proof_that_is_not_addressed_leaves_the_doubt_of_one_that_may_be() -> None:
    """One signature without To holds, the key of one with To cannot be had: asked again later."""
    addressed = sign(mail("ada@legit.example"), rsa_key("legit"), "legit.example", "slow")
    both = sign(addressed, rsa_key("legit"), "legit.example", signed=("from", "subject"))
    waiting = found(both, silent=("slow._domainkey.legit.example",))
    assert waiting.proves(ADA)
    assert waiting.unsettled
    other_way = sign(signed(), rsa_key("legit"), "legit.example", "slow")
    assert not found(other_way, silent=("slow._domainkey.legit.example",)).unsettled


def test_a_silent_spf_record_says_nothing_about_whom_a_proof_was_for() -> None:
    """What somebody else was sent stays refused while the author's host cannot be looked up."""
    content = sign(mail("ada@legit.example", to="x@y.example"), rsa_key("legit"), "legit.example")
    assert not found(content, FROM_LEGIT_HOST, silent=("legit.example",)).unsettled


def test_mallorys_broken_name_servers_defer_nothing() -> None:
    """Look-ups that fail for other domains than the author's leave no doubt."""
    content = sign(mail("ada@legit.example"), rsa_key("mallory"), "attack.example")
    silent = ("attack.example", "mail._domainkey.attack.example")
    assert not found(content, silent=silent).unsettled


def test_arc_is_not_looked_at_unless_a_sealer_is_trusted() -> None:
    """Without sealers in the settings a chain is not even read."""
    content = seal(mail("ada@legit.example"), rsa_key("forwarder"), "forwarder.example", "none")
    assert Method.ARC not in {check.method for check in found(content).checks}


def test_spf_stops_at_two_names_that_are_not_there() -> None:
    """A record that leads nowhere three times is an error of its domain (RFC 7208 s4.6.4)."""
    record = "v=spf1 a:1.none.example a:2.none.example a:3.none.example a:4.none.example +all"
    names = {**NAMES, "legit.example": [("TXT", record)]}
    resolver = FakeResolver(names)
    result = authenticate(mail("ada@legit.example"), FROM_LEGIT_HOST, ADA, resolver, now=NOW)
    (check,) = (c for c in result.checks if c.method is Method.SPF)
    assert check.result is Result.PERMERROR
    assert len([name for name, _ in resolver.asked if name.endswith("none.example")]) == 3


def test_spf_stops_at_ten_look_ups() -> None:
    """A chain of includes without an end is cut off after ten (RFC 7208 s4.6.4)."""
    names = {
        f"{n}.legit.example": [("TXT", f"v=spf1 include:{n + 1}.legit.example")] for n in range(99)
    }
    names["legit.example"] = [("TXT", "v=spf1 include:0.legit.example")]
    resolver = FakeResolver(names)
    result = authenticate(mail("ada@legit.example"), FROM_LEGIT_HOST, ADA, resolver, now=NOW)
    (check,) = (c for c in result.checks if c.method is Method.SPF)
    assert check.result is Result.PERMERROR
    assert len(resolver.asked) <= 13


def test_a_log_line_stays_one_line() -> None:
    """A hostile SPF record cannot break out of the line that reports it."""
    names = {**NAMES, "legit.example": [("TXT", b"v=spf1 \r\nforged=1")]}
    result = authenticate(
        mail("ada@legit.example"), FROM_LEGIT_HOST, ADA, FakeResolver(names), now=NOW
    )
    assert str(result).isprintable()


def test_look_ups_stop_when_the_time_is_up() -> None:
    """Slow name servers hold a message up for the time given and not much longer."""
    ticks = iter(range(0, 1_000, 4))
    lookups = Lookups(FakeResolver(NAMES), seconds=10, clock=lambda: float(next(ticks)))
    for name in ("legit.example", "attack.example", "strict.example"):
        assert lookups.texts(name)
    with pytest.raises(Unavailable, match="too long"):
        lookups.texts("notlegit.example")


def test_a_question_is_asked_once() -> None:
    """Two signatures with one key cost one look-up."""
    resolver = FakeResolver(NAMES)
    content = sign(signed(), rsa_key("legit"), "legit.example")
    authenticate(content, FROM_ANYWHERE, ADA, resolver, now=NOW)
    assert len(resolver.asked) == len(set(resolver.asked))


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_it_is_total(content: bytes, sender: str, peer: str, helo: str) -> None:
    """No message and no envelope makes it raise, and junk proves nothing."""
    sent = Envelope(reverse_path=sender, forward_paths=(sender,), peer=peer, helo=helo)
    assert not found(content, sent).proves(ADA)


@given(st.binary(max_size=80))
def test_it_is_total_over_what_names_publish(record: bytes) -> None:
    """No record of the author's domain makes it raise."""
    names = {
        "legit.example": [("TXT", b"v=spf1 " + record)],
        "_dmarc.legit.example": [("TXT", b"v=DMARC1; " + record)],
        "mail._domainkey.legit.example": [("TXT", b"p=" + record)],
    }
    result = authenticate(signed(), FROM_LEGIT_HOST, ADA, FakeResolver(names), now=NOW)
    assert not result.proves(ADA)


def test_importing_it_is_cheap() -> None:
    """dkimpy, pyspf, dnspython and the suffix list are loaded when the first message comes."""
    source = Path(__file__).parents[2] / "src"
    code = (
        "import sys; import margins.authentication; "
        "print({'dkim', 'spf', 'dns', 'publicsuffixlist'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
