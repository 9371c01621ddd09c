"""Nobody is admitted as somebody else, and everybody as themselves."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import attacks
from cases import Case, Outcome, envelope, outcome, table
from domains import LEGIT_HOST, MALLORYS_HOST, SILENT, zone
from genuine import genuine
from signing import NOW, rsa_key, sign

from margins import gate
from margins.authentication import authenticate
from margins.mail import Address
from margins.mail.authentication import Authentication
from margins.ports import Resolver
from margins.resolver.dnspython import DnsResolver
from margins.testing.nameserver import serve
from margins.testing.resolver import FakeResolver


@pytest.fixture(scope="module", params=["memory", "sockets"])
def resolver(request: pytest.FixtureRequest) -> Iterator[Resolver]:
    """The same names in memory, and asked of a name server over real sockets."""
    if request.param == "memory":
        yield FakeResolver(zone(), silent=SILENT)
        return
    with serve(zone(), silent=SILENT) as server:
        yield DnsResolver(["127.0.0.1"], port=server.port, seconds=1.0)


def _by_trick(case: Case) -> str:
    return case.trick


@pytest.mark.parametrize("case", attacks(), ids=_by_trick)
def test_an_attack_comes_to_nothing(case: Case, resolver: Resolver) -> None:
    """Each attack ends as its row says, and no row says that the victim's notes are written."""
    assert case.outcome is not Outcome.ADMITTED
    assert outcome(case, resolver) is case.outcome


def _nothing(*_: object) -> None:
    """No doubt, no defect, no difference."""


@pytest.mark.parametrize(
    "broken",
    [
        (gate, "_doubt", _nothing),
        (gate.SenderFacts, "proven", True),
        (gate.SenderFacts, "vouched", True),
        (Authentication, "addressed", True),
    ],
    ids=lambda broken: broken[1],
)
def test_a_broken_gate_would_be_seen(
    broken: tuple[object, str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are judged by the service's own rule: without one part of it, some end otherwise."""
    monkeypatch.setattr(*broken)
    resolver = FakeResolver(zone(), silent=SILENT)
    assert any(outcome(case, resolver) is not case.outcome for case in attacks())


@pytest.mark.parametrize("case", genuine(), ids=_by_trick)
def test_genuine_mail_is_admitted(case: Case, resolver: Resolver) -> None:
    """What its author's domain signed is admitted, whatever its spelling and its way here."""
    assert outcome(case, resolver) is case.outcome


# "Composition Kills" (Chen, Paxson and Jiang, 2020): whom each attacks, and the outcome.
_ADMIN = Address("admin", "legitimate.com")
_COLLEAGUE = Address("admin", "example.com")
ESPOOFER = {
    **{f"server_a{n}": (_ADMIN, Outcome.UNPROVEN) for n in range(1, 8)},
    "server_a3": (_ADMIN, Outcome.MALFORMED),
    **{f"server_a{n}": (_ADMIN, Outcome.MALFORMED) for n in range(8, 20)},
    "client_a1": (_COLLEAGUE, Outcome.MALFORMED),
    "client_a2": (_COLLEAGUE, Outcome.MALFORMED),
    "client_a3": (_COLLEAGUE, Outcome.SECRET),
}
_SELECTORS = {"server_a3": b"mail._domainkey.attack.com.\0.any"}


def _espoofer(folder: Path, name: str) -> Case:
    """The rendered message, signed by the attacker where the attack needs it."""
    author, expected = ESPOOFER[name]
    with (folder / "INDEX.tsv").open(newline="") as index:
        row = next(r for r in csv.DictReader(index, delimiter="\t") if r["case"] == name)
    content = (folder / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if row["dkim_d"]:
        selector = _SELECTORS.get(name, b"mail")
        content = sign(content, rsa_key("mallory"), row["dkim_d"], selector)
    sender = row["mailfrom"].removeprefix("<").removesuffix(">")
    peer = LEGIT_HOST if name.startswith("client") else MALLORYS_HOST
    return Case(
        trick=f"espoofer {name}: {row['description']}",
        make=lambda: content,
        author=author,
        outcome=expected,
        envelope=envelope(sender, peer),
    )


@pytest.mark.parametrize("name", ESPOOFER)
def test_a_published_attack_comes_to_nothing(name: str, shared: Path, resolver: Resolver) -> None:
    """The 22 messages of espoofer, which fooled ten providers, fool nobody here."""
    case = _espoofer(shared / "corpora" / "espoofer-cases", name)
    assert outcome(case, resolver) is case.outcome


@pytest.mark.parametrize("name", ESPOOFER)
def test_a_published_attack_proves_nothing_either_way(
    name: str, shared: Path, resolver: Resolver
) -> None:
    """Even if the header reader were fooled into naming the victim, nothing would prove it."""
    case = _espoofer(shared / "corpora" / "espoofer-cases", name)
    found = authenticate(case.make(), case.envelope, case.author, resolver, now=NOW)
    assert not found.proves(case.author)


def test_the_table_has_a_row_for_each_attack() -> None:
    """The cases can be printed as one Markdown table."""
    lines = table(attacks()).splitlines()
    assert len(lines) == len(attacks()) + 2
    assert all(line.count("|") == 3 for line in lines)
