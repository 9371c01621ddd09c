"""Secret import addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.import_address import (
    SECRET_BYTES,
    import_address,
    mask,
    secret_digest,
    secret_of,
)

RANDOM = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(RANDOM, RANDOM)
def test_an_address_holds_its_random_bytes(one: bytes, other: bytes) -> None:
    """160 bits; two addresses are the same only when their bytes are, and case does not matter."""
    addresses = [import_address(random, "in.example") for random in (one, other)]
    secrets = [secret_of(address.upper()) for address in addresses]
    assert all(s is not None and len(s) == 32 for s in secrets)
    assert (secrets[0] == secrets[1]) == (one == other)


@pytest.mark.parametrize(
    "path", ["import@in.example", "u-short@in.example", "u-" + "a" * 33 + "@x", "u-" + "1" * 32]
)
def test_other_addresses_hold_none(path: str) -> None:
    """Only the exact shape counts."""
    assert secret_of(path) is None


@given(RANDOM)
def test_no_secret_is_left_in_masked_text(random: bytes) -> None:
    """In an address, a header, anywhere."""
    address = import_address(random, "in.example")
    secret = secret_of(address)
    assert secret is not None
    masked = mask(f"To: <{address}>, {address.upper()}")
    assert secret not in masked.lower()
    assert masked == "To: <u-***@in.example>, u-***@IN.EXAMPLE"


def test_too_few_random_bytes_are_an_error() -> None:
    """Never a weaker secret."""
    with pytest.raises(ValueError, match="20 random bytes"):
        import_address(b"short", "in.example")


def test_a_digest_is_no_secret() -> None:
    """What is kept is SHA-256."""
    assert len(secret_digest("a" * 32)) == 32
