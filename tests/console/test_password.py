"""Checking the password: who gets in, who is asked, who has to wait."""

from __future__ import annotations

from base64 import b64encode

import pytest

from margins.console.password import MOST_WRONG, WINDOW_SECONDS, Access, Password

RIGHT = "correct horse battery"


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def basic(password: str, user: str = "me") -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("user", ["me", "", "anybody", "wörld"])
def test_the_right_password(user: str) -> None:
    """It opens the door under any user name."""
    assert Password(RIGHT).check(basic(RIGHT, user), "192.0.2.1") is Access.GRANTED


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ***", "Bearer abc", basic("wrong"), basic(""), basic(RIGHT + "x")],
)
def test_anything_else_is_asked_again(header: str) -> None:
    """Nothing, another scheme, damage, a wrong password."""
    assert Password(RIGHT).check(header, "192.0.2.1") is Access.ASK


def test_too_many_wrong_ones() -> None:
    """After ten wrong passwords even the right one waits until the minute is over."""
    clock = Clock()
    password = Password(RIGHT, clock=clock)
    for _ in range(MOST_WRONG):
        assert password.check(basic("guess"), "192.0.2.1") is Access.ASK
    assert password.check(basic(RIGHT), "192.0.2.1") is Access.LATER
    clock.now += WINDOW_SECONDS
    assert password.check(basic(RIGHT), "192.0.2.1") is Access.GRANTED


def test_one_network_does_not_lock_out_another() -> None:
    """Only the network that guessed has to wait."""
    password = Password(RIGHT, clock=Clock())
    for _ in range(MOST_WRONG):
        password.check(basic("guess"), "192.0.2.1")
    assert password.check(basic(RIGHT), "192.0.2.2") is Access.GRANTED


def test_an_ipv6_host_is_its_64() -> None:
    """Another address of the same /64 is the same guesser."""
    password = Password(RIGHT, clock=Clock())
    for n in range(MOST_WRONG):
        password.check(basic("guess"), f"2001:db8::{n:x}")
    assert password.check(basic(RIGHT), "2001:db8::ffff") is Access.LATER
    assert password.check(basic(RIGHT), "2001:db8:0:1::1") is Access.GRANTED


def test_asking_without_a_password_is_no_guess() -> None:
    """A browser's first request carries none; that never locks anybody out."""
    password = Password(RIGHT, clock=Clock())
    for _ in range(5 * MOST_WRONG):
        password.check("", "192.0.2.1")
    assert password.check(basic(RIGHT), "192.0.2.1") is Access.GRANTED
