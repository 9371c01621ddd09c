"""What a process is given that runs some of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.bootstrap import Parts
from margins.bootstrap.sink import NoSink
from margins.config import Settings
from margins.errors import ConfigError


def test_a_front_door_gets_no_key_and_no_way_to_the_notes(tmp_path: Path) -> None:
    """It takes mail; what it cannot do, an attacker who takes it over cannot do either."""
    parts = Parts(Settings(data=tmp_path, roles=("smtp", "relay")))
    assert isinstance(parts.agent.sink, NoSink)
    assert not (tmp_path / "keys").exists()
    with pytest.raises(ConfigError, match="Add `worker`"):
        parts.agent.sink.fetch("ada", [])
    with pytest.raises(ConfigError, match="Add `worker`"):
        parts.agent.sink.apply("ada", [], key="1")


@pytest.mark.parametrize("role", ["worker", "console"])
def test_who_delivers_must_know_where_the_notes_api_is(tmp_path: Path, role: str) -> None:
    """Its own machine's would be asked in vain, for ever."""
    with pytest.raises(ConfigError, match="api_url"):
        _ = Parts(Settings(data=tmp_path, roles=(role,))).agent
    told = {"api_url": "http://api:8080/graphql", "api_private": True}
    settings = Settings(data=tmp_path, roles=(role,), **told)
    assert not isinstance(Parts(settings).agent.sink, NoSink)


def test_a_sink_of_files_needs_no_notes_api(tmp_path: Path) -> None:
    """A worker that writes JSON lines is complete without one."""
    settings = Settings(
        data=tmp_path, roles=("worker",), sink="jsonl", sink_path=tmp_path / "notes"
    )
    assert not isinstance(Parts(settings).agent.sink, NoSink)


def test_parts_are_opened_when_they_are_asked_for(tmp_path: Path) -> None:
    """A notes API opens no ledger."""
    parts = Parts(Settings(data=tmp_path / "data", roles=("api",)))
    assert parts.app is parts.app
    assert {path.name for path in (tmp_path / "data").iterdir()} & {"ledger.db", "mail"} == set()
