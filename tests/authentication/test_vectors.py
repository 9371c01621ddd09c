"""The published test suites: SPF (RFC 7208 and 4408), ARC (RFC 8617), DKIM (RFC 6376, 8463)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from margins.authentication.arc import check_chain
from margins.authentication.dkim import check_signatures
from margins.authentication.lookups import Lookups
from margins.authentication.spf import check_host
from margins.mail import Address
from margins.mail.authentication import Check, Result
from margins.testing.resolver import FakeResolver, Zone

NOBODY = Address("nobody", "nowhere.example")


def _text(data: object) -> bytes:
    joined = "".join(data) if isinstance(data, list) else str(data)
    return joined.encode("utf-8")


def _spf_zone(data: dict[str, list[Any]]) -> tuple[Zone, set[str]]:
    """A zone of the SPF suites; where a name has no TXT record, its SPF records stand for them."""
    zone: dict[str, list[tuple[str, str | bytes]]] = {}
    silent = set()
    for name, entries in data.items():
        records = [next(iter(e.items())) for e in entries if isinstance(e, dict)]
        texts = [value for kind, value in records if kind == "TXT"]
        if "TIMEOUT" in entries and set(texts) <= {"NONE"}:
            silent.add(name.lower())
        if not texts:
            records = [("TXT" if kind == "SPF" else kind, value) for kind, value in records]
        known = zone.setdefault(name.lower(), [])
        for kind, value in records:
            if kind == "MX":
                known.append((kind, f"{value[0]} {value[1] or '.'}"))
            elif kind != "TXT":
                known.append((kind, str(value)))
            elif value != "NONE":
                known.append((kind, _text(value)))
    return zone, silent


class _Loader(yaml.SafeLoader):
    """Keeps both cases where a suite uses one name twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            while key.value in seen:
                key.value += " again"
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _scenarios(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as text:
        yield from yaml.load_all(text, Loader=_Loader)


@pytest.mark.parametrize(("suite", "size"), [("rfc7208", 203), ("rfc4408", 191)])
def test_spf_suite(suite: str, size: int, shared: Path) -> None:
    """Every case of the openspf.org suites gives a result that the suite allows, no exceptions."""
    path = shared / "corpora" / "sdgathman+pyspf" / "test" / f"{suite}-tests.yml"
    found: dict[str, tuple[Result, Any]] = {}
    for scenario in _scenarios(path):
        zone, silent = _spf_zone(scenario["zonedata"])
        for name, case in scenario["tests"].items():
            lookups = Lookups(FakeResolver(zone, silent=silent))
            result, _ = check_host(
                case["host"], case["mailfrom"], case["helo"], lookups=lookups, now=0
            )
            allowed = case["result"]
            found[f"{scenario['description']}/{name}"] = (
                result,
                allowed if isinstance(allowed, list) else [allowed],
            )
    assert len(found) == size
    assert {name: f for name, f in found.items() if f[0] not in f[1]} == {}


# Cases of the ARC suite that end differently here, and why.
ARC_EXCEPTIONS = {
    # h= is empty. RFC 8617 lets a sealer sign no field at all; such a seal says nothing about the
    # From field, and that is all we ask of it.
    "Arc Message Signature Fields/ams_fields_h_empty": Result.POLICY,
}
# What the suite calls a chain: nothing where a seal reports that the chain has ended (cv=fail).
_ARC_RESULTS = {
    "Pass": {Result.PASS},
    "Fail": {Result.FAIL, Result.PERMERROR},
    "None": {Result.NONE},
    "": {Result.FAIL},
}


class _Everybody(frozenset[str]):
    """Sealers of any name."""

    def __rsub__(self, other: object) -> frozenset[str]:  # type: ignore[override]
        return frozenset()


def _result(check: Check | None) -> Result:
    return check.result if check else Result.NONE


def test_arc_suite(shared: Path) -> None:
    """Every case of the ValiMail validation suite ends as it says, but for the listed ones."""
    path = shared / "corpora/ValiMail+arc_test_suite/tests/arc-draft-validation-tests.yml"
    found: dict[str, tuple[Result, str]] = {}
    for scenario in _scenarios(path):
        texts = scenario["txt-records"] or {}
        zone: Zone = {name.lower(): [("TXT", text)] for name, text in texts.items()}
        for name, case in scenario["tests"].items():
            lookups = Lookups(FakeResolver(zone))
            content = case["message"].encode()
            check = check_chain(content, NOBODY, sealers=_Everybody(), lookups=lookups)
            found[f"{scenario['description']}/{name}"] = (_result(check), case["cv"] or "")
    assert len(found) == 175
    odd = {n: r for n, (r, expected) in found.items() if r not in _ARC_RESULTS[expected]}
    assert odd == ARC_EXCEPTIONS


def _vector(path: Path) -> tuple[dict[str, list[tuple[str, str | bytes]]], bytes]:
    """A file of the mail-auth project: key records, an empty line, a message."""
    head, _, message = path.read_bytes().partition(b"\n\n")
    zone: dict[str, list[tuple[str, str | bytes]]] = {}
    for line in head.decode().splitlines():
        name, _, text = line.partition(" ")
        zone.setdefault(name, []).append(("TXT", text))
    return zone, message


@pytest.mark.parametrize(
    ("name", "domain", "now", "results"),
    [
        ("dkim/001", "football.example.com", 1_528_637_909, ["pass", "pass"]),
        ("dkim/002", "example.com", 1_615_825_284, ["pass"]),
        ("dkim/003", "ietf.org", 1_667_843_664, ["pass", "pass"]),
        ("dkim/004", "facebookmail.com", 1_667_862_801, ["pass"]),
        ("dkim/005", "topicbox.com", 1_667_843_664, ["pass"]),
        ("dkim/005", "topicbox.com", 1_667_930_065, ["fail"]),  # a second after x=
        ("dkim/006", "github.com", 1_667_843_664, ["pass"]),
        ("arc/001", "ietf.org", 1_700_000_000, ["pass", "pass", "neutral"]),
        (
            "arc/001",
            "stalw.art",
            1_700_000_000,
            ["neutral", "neutral", "fail"],
        ),  # a list changed it
        ("arc/002", "manchego.org", 1_700_000_000, ["pass"]),
    ],
)
def test_dkim_vectors(name: str, domain: str, now: int, results: list[str], shared: Path) -> None:
    """The signatures of the mail-auth project's messages verify, RSA and Ed25519."""
    zone, message = _vector(shared / f"corpora/stalwartlabs+mail-auth/resources/{name}.txt")
    checks = check_signatures(
        message, Address("x", domain), now=now, lookups=Lookups(FakeResolver(zone))
    )
    assert [str(check.result) for check in checks] == results


@pytest.mark.parametrize(
    ("name", "sealers", "result"),
    [
        ("001", {"google.com", "ietf.org"}, Result.PASS),
        # Its first seal is by Ed25519, which ARC does not have (RFC 8617 s4.1.2, RFC 8463 is DKIM).
        ("002", {"manchego.org", "scamorza.org"}, Result.FAIL),
    ],
)
def test_arc_vectors(name: str, sealers: set[str], result: Result, shared: Path) -> None:
    """The chains of the mail-auth project's messages."""
    zone, message = _vector(shared / f"corpora/stalwartlabs+mail-auth/resources/arc/{name}.txt")
    lookups = Lookups(FakeResolver(zone))
    check = check_chain(message, NOBODY, sealers=frozenset(sealers), lookups=lookups)
    assert _result(check) is result


# The fixtures of mailauth whose key is at hand: those that Google sealed.
@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("arc-pass", Result.PASS),
        ("arc-pass2", Result.PASS),
        ("arc-fail", Result.FAIL),
        ("arc-fail2", Result.FAIL),
        ("arc-fail3", Result.FAIL),
        ("authtest", Result.PASS),
        ("bimi", Result.PASS),
        ("message1", Result.NONE),
        ("message2", Result.NONE),
        ("message3", Result.PASS),
        ("message4", Result.NONE),
        ("zbimi", Result.PASS),
        ("zproov", Result.NONE),
    ],
)
def test_mailauth_chains(name: str, result: Result, shared: Path) -> None:
    """The messages of the mailauth project that Google forwarded, intact and tampered with."""
    corpora = shared / "corpora"
    zone, _ = _vector(corpora / "stalwartlabs+mail-auth/resources/arc/001.txt")
    message = (corpora / f"postalsys+mailauth/test/fixtures/{name}.eml").read_bytes()
    lookups = Lookups(FakeResolver(zone))
    check = check_chain(message, NOBODY, sealers=frozenset({"google.com"}), lookups=lookups)
    assert _result(check) is result
