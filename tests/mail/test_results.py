"""Authentication-Results fields (RFC 8601)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail import Address, parse
from margins.mail.authentication import Method, Result
from margins.mail.results import Report, authentication, parse_results, topmost_results

ADA = Address("ada", "legit.example")


def test_a_field_is_read() -> None:
    """Server, methods, results and properties, without comments."""
    found = parse_results(
        "mx.in.example (our MX (really)); dkim=pass (2048-bit key) header.d=legit.example "
        'header.i="@legit.example"; spf=softfail smtp.mailfrom=ada+x=y@other.example'
    )
    assert found is not None
    assert found.authserv_id == "mx.in.example"
    assert found.reports == (
        Report(
            method="dkim",
            result=Result.PASS,
            properties=(("header.d", "legit.example"), ("header.i", "@legit.example")),
        ),
        Report(
            method="spf",
            result=Result.SOFTFAIL,
            properties=(("smtp.mailfrom", "ada+x=y@other.example"),),
        ),
    )


@pytest.mark.parametrize(
    ("value", "methods"),
    [
        ("mx.in.example; none", []),
        ("mx.in.example", []),
        ("mx.in.example 1; DKIM/1=PASS", ["dkim"]),
        ('mx.in.example; dkim=fail reason="a; dmarc=pass header.from=legit.example"', ["dkim"]),
        ("mx.in.example; (dmarc=pass;) spf=none", ["spf"]),
        (r'mx.in.example; spf=none reason="\"; dmarc=pass"', ["spf"]),
        ("mx.in.example; dmarc=splendid; spf=none", ["spf"]),
        ("i=1; mx.in.example; arc=none", ["arc"]),
    ],
)
def test_what_is_a_report(value: str, methods: list[str]) -> None:
    """Quotes and comments hide what is in them; unknown results are left out."""
    found = parse_results(value)
    assert found is not None
    assert found.authserv_id == "mx.in.example"
    assert [report.method for report in found.reports] == methods


@pytest.mark.parametrize("value", ["", ";", "; dkim=pass", 'a; b="c', "a; (b", "x" * 9_000])
def test_what_cannot_be_read(value: str) -> None:
    """No server, or a quote or comment without an end, is nothing."""
    assert parse_results(value) is None


@given(st.text(alphabet='ab=;()"\\ .\t', max_size=60))
def test_it_is_total(value: str) -> None:
    """No field raises."""
    parse_results(value)


def _message(*fields: str) -> bytes:
    lines = [f"Authentication-Results: {field}" for field in fields]
    return "\r\n".join([*lines, "From: ada@legit.example", "", "Hi"]).encode()


PASSED = "mx.in.example; dmarc=pass (p=NONE) header.from=Legit.Example"


def test_only_the_topmost_field_counts() -> None:
    """What stands below another server's field may have come with the message."""
    header = parse(_message("elsewhere.example; dmarc=fail", PASSED)).header
    assert topmost_results(header, "mx.in.example") is None
    header = parse(_message(PASSED, "elsewhere.example; none")).header
    assert topmost_results(header, "MX.in.example") is not None
    assert topmost_results(parse(_message()).header, "mx.in.example") is None


@pytest.mark.parametrize(
    ("value", "proven", "unsettled"),
    [
        (PASSED, True, False),
        ("mx.in.example; dmarc=fail header.from=legit.example", False, False),
        ("mx.in.example; dmarc=temperror header.from=legit.example", False, True),
        ("mx.in.example; dmarc=pass header.from=other.example", False, False),
        ("mx.in.example; dmarc=pass", False, False),
        ("mx.in.example; dkim=pass header.d=legit.example", False, False),
        (f"{PASSED}; dmarc=fail header.from=legit.example", False, False),
        (f"{PASSED}; dmarc=fail header.from=other.example", False, False),
    ],
)
def test_what_a_trusted_field_shows(value: str, proven: bool, unsettled: bool) -> None:
    """DMARC's result for the author's own domain, when there is only one; nothing else."""
    results = parse_results(value)
    assert results is not None
    found = authentication(results, ADA)
    assert found.proves(ADA) is proven
    assert found.unsettled is unsettled
    assert {check.method for check in found.checks} <= {Method.RECEIPT}
