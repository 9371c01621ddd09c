"""A name that somebody else points at this machine is not the console's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..conftest import Console


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example",
        "localhost@evil.example", "evil.example:127.0.0.1", "[evil.example]:8090", "", "2130706433",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/accounts", "/static/console.css"])
def test_other_names_are_refused(untouched: Console, host: str, path: str) -> None:
    """Nothing is answered to them, pages and files alike."""
    answer = untouched.http.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert "token" not in answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8090", "localhost:8090", "LOCALHOST", "[::1]:8090", "192.0.2.7"]
)
def test_this_machine_is_known(untouched: Console, host: str) -> None:
    """By localhost and by any address: nobody can point an address elsewhere."""
    assert untouched.http.get("/", headers={"Host": host}).status_code == 200


def test_names_of_the_operator(open_: Callable[..., Console]) -> None:
    """A name in the settings is the console's."""
    console = open_(console_names=("Notes.example.org",))
    assert console.http.get("/", headers={"Host": "notes.example.org"}).status_code == 200
    assert console.http.get("/", headers={"Host": "other.example.org"}).status_code == 421


def test_two_names_are_none(untouched: Console) -> None:
    """A request that names two hosts is read differently by different readers."""
    answer = untouched.http.get("/", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert answer.status_code == 421
