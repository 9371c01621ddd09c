"""Authentication-Results fields (RFC 8601): what somebody says a check came to.

Anybody can write such a field. It is worth something only when a machine of one's own put it on
top of the message, or when a trusted seal covers it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from margins.mail.address import Address
from margins.mail.authentication import Alignment, Authentication, Check, Method, Result
from margins.mail.header import Header

__all__ = ["Report", "Results", "authentication", "parse_results", "topmost_results"]

_MAX_VALUE = 8_192
_TOKEN = re.compile(r'\\.|["();]|\s+|[^\\"();\s]+|\\', re.DOTALL)
_RESULTS = {str(result) for result in Result}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One resinfo: `dkim=pass header.d=example.org`.

    Attributes:
        method: lower case, without its version.
        properties: ptype.property and value, in order; names in lower case.
    """

    method: str
    result: Result
    properties: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """The value of a property, or empty."""
        return dict(self.properties).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One field: who says so, and what."""

    authserv_id: str
    reports: tuple[Report, ...] = ()

    def of(self, method: Method) -> tuple[Report, ...]:
        """The reports on one method, in order."""
        return tuple(report for report in self.reports if report.method == method)


def _segments(value: str) -> list[list[str]] | None:
    """The words between semicolons, without comments; None when a quote or comment never ends."""
    segments: list[list[str]] = [[""]]
    quoted, depth = False, 0
    for piece in _TOKEN.findall(value):
        if quoted:
            quoted = piece != '"'
            segments[-1][-1] += piece.removeprefix("\\") if quoted else ""
        elif depth or piece == "(":
            depth += (piece == "(") - (piece == ")")
        elif piece == '"':
            quoted = True
        elif piece == ";":
            segments.append([""])
        elif piece.isspace():
            segments[-1].append("")
        else:
            segments[-1][-1] += piece
    if quoted or depth:
        return None
    return [[word for word in segment if word] for segment in segments]


def _report(words: list[str]) -> Report | None:
    pairs = [
        (name.lower(), value) for name, sign, value in (w.partition("=") for w in words) if sign
    ]
    if not pairs or pairs[0][1].lower() not in _RESULTS:
        return None
    (method, result), *properties = pairs
    return Report(
        method=method.partition("/")[0],
        result=Result(result.lower()),
        properties=tuple(properties),
    )


def parse_results(value: str) -> Results | None:
    """The body of the field, unfolded; None when it cannot be read. Reports of unknown results and
    the instance number of an ARC-Authentication-Results field (RFC 8617 s4.1.1) are left out.
    """
    segments = _segments(value) if len(value) <= _MAX_VALUE else None
    if segments and segments[0] and segments[0][0].lower().startswith("i="):
        segments = segments[1:]
    if not segments or not segments[0]:
        return None
    reports = (_report(words) for words in segments[1:])
    return Results(
        authserv_id=segments[0][0].lower(),
        reports=tuple(report for report in reports if report),
    )


def topmost_results(header: Header, authserv_id: str) -> Results | None:
    """The topmost field, when it is by that server; None otherwise.

    A field further down may have been there when the message arrived. Only for messages whose last
    hop is known to add the field: where it does not, the topmost is the sender's own.
    """
    fields = header.all("Authentication-Results")
    results = parse_results(fields[0].value) if fields else None
    return results if results and results.authserv_id == authserv_id.lower() else None


def authentication(results: Results, author: Address) -> Authentication:
    """What results of a trusted server show about an author: DMARC's, and nothing else.

    A dkim=pass or spf=pass is about whatever domain the sender chose. Two results of DMARC are as
    good as none: one of them may have been smuggled into the other's evidence.
    """
    reports = results.of(Method.DMARC)
    checks = tuple(
        Check(
            method=Method.RECEIPT,
            result=report.result,
            domain=author.domain,
            alignment=Alignment.STRICT,
            reason=f"dmarc={report.result} by {results.authserv_id}",
        )
        for report in reports
        if report.value("header.from").lower() == author.domain and len(reports) == 1
    )
    return Authentication(author=author, checks=checks)
