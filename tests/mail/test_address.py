"""Addresses in the form in which they are registered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.address import Address, parse_addr_spec


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("orla@finch.example", "orla@finch.example"),
        ("Orla.Finch@FINCH.example", "orla.finch@finch.example"),
        ("orla+books@finch.example", "orla+books@finch.example"),
        ("o'finch_{1}@finch.example", "o'finch_{1}@finch.example"),
        ("orla@localhost", "orla@localhost"),
        ("orla@xn--bcher-kva.example", "orla@xn--bcher-kva.example"),
        ("orla@bücher.example", "orla@xn--bcher-kva.example"),
        ("orla@BÜCHER.example", "orla@xn--bcher-kva.example"),
        ("orla@例え.example", "orla@xn--r8jz45g.example"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    """ASCII letters are folded, the domain becomes A-labels, nothing else changes."""
    assert str(parse_addr_spec(written)) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "orla",
        "@finch.example",
        "orla@",
        "orla@@finch.example",
        "orla@finch@example",
        ".orla@finch.example",
        "orla.@finch.example",
        "or..la@finch.example",
        "or la@finch.example",
        " orla@finch.example",
        "orla@finch.example ",
        "orla@finch.example\n",
        "orla@finch.example.",
        "orla@.finch.example",
        "orla@-finch.example",
        "orla@finch_press.example",
        "orla@[192.0.2.1]",
        '"orla"@finch.example',
        '"x@attack.example"@finch.example',
        "orla(comment)@finch.example",
        "@relay.example:orla@finch.example",
        "örla@finch.example",
        "а@finch.example",  # a Cyrillic letter
        "orla@finch.example\0",
        "o" * 65 + "@finch.example",
        "orla@" + "f" * 64 + ".example",
        "orla@" + "f." * 130 + "example",
    ],
)
def test_not_plain(written: str) -> None:
    """Whatever two readers might read differently is no address here."""
    assert parse_addr_spec(written) is None


@pytest.mark.parametrize(
    "domain",
    [
        "ｆinch.example",  # full-width f
        "ﬁnch.example",  # a ligature
        "ban\u212a.example",  # the Kelvin sign, which lower-cases to k
        "finch。example",  # an ideographic full stop
        "fi\u200dnch.example",  # a joiner nobody sees
        "fi\u00adnch.example",
    ],
)
def test_unicode_equals_of_ascii_are_refused(domain: str) -> None:
    """No domain that only Unicode thinks the same becomes an ASCII domain."""
    assert parse_addr_spec(f"orla@{domain}") is None


def test_sharp_s_is_not_ss() -> None:
    """ "straße" and "strasse" are two domains with two owners (IDNA 2008)."""
    assert parse_addr_spec("orla@straße.example") == Address("orla", "xn--strae-oqa.example")


def test_homograph_is_another_address() -> None:
    """A Cyrillic look-alike domain is itself, and never the one it looks like."""
    honest, alike = parse_addr_spec("orla@paypal.example"), parse_addr_spec("orla@раураl.example")
    assert alike is not None
    assert alike != honest


@given(st.text(max_size=80))
def test_total_and_idempotent(text: str) -> None:
    """Any text gives an address or None, and a normal form is its own normal form."""
    address = parse_addr_spec(text)
    if address is not None:
        assert str(address).isascii()
        assert parse_addr_spec(str(address)) == address
