"""What a token for the notes API says (RFC 7519 s4.1). Pure: the signer makes it one."""

from __future__ import annotations

__all__ = ["IMPORT", "LONGEST_LIFETIME", "NOTES", "claims"]

LONGEST_LIFETIME = 300
"""Seconds a token may live."""

IMPORT = "notes:import"
"""The scope of a sink: to see what an import needs, and to import; nothing else."""

NOTES = "notes"
"""The scope of a person: to read and edit everything in the account."""


def claims(
    account: str,
    *,
    issuer: str,
    audience: str,
    now: float,
    jti: str,
    lifetime: int = LONGEST_LIFETIME,
    scope: str = IMPORT,
) -> dict[str, object]:
    """The claims of a token for one account's notes, and no others.

    Args:
        account: becomes `sub`.
        now: seconds since 1970, by the clock of whoever will check the token.
        jti: never used before.
        lifetime: seconds.

    Raises:
        ValueError: no account is named, or the lifetime is not from 1 to 300 seconds.
    """
    if not account:
        raise ValueError("a token needs an account")
    if not 0 < lifetime <= LONGEST_LIFETIME:
        raise ValueError(f"a token lives 1 to {LONGEST_LIFETIME} seconds, not {lifetime}")
    return {
        "iss": issuer,
        "aud": audience,
        "sub": account,
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now) + lifetime,
        "jti": jti,
        "scope": scope,
    }
