"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Chosen with --hypothesis-profile; how long an example takes says how busy the machine is.
for name, examples in {"quick": 20, "thorough": 200}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )

_ON_AWS = (
    "tests/aws/", "tests/local/", "tests/conformance/", "dynamodb", "s3_store", "ses_mailer",
    "kms_signer", "doctor/test_deployment", "doctor/test_receiving", "cli/test_local",
    "bootstrap/test_storage",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the emulator of AWS runs in `make check`, which installs it."""
    for item in items:
        if any(place in item.nodeid for place in _ON_AWS):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real samples and hostile mails beside the project; skips where it is absent."""
    folder = Path(os.environ.get("MARGINS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("no shared samples here")
    return folder


@pytest.fixture
def seed() -> int:
    """Another one every time, shown where the test fails; MARGINS_SEED repeats a run."""
    chosen = int(os.environ.get("MARGINS_SEED") or int.from_bytes(os.urandom(3)))
    print(f"seed {chosen}")
    return chosen


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """URL of a PostgreSQL database of this run's own; skips where none is installed."""
    from .api.postgresql import cluster

    with cluster() as url:
        yield url.replace("+psycopg", "")
