"""Whom a To or Cc field names: addresses, and nothing that only looks like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.recipients import named_addresses, named_among, one_account_each


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("notes@in.example", {"notes@in.example"}),
        ("Notes <Notes@In.Example>, b@c.example", {"notes@in.example", "b@c.example"}),
        ("Doe, Ada <ada@a.example>", {"ada@a.example"}),
        ('"Doe, Ada" <ada@a.example>,\r\n notes@in.example', {"ada@a.example", "notes@in.example"}),
        ("Friends: a@a.example, B <b@b.example>; c@c.example", {f"{n}@{n}.example" for n in "abc"}),
        ("a@a.example (Ada (at home))", {"a@a.example"}),
        ("a@b\u00fccher.example", {"a@xn--bcher-kva.example"}),
    ],
)  # fmt: skip
def test_who_is_named(value: str, named: set[str]) -> None:
    """Mailboxes bare or in angle brackets, folded, in lists and in groups."""
    assert set(map(str, named_addresses(value))) == named


@pytest.mark.parametrize(
    "value",
    [
        '"notes@in.example" <friend@elsewhere.example>',
        "notes@in.example <friend@elsewhere.example>",
        '"x <notes@in.example>" <friend@elsewhere.example>',
        r'"\" <notes@in.example>, \"" <friend@elsewhere.example>',
        "friend@elsewhere.example (notes@in.example)",
        'friend@elsewhere.example (", notes@in.example, ")',
        "friend@elsewhere.example (\\), notes@in.example, )",
        "notes@in.example: friend@elsewhere.example;",
        "=?utf-8?q?notes@in.example?= <friend@elsewhere.example>",
        '"a", "notes@in.example" <friend@elsewhere.example>',
        "<friend@elsewhere.example>",
    ],
)
def test_words_beside_an_address_are_no_address(value: str) -> None:
    """Names, comments, quoted strings and encoded words never are, however they are nested."""
    assert set(map(str, named_addresses(value))) <= {"friend@elsewhere.example"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "undisclosed-recipients:;",
        '"notes@in.example',
        "(notes@in.example",
        "<notes@in.example",
        "notes@in.example>",
        "<friend@elsewhere.example> notes@in.example",
        "<friend@elsewhere.example> <notes@in.example>",
        "<@attack.example:notes@in.example>",
        "a: b: notes@in.example;",
        '"notes"@in.example',
        "notes@in.example.",
        "notes @in.example",
    ],
)
def test_what_can_be_read_in_two_ways_names_nobody(value: str) -> None:
    """Routes, stray brackets, quotes that never end."""
    assert not named_addresses(value)


@given(st.text(alphabet='ab@.,:;<>()"\\ =?', max_size=60))
def test_it_is_total_and_blind_to_a_quoted_name(value: str) -> None:
    """Nothing makes it raise, and no name in quotes adds an address."""
    named_addresses(value)
    name = value.replace("\\", "\\\\").replace('"', '\\"')
    assert set(map(str, named_addresses(f'"{name}" <ada@a.example>'))) == {"ada@a.example"}


@pytest.mark.parametrize("unit", ['"', "(", "<", ",", "\\", "a,", "<a@b.example>,", '"\\'])
def test_it_takes_linear_time(unit: str) -> None:
    """The longest field there can be is read in half a second."""
    began = time.process_time()
    named_addresses(unit * (128 * 1024 // len(unit)))
    assert time.process_time() - began < 0.5


SECRET = "u-" + "a" * 32


def test_without_an_envelope_a_message_is_for_those_of_ours_it_names() -> None:
    """Served ones, and secret ones wherever they are; a name in quotes is nobody."""
    values = (
        '"import@in.example" <friend@else.example>, Import@in.example',
        f"<{SECRET}@x.example>",
    )
    found = named_among(values, lambda address: address.domain == "in.example")
    assert found == ("import@in.example", f"{SECRET}@x.example")


def test_no_mail_has_two_accounts() -> None:
    """Each secret address gets a mail of its own; the other recipients stand in the first."""
    other = "u-" + "b" * 32 + "@in.example"
    assert one_account_each((f"{SECRET}@in.example", "import@in.example", other)) == [
        (f"{SECRET}@in.example", "import@in.example"),
        (other,),
    ]
    assert one_account_each(("import@in.example",)) == [("import@in.example",)]
