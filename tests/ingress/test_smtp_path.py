"""Paths in MAIL and RCPT."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.ingress.smtp.path import NULL_PATH, parse_path


@pytest.mark.parametrize(
    ("argument", "path", "rest"),
    [
        ("<ada@example.org>", "ada@example.org", ""),
        ("<ada@example.org> SIZE=10 BODY=8BITMIME", "ada@example.org", " SIZE=10 BODY=8BITMIME"),
        ("<>", NULL_PATH, ""),
        ("<> SIZE=10", NULL_PATH, " SIZE=10"),
        ('<"ada b"@example.org>', '"ada b"@example.org', ""),
        ("<ada@[192.0.2.1]>", "ada@[192.0.2.1]", ""),
        ("<prvs=144d0cba7=ada@example.org>", "prvs=144d0cba7=ada@example.org", ""),
        ("<дарья@пример.example>", "дарья@пример.example", ""),
    ],
)
def test_paths_are_read(argument: str, path: str, rest: str) -> None:
    """What mail servers really send."""
    assert parse_path(argument) == (path, rest)


@pytest.mark.parametrize(
    "argument",
    [
        "ada@example.org",
        "<ada@example.org",
        "<ada>",
        "<(any@legit.example>",
        "<@a.example,@b.example:ada@legit.example>",
        "<ada@legit.example><eve@attack.example>",
        "< ada@example.org>",
        "<ada@example.org\t>",
        "<ada\udcff@example.org>",
        f"<{'x' * 65}@example.org>",
        f"<ada@{'x' * 300}.example>",
        "<ada@example.org>SIZE=10",
        "",
    ],
)
def test_ambiguous_paths_are_malformed(argument: str) -> None:
    """Comments, routes, two addresses, white space: what readers differ about."""
    assert parse_path(argument) == (None, None)


@pytest.mark.parametrize("unit", ["(", '"', "<", '<"', '<"\\', "@", "<a@", "\\"])
def test_time_is_linear(unit: str) -> None:
    """The brackets that exhaust the standard library's parser cost nothing."""
    began = time.process_time()
    parse_path("<" + unit * 500_000)
    assert time.process_time() - began < 0.2


@given(st.text())
def test_it_is_total(argument: str) -> None:
    """Any text is a path or is not."""
    path, rest = parse_path(argument)
    assert (path is None) == (rest is None)
