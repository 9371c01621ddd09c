"""Claims of the tokens."""

from __future__ import annotations

import pytest

from margins.clients.token import claims


def made(account: str = "ada", now: float = 0.0, lifetime: int = 300) -> dict[str, object]:
    """Claims where all else is known."""
    return claims(
        account, issuer="https://m.example", audience="notes", now=now, jti="1", lifetime=lifetime
    )


def test_a_token_names_one_account_and_little_else() -> None:
    """Who, for whom, by whom, from when till when, once, and for imports only."""
    assert made(now=1000.9) == {
        "iss": "https://m.example",
        "aud": "notes",
        "sub": "ada",
        "iat": 1000,
        "nbf": 1000,
        "exp": 1300,
        "jti": "1",
        "scope": "notes:import",
    }


@pytest.mark.parametrize("lifetime", [0, -1, 301])
def test_no_token_lives_longer_than_five_minutes(lifetime: int) -> None:
    """Nor not at all."""
    with pytest.raises(ValueError, match="300"):
        made(lifetime=lifetime)


def test_a_token_for_nobody_cannot_be_made() -> None:
    """An empty account is a mistake of the program."""
    with pytest.raises(ValueError, match="account"):
        made("")
