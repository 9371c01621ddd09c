"""A Postfix of our own, in a directory of its own, that hands mail for localhost to the service."""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from running import free_port, wait_for

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
relay_domains = localhost
relay_transport = {transport}
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
alias_maps =
smtputf8_enable = no
{more}
"""


def _service(line: str, port: int) -> str:
    """A line of master.cf with SMTP on our port and nothing chrooted."""
    fields = line.split()
    if len(fields) < 8 or line.startswith((" ", "#")):
        return line
    if fields[:2] == ["smtp", "inet"]:
        fields[0] = f"127.0.0.1:{port}"
    fields[4] = "n"
    return " ".join(fields)


def greets(port: int) -> bool:
    """Somebody answers at the port."""
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except (OSError, smtplib.SMTPException):
        return False
    return True


@dataclass(frozen=True)
class Postfix:
    """A running Postfix.

    Attributes:
        port: where it takes mail.
        home: the directory it has to itself.
    """

    port: int
    home: Path

    @property
    def log(self) -> str:
        """All it has said so far."""
        return (self.home / "log").read_text("utf-8", "replace")

    def flush(self) -> None:
        """Try everything that waits in its queue at once."""
        subprocess.run(["postqueue", "-c", str(self.home / "etc"), "-f"], check=True)

    def send(self, sender: str, recipients: list[str], content: bytes, client: str = "") -> None:
        """Hand a mail over, from an address of loopback of one's choice."""
        source = (client or "127.0.0.1", 0)
        with smtplib.SMTP("127.0.0.1", self.port, source_address=source) as session:
            session.sendmail(sender, recipients, content)

    def ended(self, count: int) -> list[str]:
        """The lines of its log about the ends of so many recipients here; waits for them."""
        here = re.compile(r"@localhost>, .* status=")

        def lines() -> list[str] | None:
            found = [line for line in self.log.splitlines() if here.search(line)]
            return found if len(found) >= count else None

        return wait_for(lines, f"{count} recipients to be dealt with", 60) or []


@contextmanager
def postfix(
    transport: str, more: str = "", prepare: Callable[[Path], str] = lambda _: ""
) -> Iterator[Postfix]:
    """A context: inside it Postfix relays what is for localhost by `transport`.

    Args:
        more: lines of main.cf.
        prepare: puts into its home what the transport needs, and returns lines of master.cf.
    """
    if shutil.which("postfix") is None or os.geteuid() != 0:
        pytest.skip("no Postfix here, or not root")
    port = free_port()
    home = Path("/var/tmp") / f"margins-postfix-{os.getpid()}"
    for name in ("etc", "spool", "data"):
        (home / name).mkdir(parents=True)
    home.chmod(0o755)
    shutil.chown(home / "data", "postfix")
    settings = _MAIN.format(home=home, transport=transport, more=more)
    (home / "etc" / "main.cf").write_text(settings, encoding="ascii")
    master = Path("/usr/share/postfix/master.cf.dist")
    if not master.exists():
        master = Path("/etc/postfix/master.cf")
    lines = [_service(line, port) for line in master.read_text().splitlines()]
    (home / "etc" / "master.cf").write_text("\n".join([*lines, prepare(home)]) + "\n")
    command = ["postfix", "-c", str(home / "etc")]
    subprocess.run([*command, "set-permissions"], capture_output=True)
    with (home / "log").open("wb") as log:
        running = subprocess.Popen([*command, "start-fg"], stdout=log, stderr=log)
    try:
        wait_for(lambda: greets(port), "Postfix to answer", 20)
        yield Postfix(port, home)
    finally:
        subprocess.run([*command, "stop"], capture_output=True)
        running.wait(20)
        shutil.rmtree(home, ignore_errors=True)
