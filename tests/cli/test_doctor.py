"""`margins doctor`, as it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from running import READER, Running

from margins.cli.doctor import _outputs, _place
from margins.errors import InputError

TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"


def test_nothing_is_installed_yet(tmp_path: Path) -> None:
    """A line for each check, remedies below; 1, since nothing takes mail."""
    running = Running(tmp_path / "data")
    done = running.command("doctor", check=False)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("warning data")
    assert any(line.startswith("failed  smtp") for line in lines)
    assert any("margins serve" in line for line in lines)


def test_a_check_that_does_not_exist(tmp_path: Path) -> None:
    """The others are named."""
    done = Running(tmp_path / "data").command("doctor", "--only", "weather", check=False)
    assert done.returncode == 65
    assert "weather" in done.stderr
    assert "notes-api" in done.stderr


@pytest.mark.slow
def test_a_service_that_is_well(tmp_path: Path) -> None:
    """Everything ok, the canary delivered twice, and the second time without a new note."""
    running = Running(tmp_path / "data")
    running.start()
    try:
        running.command("accounts", "add", READER)
        backup = tmp_path / "backup"
        for options, not_well, created in (
            ((), {"backup"}, 1),
            (("--backup", str(backup)), set(), 0),
        ):
            asked = ("doctor", "--json", "--canary", READER, *options)
            done = running.command(*asked, check=False)
            found = json.loads(done.stdout)
            assert done.returncode == 0, done.stdout
            assert {each["check"] for each in found if each["level"] != "ok"} == not_well
            mail = running.inbox()[0][0]
            assert f"{created} new" in running.command("inbox", "show", mail).stdout
            running.command("backup", str(backup))
        done = running.command(
            "doctor", "--only", "canary", "--canary", "nobody@example.org", check=False
        )
        assert done.returncode == 1
        assert "550" in done.stdout
    finally:
        running.stop()


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("moto"), reason="no moto here")
def test_a_canary_through_the_template(tmp_path: Path) -> None:
    """SES, gate, bucket, queue, parser and notes API; then the ledger on DynamoDB is asked."""
    from margins.local.outputs import outputs_of
    from margins.local.stack import Local, Options
    from margins.mail.address import parse_addr_spec

    with Local(Options(template=TEMPLATE), lambda *_: None) as local:
        address = parse_addr_spec(READER)
        assert address is not None
        local.senders.register("ada", address)
        outputs = tmp_path / "outputs.json"
        outputs.write_text(json.dumps(outputs_of(local.stack, local.cloud)))
        done = subprocess.run(
            [sys.executable, "-m", "margins.cli", "doctor", "--stage", "local",
             "--outputs", str(outputs), "--only", "canary", "--only", "jwks",
             "--canary", READER, "--smtp", f"127.0.0.1:{local.ses.port}"],
            env={**os.environ, **local.cloud.environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "was delivered after" in done.stdout


def test_where_a_canary_is_handed_over() -> None:
    """A name, with or without a port; an IPv6 address in brackets."""
    assert _place("mx.example", 25) == ("mx.example", 25)
    assert _place("127.0.0.1:8025", 25) == ("127.0.0.1", 8025)
    assert _place("[::1]:8025", 25) == ("::1", 8025)
    with pytest.raises(InputError):
        _place("mx.example:smtp", 25)


def test_outputs_of_terraform(tmp_path: Path) -> None:
    """In its shape, or plain; anything else is refused."""
    path = tmp_path / "outputs.json"
    path.write_text('{"Bucket": {"sensitive": false, "value": "b"}, "Queue": "q"}')
    assert _outputs(path) == {"Bucket": "b", "Queue": "q"}
    for wrong in ("[]", "{", '{"Bucket": {}}'):
        path.write_text(wrong)
        with pytest.raises(InputError):
            _outputs(path)
