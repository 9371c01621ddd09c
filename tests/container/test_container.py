"""The image and the compose file, as far as can be said without building them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from margins.cli.parser import parser
from margins.config import Settings, load
from margins.config.checks import ROLES

from ..api.postgresql import cluster
from .reading import (
    FOLDER,
    ROOT,
    compose,
    filled,
    health_command,
    image_environment,
    instructions,
    last_stage,
    our_services,
    snippet,
    wanted,
)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """What the page's own lines write into .env."""
    subprocess.run(["bash", "-euc", snippet()], cwd=tmp_path, check=True)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    lines = (tmp_path / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def _settings(name: str, variables: dict[str, str]) -> Settings:
    environ = {**image_environment(), **our_services()[name]["environment"]}
    chosen = {key: filled(value, variables) for key, value in environ.items()}
    return load(environ=chosen)


def test_the_compose_file_is_one() -> None:
    """By the schema of the Compose Specification."""
    validators = pytest.importorskip("jsonschema.validators")
    package = pytest.importorskip("check_jsonschema")
    vendored = Path(package.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(vendored.read_text())
    errors = validators.validator_for(schema)(schema).iter_errors(compose())
    assert [error.message for error in errors] == []


def test_every_variable_is_a_setting() -> None:
    """One that Margins does not read would be ignored silently."""
    known = {f"MARGINS_{name.upper()}" for name in Settings.__dataclass_fields__}
    used = set(image_environment())
    for service in our_services().values():
        used |= set(service["environment"])
    assert {name for name in used if name.startswith("MARGINS_")} <= known


def test_the_page_writes_what_the_file_asks_for(variables: dict[str, str]) -> None:
    """No more, no less but the server's name; and no secret twice."""
    assert set(variables) == wanted() | {"MARGINS_SMTP_HOSTNAME"}
    secrets = [value for value in variables.values() if len(value) > 30]
    assert len(secrets) == len(set(secrets)) == 7


def test_every_role_runs_once(variables: dict[str, str]) -> None:
    """All services together are the whole of Margins, and their settings can work."""
    roles = [role for name in our_services() for role in _settings(name, variables).roles]
    assert sorted(roles) == sorted(ROLES)


def test_the_front_door_holds_the_least(variables: dict[str, str]) -> None:
    """No keys, no password of the notes; they reach only those who deliver, and the notes API."""
    services = our_services()
    assert {name for name, each in services.items() if "volumes" in each} == {
        "api", "worker", "console", "maildir",
    }  # fmt: skip
    assert services["worker"]["volumes"] == services["console"]["volumes"] == ["keys:/keys:ro"]
    holders = {
        name for name, each in services.items() if "NOTES_PASSWORD" in str(each["environment"])
    }
    assert holders == {"api"}
    door = _settings("smtp", variables)
    assert (door.api_url, door.api_database, door.console_password) == ("", "", "")


def test_every_secret_of_the_relay_reaches_the_front_door(variables: dict[str, str]) -> None:
    """One that is written into .env is a provider's; without any the relay does not run."""
    named = {
        n for n in Settings.__dataclass_fields__ if re.match("relay_.*(keys|words|secrets)", n)
    }
    assert len(named) == 5
    for name in named | {"relay_postmark_networks"}:
        value = "10.0.0.0/8" if name.endswith("networks") else "s" * 44
        chosen = variables | {f"MARGINS_{name.upper()}": value}
        assert getattr(_settings("smtp", chosen), name) == (value,)
        assert getattr(_settings("smtp", variables), name) == ()
        assert getattr(_settings("worker", chosen), name) == ()


def test_the_mailbox_is_the_fetchers_alone(variables: dict[str, str]) -> None:
    """It runs when it is asked for; nobody else, the front door least, holds the password."""
    assert our_services()["mailbox"]["profiles"] == ["mailbox"]
    chosen = variables | {
        "MARGINS_IMAP_HOST": "imap.example.org",
        "MARGINS_IMAP_USER": "notes@example.org",
        "MARGINS_IMAP_PASSWORD": "app password",
        "MARGINS_IMAP_DONE": "Imported",
    }
    held = {name: _settings(name, chosen).imap_password for name in our_services()}
    assert {name for name, password in held.items() if password} == {"mailbox"}
    fetching = _settings("mailbox", chosen)
    assert (fetching.imap_host, fetching.imap_done) == ("imap.example.org", "Imported")


def test_the_maildir_is_its_owners(variables: dict[str, str]) -> None:
    """It is fetched from when that is asked for, by the user whose mail it is, and nothing else."""
    service = our_services()["maildir"]
    assert service["profiles"] == ["maildir"]
    assert (service["user"], service["volumes"]) == (
        "${MARGINS_MAILDIR_USER:-10001}",
        ["${MARGINS_MAILDIR:-./maildir}:/maildir"],
    )
    assert _settings("maildir", variables).maildir == Path("/maildir")


@pytest.mark.parametrize("name", sorted(our_services()))
def test_a_container_can_do_little(name: str) -> None:
    """A read-only root, no capabilities, nothing to gain; and time to drain."""
    service = our_services()[name]
    assert service["read_only"]
    assert service["init"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["stop_grace_period"] == "1m"
    assert "privileged" not in service


def test_only_the_front_door_is_open_to_the_world() -> None:
    """Every other port is published on loopback, behind whatever the owner puts there."""
    ports = {name: each.get("ports", []) for name, each in compose()["services"].items()}
    door = set(ports.pop("smtp"))
    assert door - {"25:8025"} == {f"127.0.0.1:{Settings().relay_port}:{Settings().relay_port}"}
    published = [port for each in ports.values() for port in each]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_order_of_the_start() -> None:
    """Who needs a thing waits until it is well; the API, which makes the keys, comes first."""
    needs = {name: set(each["depends_on"]) for name, each in our_services().items()}
    assert needs == {
        "api": {"database"},
        "smtp": {"database", "storage"},
        "mailbox": {"database", "storage"},
        "maildir": {"database", "storage"},
        "worker": {"api", "storage"},
        "console": {"api", "storage"},
    }
    for service in our_services().values():
        assert {each["condition"] for each in service["depends_on"].values()} == {"service_healthy"}
    asked = compose()["services"]
    assert all("healthcheck" in asked[name] for name in ("database", "storage"))


def test_the_image_is_two_stages_and_nobody() -> None:
    """Tools stay behind; the user is a number, so that an orchestrator can check it."""
    names = [name for name, _ in instructions()]
    assert names.count("FROM") == 2
    assert "ADD" not in names
    assert {value for name, value in instructions() if name == "FROM"} == {
        "python:3.13-slim", "python:3.13-slim AS build",
    }  # fmt: skip
    image = last_stage()
    assert image["USER"] == "10001:10001"
    assert set(json.loads(image["VOLUME"])) == {
        image_environment()["MARGINS_DATA"], image_environment()["MARGINS_KEYS"],
    }  # fmt: skip
    made = image["RUN"].split()
    assert {"/data", "/keys", "--owner=10001", "--mode=0700"} <= set(made)


def test_what_is_exposed_is_listened_on() -> None:
    """The default ports, on every address but for the console, which asks for a password first."""
    settings = load(environ=image_environment())
    ports = {settings.smtp_port, settings.relay_port, settings.api_port, settings.console_port}
    assert set(map(int, last_stage()["EXPOSE"].split())) == ports
    assert {settings.smtp_host, settings.relay_host, settings.api_host} == {"0.0.0.0"}
    assert settings.console_host == "127.0.0.1"


def test_its_commands_exist() -> None:
    """The entry point, what it runs, and what it is asked for a sign of life with."""
    image = last_stage()
    for command in (json.loads(image["ENTRYPOINT"]) + json.loads(image["CMD"]), health_command()):
        assert command[0] == "margins"
        assert parser().parse_args(command[1:]).run


def test_the_context_holds_what_is_copied_and_little_else() -> None:
    """Whatever else lies in the checkout, settings and mail perhaps, stays out of the image."""
    lines = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        source
        for name, value in instructions()
        if name == "COPY" and "--from" not in value
        for source in value.split()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_files_beside_it_are_there() -> None:
    """Each that compose mounts."""
    for config in compose()["configs"].values():
        assert (FOLDER / config["file"]).is_file()


@pytest.fixture
def server() -> Iterator[Path]:
    """The folder of the socket of a PostgreSQL server."""
    with cluster() as url:
        yield Path(url.partition("host=")[2])


def test_mails_and_notes_have_roles_of_their_own(server: Path) -> None:
    """Neither is a superuser, and neither sees the other's database."""
    environ = {
        **os.environ, "PGHOST": str(server), "POSTGRES_USER": "postgres",
        "MAILS_PASSWORD": "it's", "NOTES_PASSWORD": "secret",
    }  # fmt: skip
    subprocess.run(["sh", FOLDER / "database.sh"], env=environ, check=True)

    def ask(user: str, database: str, query: str) -> subprocess.CompletedProcess[str]:
        command = ["psql", "-h", server, "-U", user, "-d", database, "-Atc", query]
        return subprocess.run(command, capture_output=True, text=True)

    super_ = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    for user, other in (("mails", "notes"), ("notes", "mails")):
        assert ask(user, user, super_).stdout == "f\n"
        assert ask(user, user, "CREATE SCHEMA own").returncode == 0
        refused = ask(user, other, "SELECT 1")
        assert re.search("permission denied", refused.stderr)
