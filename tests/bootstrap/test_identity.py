"""The tokens people get."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.api.tokens import Verifier
from margins.bootstrap import open_signer, personal_token
from margins.config import load
from margins.errors import InputError


def test_a_personal_token_lives_for_a_day_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the notes API believes one; nobody is handed one that it does not."""
    monkeypatch.setenv("MARGINS_DATA", str(tmp_path))
    settings = load(None)
    signer = open_signer(settings)
    verifier = Verifier({settings.issuer: signer.jwks()}, audience=settings.audience)
    token = personal_token(settings, signer, "ada", minutes=24 * 60)
    assert verifier.verify(f"Bearer {token}").account == "ada"
    for minutes in (24 * 60 + 1, 0, -5):
        with pytest.raises(InputError):
            personal_token(settings, signer, "ada", minutes=minutes)
