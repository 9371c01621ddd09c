"""`margins serve`, `margins health` and `margins backup`, as commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.cli import main
from margins.cli.status import Exit


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARGINS_DATA", str(tmp_path / "data"))


@pytest.mark.parametrize("command", ["serve", "health"])
def test_a_role_there_is_not_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt word would leave the mail undelivered, and nobody would know."""
    assert main([command, "--only", "smtp,wroker"]) == Exit.CONFIG
    assert "wroker" in capsys.readouterr().err


def test_a_worker_that_knows_no_notes_api_does_not_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says which setting is missing."""
    assert main(["serve", "--only", "worker"]) == Exit.CONFIG
    assert "api_url" in capsys.readouterr().err


def test_the_demo_needs_all_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """Mail in, delivered, notes out."""
    assert main(["serve", "--demo", "--only", "smtp"]) == Exit.DATA
    assert "worker" in capsys.readouterr().err


def test_health_is_that_of_the_roles_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By --only or by the setting; anything that does not answer ends in EX_UNAVAILABLE."""
    assert main(["health", "--only", "worker"]) == Exit.OK
    assert capsys.readouterr().out == "worker: well\n"
    monkeypatch.setenv("MARGINS_ROLES", "worker, smtp")
    monkeypatch.setenv("MARGINS_SMTP_PORT", "9")
    assert main(["health"]) == Exit.UNAVAILABLE
    assert "worker: well\nsmtp: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "value"),
    [("DATABASE", "postgresql://margins@db/margins"), ("STORE", "s3://raw-mail")],
)
def test_a_backup_of_files_is_none_of_a_database(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would copy next to nothing, and look like a backup."""
    monkeypatch.setenv(f"MARGINS_{setting}", value)
    assert main(["backup", "copy"]) == Exit.DATA
    assert "docs/containers.md" in capsys.readouterr().err
    assert not Path("copy").exists()
