"""The published test suites, run through our verifiers: SPF, DKIM and ARC.

Each is read from where it lies outside of the project. The tests demand that every case ends as its
suite says, but for the exceptions listed here; docs/threat-model.md shows the same lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dkimpy_suite
import yaml

from margins.authentication.arc import check_chain
from margins.authentication.body import divide
from margins.authentication.dkim import check_signatures
from margins.authentication.lookups import Lookups
from margins.authentication.spf import check_host
from margins.mail import Address
from margins.mail.authentication import Check, Result
from margins.testing.resolver import FakeResolver, Zone

NOBODY = Address("nobody", "nowhere.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a suite.

    Attributes:
        found: what it came to here.
        expected: what the suite allows.
    """

    found: str
    expected: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A published suite.

    Attributes:
        name: whose it is and what it is about.
        size: how many cases it has.
        run: every case by its name; None when the suite is not at hand. It is given the folder
            `corpora` and an empty folder.
        exceptions: cases that end otherwise here: how, and why.
    """

    name: str
    size: int
    run: Callable[[Path, Path], dict[str, Case] | None]
    exceptions: dict[str, tuple[str, str]] = field(default_factory=dict)


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


def _spf(suite: str) -> Callable[[Path, Path], dict[str, Case] | None]:
    def run(corpora: Path, _: Path) -> dict[str, Case] | None:
        path = corpora / "sdgathman+pyspf" / "test" / f"{suite}-tests.yml"
        if not path.exists():
            return None
        found: dict[str, Case] = {}
        for scenario in _scenarios(path):
            zone, silent = _spf_zone(scenario["zonedata"])
            for name, case in scenario["tests"].items():
                lookups = Lookups(FakeResolver(zone, silent=silent))
                result, _ = check_host(
                    case["host"], case["mailfrom"], case["helo"], lookups=lookups, now=0
                )
                allowed = case["result"]
                found[f"{scenario['description']}/{name}"] = Case(
                    found=result,
                    expected=frozenset(allowed if isinstance(allowed, list) else [allowed]),
                )
        return found

    return run


# What the ARC suite calls a chain: nothing where a seal reports that the chain has ended (cv=fail).
_ARC_RESULTS = {
    "Pass": frozenset({"pass"}),
    "Fail": frozenset({"fail", "permerror"}),
    "None": frozenset({"none"}),
    "": frozenset({"fail"}),
}


class _Everybody(frozenset[str]):
    """Sealers of any name."""

    def __rsub__(self, other: object) -> frozenset[str]:  # type: ignore[override]
        return frozenset()


def _result(check: Check | None) -> Result:
    return check.result if check else Result.NONE


def _arc(corpora: Path, _: Path) -> dict[str, Case] | None:
    path = corpora / "ValiMail+arc_test_suite/tests/arc-draft-validation-tests.yml"
    if not path.exists():
        return None
    found: dict[str, Case] = {}
    for scenario in _scenarios(path):
        texts = scenario["txt-records"] or {}
        zone: Zone = {name.lower(): [("TXT", text)] for name, text in texts.items()}
        for name, case in scenario["tests"].items():
            lookups = Lookups(FakeResolver(zone))
            content = case["message"].encode()
            check = check_chain(divide(content), NOBODY, sealers=_Everybody(), lookups=lookups)
            found[f"{scenario['description']}/{name}"] = Case(
                found=_result(check), expected=_ARC_RESULTS[case["cv"] or ""]
            )
    return found


def _vector(path: Path) -> tuple[dict[str, list[tuple[str, str | bytes]]], bytes]:
    """A file of the mail-auth project: key records, an empty line, a message."""
    head, _, message = path.read_bytes().partition(b"\n\n")
    zone: dict[str, list[tuple[str, str | bytes]]] = {}
    for line in head.decode().splitlines():
        name, _, text = line.partition(" ")
        zone.setdefault(name, []).append(("TXT", text))
    return zone, message


# File, author's domain, time, and the result of each signature by turns.
_SIGNED = (
    ("dkim/001", "football.example.com", 1_528_637_909, "pass pass"),
    ("dkim/002", "example.com", 1_615_825_284, "pass"),
    ("dkim/003", "ietf.org", 1_667_843_664, "pass pass"),
    ("dkim/004", "facebookmail.com", 1_667_862_801, "pass"),
    ("dkim/005", "topicbox.com", 1_667_843_664, "pass"),
    ("dkim/005", "topicbox.com", 1_667_930_065, "fail"),  # a second after x=
    ("dkim/006", "github.com", 1_667_843_664, "pass"),
    ("arc/001", "ietf.org", 1_700_000_000, "pass pass neutral"),
    ("arc/001", "stalw.art", 1_700_000_000, "neutral neutral fail"),  # a list changed it
    ("arc/002", "manchego.org", 1_700_000_000, "pass"),
)
_SEALED = (("arc/001", {"google.com", "ietf.org"}), ("arc/002", {"manchego.org", "scamorza.org"}))


def _mail_auth(corpora: Path, _: Path) -> dict[str, Case] | None:
    folder = corpora / "stalwartlabs+mail-auth/resources"
    if not folder.exists():
        return None
    found: dict[str, Case] = {}
    for name, domain, now, expected in _SIGNED:
        zone, message = _vector(folder / f"{name}.txt")
        lookups = Lookups(FakeResolver(zone))
        checks = check_signatures(divide(message), Address("x", domain), now=now, lookups=lookups)
        found[f"{name}, signatures of {domain} at {now}"] = Case(
            found=" ".join(check.result for check in checks), expected=frozenset({expected})
        )
    for name, sealers in _SEALED:
        zone, message = _vector(folder / f"{name}.txt")
        lookups = Lookups(FakeResolver(zone))
        chain = check_chain(divide(message), NOBODY, sealers=frozenset(sealers), lookups=lookups)
        found[f"{name}, chain"] = Case(found=_result(chain), expected=frozenset({"pass"}))
    return found


# The fixtures of mailauth whose key is at hand: those that Google sealed.
_SEALED_BY_GOOGLE = {
    "arc-pass": "pass", "arc-pass2": "pass", "arc-fail": "fail", "arc-fail2": "fail",
    "arc-fail3": "fail", "authtest": "pass", "bimi": "pass", "message1": "none",
    "message2": "none", "message3": "pass", "message4": "none", "zbimi": "pass", "zproov": "none",
}  # fmt: skip


def _mailauth(corpora: Path, _: Path) -> dict[str, Case] | None:
    keys = corpora / "stalwartlabs+mail-auth/resources/arc/001.txt"
    if not keys.exists():
        return None
    zone, _message = _vector(keys)
    found: dict[str, Case] = {}
    for name, expected in _SEALED_BY_GOOGLE.items():
        content = (corpora / f"postalsys+mailauth/test/fixtures/{name}.eml").read_bytes()
        lookups = Lookups(FakeResolver(zone))
        chain = check_chain(
            divide(content), NOBODY, sealers=frozenset({"google.com"}), lookups=lookups
        )
        found[name] = Case(found=_result(chain), expected=frozenset({expected}))
    return found


def _dkimpy(_: Path, scratch: Path) -> dict[str, Case] | None:
    ended = dkimpy_suite.run(scratch)
    if ended is None:
        return None
    as_said = frozenset({"succeeds"})
    return {
        name: Case(found="succeeds" if well else "fails", expected=as_said)
        for name, well in ended.items()
    }


_TLS_REPORTS = "TLS reports (RFC 8460) are not mail to us: their keys prove nothing, other keys do."

SUITES = (
    Suite(name="openspf.org, SPF (RFC 7208)", size=203, run=_spf("rfc7208")),
    Suite(name="openspf.org, SPF (RFC 4408)", size=191, run=_spf("rfc4408")),
    Suite(
        name="ValiMail, ARC (RFC 8617), validation",
        size=175,
        run=_arc,
        exceptions={
            "Arc Message Signature Fields/ams_fields_h_empty": (
                "policy",
                "h= is empty: RFC 8617 allows it, but such a seal says nothing about From.",
            )
        },
    ),
    Suite(
        name="dkimpy, its own tests that verify",
        size=50,
        run=_dkimpy,
        exceptions={
            "dkim/test_dkim_signature_canonicalization": (
                "fails",
                "It allows a key of 512 bits; ours must have 1,024 (RFC 8301).",
            ),
            "dkim/test_l_verify": (
                "fails",
                "The body goes on behind l=; what follows could be by anybody.",
            ),
            "dkim_tlsrpt/test_tlsrpt_with_strict_no_tlsrptsvc": ("fails", _TLS_REPORTS),
            "dkim_tlsrpt/test_tlsrpt_with_strict_tlsrptsvc": ("fails", _TLS_REPORTS),
            "dkim_tlsrpt/test_tlsrpt_with_tlsrptsvc": ("fails", _TLS_REPORTS),
        },
    ),
    Suite(
        name="mail-auth, DKIM (RFC 6376, 8463) and ARC",
        size=12,
        run=_mail_auth,
        exceptions={
            "arc/002, chain": (
                "fail",
                "Its first seal is by Ed25519, which RFC 8463 gives to DKIM and nobody to ARC.",
            )
        },
    ),
    Suite(name="mailauth, chains sealed by Google", size=13, run=_mailauth),
)
