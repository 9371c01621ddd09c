"""Chains: whose word is taken, and for what."""

from __future__ import annotations

import pytest
from domains import zone
from signing import mail, rsa_key, seal

from margins.authentication.arc import check_chain
from margins.authentication.body import divide
from margins.authentication.lookups import Lookups
from margins.mail import Address
from margins.mail.authentication import Check, Result
from margins.testing.resolver import FakeResolver

ADA = Address("ada", "legit.example")
SAW_PASS = "dmarc=pass header.from=legit.example"
FORWARDER = frozenset({"forwarder.example"})


def sealed(domain: str = "forwarder.example", results: str = SAW_PASS) -> bytes:
    """A message of Ada's, unsigned, that a forwarder sealed."""
    return seal(mail("ada@legit.example"), rsa_key("forwarder"), domain, results)


def check(
    content: bytes,
    *,
    sealers: frozenset[str] = FORWARDER,
    recipients: tuple[str, ...] = (),
    silent: tuple[str, ...] = (),
) -> Check | None:
    """The chain of a message that claims to be Ada's."""
    lookups = Lookups(FakeResolver(zone(), silent=silent))
    return check_chain(
        divide(content), ADA, sealers=sealers, recipients=recipients, lookups=lookups
    )


def test_a_trusted_sealer_is_believed() -> None:
    """What the first sealer saw counts as if it had been seen here."""
    found = check(sealed(), recipients=("notes@in.example",))
    assert found is not None
    assert found.proves
    assert found.addressed
    assert found.domain == "forwarder.example"


def test_two_trusted_sealers_are_believed() -> None:
    """A chain may have several links, when the operator trusts each."""
    twice = seal(sealed(), rsa_key("legit"), "legit.example", "arc=pass")
    found = check(twice, sealers=FORWARDER | {"legit.example"})
    assert found is not None
    assert found.proves


def test_a_message_without_a_chain_has_no_check() -> None:
    """Most mail has no ARC fields."""
    assert check(mail("ada@legit.example")) is None


def test_a_stranger_in_the_chain_ends_it() -> None:
    """One sealer who is not trusted could have changed everything; nothing is verified."""
    found = check(seal(sealed(), rsa_key("mallory"), "attack.example", "arc=pass"))
    assert found is not None
    assert (found.result, found.domain) == (Result.NEUTRAL, "attack.example")


def test_a_sealer_that_saw_nothing_proves_nothing() -> None:
    """A good chain is aligned only by one DMARC result, a pass for the author's own domain."""
    twice = f"{SAW_PASS}; dmarc=fail header.from=legit.example"
    elsewhere = f"{SAW_PASS}; dmarc=pass header.from=attack.example"
    failed = "dmarc=fail header.from=legit.example"
    for results in ("none", failed, "dmarc=pass", "dkim=pass", twice, elsewhere):
        found = check(sealed(results=results))
        assert found is not None
        assert (found.result, found.proves) == (Result.PASS, False)


def test_a_key_for_tests_seals_nothing() -> None:
    """The sealer itself says that its key is not to be taken at its word (t=y)."""
    found = check(sealed("trying.example"), sealers=frozenset({"trying.example"}))
    assert found is not None
    assert found.result is Result.FAIL


@pytest.mark.parametrize(
    "stray",
    [
        b"ARC-Authentication-Results: forwarder.example; dmarc=pass\r\n",
        b"ARC-Seal: i=2; d=forwarder.example; cv=pass\r\n",
        b"ARC-Message-Signature: i=1; d=forwarder.example\r\n",
        b"ARC-Seal: i=99999999999; d=forwarder.example\r\n" * 3,
        b"ARC-Seal: d\r\n",
    ],
)
def test_the_fields_must_be_complete_sets(stray: bytes) -> None:
    """A field too many, numbered or not, spoils the chain."""
    found = check(stray + sealed())
    assert found is not None
    assert found.result is Result.PERMERROR


@pytest.mark.parametrize("instance", [b"0", b"51", b"99999999999"])
def test_an_instance_out_of_range_spoils_the_chain(instance: bytes) -> None:
    """Chains have links 1 to 50 (RFC 8617 s4.2.1), and nobody counts to the number given."""
    found = check(sealed().replace(b"i=1;", b"i=" + instance + b";"))
    assert found is not None
    assert found.result in (Result.PERMERROR, Result.FAIL)
    assert (found.result is Result.PERMERROR) is (instance != b"0")


def test_a_log_line_stays_one_line() -> None:
    """The name of a stranger cannot break out of the line that reports it."""
    found = check(sealed().replace(b"d=forwarder.example", b"d=a\x1b[2Jb\x7f.example"))
    assert found is not None
    assert str(found).isprintable()


def test_a_long_field_is_not_verified() -> None:
    """A field that would cost dkimpy too much time spoils the chain."""
    found = check(sealed().replace(b"ARC-Seal: ", b"ARC-Seal: z=" + b" " * 500 + b"; ", 1))
    assert found is not None
    assert found.result is Result.PERMERROR


def test_a_failing_look_up_leaves_doubt() -> None:
    """While a trusted sealer's key cannot be had, the message is neither proven nor refused."""
    found = check(sealed(), silent=("mail._domainkey.forwarder.example",))
    assert found is not None
    assert found.result is Result.TEMPERROR
    assert found.alignment
