"""The site of the compose file, run as the image would run it, without the image.

The same line installs the package, the same commands run with the same variables, as the same user,
without privileges and on a read-only root. Only hosts and ports are those of this machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("moto")
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from running import free_port

from margins.local.cloud import Cloud

from ..api.postgresql import cluster
from .reading import (
    FOLDER,
    ROOT,
    filled,
    health_command,
    image_environment,
    instructions,
    last_stage,
    our_services,
    snippet,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

READER = "reader@in.example.org"
CLIPPING = """\
Tides (Ines Marlow)\r
- Your Highlight on page 3 | Location 30-31 | Added on Monday, May 6, 2024 7:08:09 AM\r
\r
The water came back at night.\r
==========\r
"""


_AS_NOBODY = (
    "setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs",
    "--inh-caps=-all", "--bounding-set=-all",
)  # fmt: skip


def _interpreter() -> str:
    """A Python the image's user may run as well: that of the tests may lie in somebody's home."""
    check = "import sys, encodings; sys.exit(sys.version_info < (3, 11))"
    for path in (os.path.realpath(sys.executable), "/usr/local/bin/python3", "/usr/bin/python3"):
        # Through a shell, which has no privilege left when it looks for the interpreter.
        command = [*_AS_NOBODY, "sh", "-c", f"exec {path} -Ec '{check}'"]
        if subprocess.run(command, cwd="/", capture_output=True).returncode == 0:
            return path
    pytest.skip("no Python here that another user may run")


def _install(target: Path) -> None:
    """What the first stage does, into another folder."""
    (line,) = [value for name, value in instructions() if name == "RUN" and "pip" in value]
    steps = re.sub(r"--mount=\S+\s+", "", line).replace("/opt/margins", str(target))
    steps = steps.replace("python -m venv", f"{_interpreter()} -m venv")
    steps = steps.replace("&& pip ", f"&& {sys.executable} -m pip --quiet ")
    subprocess.run(["sh", "-euc", steps], cwd=ROOT, check=True)


class Machine:
    """A folder with the installed package, and processes that may write only what a volume is."""

    def __init__(self, folder: Path, variables: dict[str, str], ports: dict[str, int]) -> None:
        self.folder, self.ports = folder, ports
        self._variables = variables
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("keys", "logs", *our_services()):
            (folder / name).mkdir()
            os.chown(folder / name, 10001, 10001)

    def _environment(self, service: str) -> dict[str, str]:
        chosen = {**image_environment(), **our_services()[service]["environment"]}
        places = {
            "MARGINS_DATA": str(self.folder / service),
            "MARGINS_KEYS": str(self.folder / "keys"),
            "PATH": f"{self.folder / 'opt' / 'bin'}:/usr/bin:/bin",
            **{f"MARGINS_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }
        known = {name: filled(value, self._variables) for name, value in chosen.items()}
        return {name: self._moved(value) for name, value in (known | places).items()}

    def _moved(self, value: str) -> str:
        """The hosts of the compose file are this machine."""
        for name, here in self._variables.items():
            if name.startswith("at "):
                value = value.replace(name.removeprefix("at "), here)
        return value

    def _shut_in(self, service: str, command: list[str]) -> list[str]:
        """The command as the container's user, on a root it can only read."""
        keys, data = self.folder / "keys", self.folder / service
        volumes = our_services()[service].get("volumes", [])
        kept = "" if volumes == ["keys:/keys"] else f"mount -o remount,bind,ro {keys};"
        hidden = "" if volumes else f"mount -t tmpfs none {keys};"
        script = (
            f"mount --bind {keys} {keys}; mount --bind {data} {data}; {kept} {hidden}"
            "mount -o remount,bind,ro /; mount -t tmpfs none /tmp;"
            f'exec {" ".join(_AS_NOBODY)} "$@"'
        )
        return ["unshare", "--mount", "sh", "-euc", script, "sh", *command]

    def start(self, service: str) -> None:
        """What `docker compose up` runs."""
        image = last_stage()
        command = json.loads(image["ENTRYPOINT"]) + json.loads(image["CMD"])
        with (self.folder / "logs" / service).open("wb") as log:
            self._running[service] = subprocess.Popen(
                self._shut_in(service, command),
                env=self._environment(service),
                cwd="/",
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while self.run(service, *health_command()).returncode:
            assert self._running[service].poll() is None, self.log(service)
            assert time.monotonic() < deadline, self.log(service)
            time.sleep(0.5)

    def run(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What `docker compose exec` runs."""
        return subprocess.run(
            self._shut_in(service, list(command)),
            env=self._environment(service), cwd="/", capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def log(self, service: str) -> str:
        """What the service says."""
        return (self.folder / "logs" / service).read_text()

    def close(self) -> None:
        """End what runs; a container gets SIGTERM, and a minute."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            assert process.wait(60) == 0


@pytest.fixture
def machine() -> Iterator[Machine]:
    """The database set up by its script, the storage with its bucket, the package installed."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"]).returncode:
        pytest.skip("not root, or not allowed to shut processes in")
    with ExitStack() as stack:
        # Not in /tmp, which every process has of its own.
        folder = Path(tempfile.mkdtemp(prefix="margins", dir="/var/tmp"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(tempfile, "tempdir", str(folder))
        database = Path(stack.enter_context(cluster()).partition("host=")[2])
        database.chmod(0o711)
        cloud = stack.enter_context(Cloud("garage"))
        cloud.client("s3").create_bucket(
            Bucket="margins-mail", CreateBucketConfiguration={"LocationConstraint": "garage"}
        )
        _install(folder / "opt")
        subprocess.run(["bash", "-euc", snippet()], cwd=folder, check=True)
        lines = (folder / ".env").read_text().splitlines()
        ports = {name: free_port() for name in ("smtp", "api", "console", "relay")}
        variables = dict(line.split("=", 1) for line in lines) | {
            "at @database/mails": f"@/mails?host={database}",
            "at @database/notes": f"@/notes?host={database}",
            "at http://storage:3900": cloud.url,
            "at http://api:8080": f"http://127.0.0.1:{ports['api']}",
        }
        environ = {**os.environ, **variables, "PGHOST": str(database), "POSTGRES_USER": "postgres"}
        environ = {name: value for name, value in environ.items() if " " not in name}
        subprocess.run(["sh", FOLDER / "database.sh"], env=environ, check=True)
        machine = Machine(folder, variables, ports)
        stack.callback(machine.close)
        yield machine


def _mail() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = READER, "import@in.example.org"
    message["Subject"] = "My clippings"
    message.set_content("Attached.")
    message.add_attachment(CLIPPING, filename="My Clippings.txt")
    return message.as_bytes()


def test_the_site_takes_a_mail_and_delivers_it(machine: Machine) -> None:
    """Started in the order of the file, each well by its own word; nothing writes where it may not.

    The front door has no keys, and the worker cannot change them.
    """
    for service in ("api", "smtp", "worker", "console"):
        machine.start(service)
    machine.run("console", "margins", "accounts", "add", READER).check_returncode()
    with smtplib.SMTP("127.0.0.1", machine.ports["smtp"]) as client:
        client.sendmail(READER, ["import@in.example.org"], _mail())
    deadline = time.monotonic() + 90
    listed = ""
    while "delivered" not in listed and time.monotonic() < deadline:
        listed = machine.run("console", "margins", "inbox", "list").stdout
        time.sleep(0.5)
    assert "delivered" in listed, (listed, machine.log("worker"))
    token = machine.run("console", "margins", "accounts", "token", READER).stdout.strip()
    query = {"query": "{ annotations(first: 2) { nodes { quote } } }"}
    request = Request(
        f"http://127.0.0.1:{machine.ports['api']}/graphql",
        data=json.dumps(query).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        notes = json.load(answer)["data"]["annotations"]["nodes"]
    assert notes == [{"quote": "The water came back at night."}]
    assert machine.run("smtp", "ls", "-A", str(machine.folder / "keys")).stdout == ""
    assert machine.run("worker", "margins", "keys", "rotate").returncode != 0
    for service in ("smtp", "worker", "console", "api"):
        assert list((machine.folder / service).iterdir()) == [], service
