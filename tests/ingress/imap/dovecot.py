"""A Dovecot of our own on loopback, and what a mail program sees of a mailbox in it."""

from __future__ import annotations

import imaplib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from running import free_port

PASSWORD = "open sesame"

_SETTINGS = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = plain
first_valid_uid = 0
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 50
imap_idle_notify_interval = 1 mins
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain {home}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{more}
"""


def _program() -> str:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False


@dataclass(frozen=True)
class Mailbox:
    """What a mail program, by another implementation of IMAP, sees and does."""

    port: int
    user: str

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Signed in, with the folder open."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login(self.user, PASSWORD)
            client.select(folder)
            yield client

    def create(self, folder: str) -> None:
        """Make a folder."""
        with self.opened() as client:
            assert client.create(folder)[0] == "OK"

    def put(self, *contents: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """As the provider delivers mail."""
        with self.opened() as client:
            for content in contents:
                status, said = client.append(folder, flags, None, content)
                assert status == "OK", said

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """Of every mail in the folder, in order, without \\Recent."""
        with self.opened(folder) as client:
            _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
        found = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in lines if line]
        return [set(each[1].decode().split()) - {"\\Recent"} for each in found if each]

    def contents(self, folder: str = "INBOX") -> list[bytes]:
        """Of every mail in the folder, in order."""
        with self.opened(folder) as client:
            _, parts = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [part[1] for part in parts if isinstance(part, tuple)]


@dataclass
class Dovecot:
    """A running Dovecot.

    Attributes:
        port: without TLS.
        tls_port: with it.
    """

    home: Path
    port: int
    tls_port: int
    numbers: Iterator[int] = field(default_factory=count)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """All it has said so far."""
        return (self.home / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [_program(), "-F", "-c", str(self.home / "dovecot.conf")]
        with (self.home / "said").open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said)
        deadline = time.monotonic() + 20
        while not _greets(self.port):
            assert self.process.poll() is None, (self.home / "said").read_text()
            assert time.monotonic() < deadline, "Dovecot does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it, and all its sessions."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def kick(self, user: str) -> None:
        """End the sessions of a user, as a server does for its own reasons."""
        conf = str(self.home / "dovecot.conf")
        subprocess.run(["doveadm", "-c", conf, "kick", user], check=True, capture_output=True)

    def mailbox(self) -> Mailbox:
        """A new one, of a user of its own."""
        return Mailbox(self.port, f"user{next(self.numbers)}")


@contextmanager
def dovecot(
    *, capability: str = "", certificate: tuple[Path, Path] | None = None
) -> Iterator[Dovecot]:
    """A context: inside it Dovecot answers on two ports of loopback.

    Args:
        capability: what it says it can do, when not all of it.
    """
    if not _program() or os.geteuid() != 0:
        pytest.skip("no Dovecot here, or not root")
    home = Path(tempfile.mkdtemp(prefix="margins-dovecot-"))
    plain, tls = free_port(), free_port()
    nobody = pwd.getpwnam("nobody")
    more = f"imap_capability = {capability}\n" if capability else ""
    if certificate is not None:
        more += "ssl_cert = <{}\nssl_key = <{}\n".format(*certificate)
    settings = home / "dovecot.conf"
    settings.write_text(
        _SETTINGS.format(
            home=home,
            ssl="yes" if certificate else "no",
            plain=plain,
            tls=tls if certificate else 0,
            uid=nobody.pw_uid,
            gid=nobody.pw_gid,
            more=more,
        )
    )
    home.chmod(0o755)
    for name in ("mail", "home"):
        (home / name).mkdir()
        shutil.chown(home / name, nobody.pw_uid)
    # All at once: Dovecot reads the file again only when its second has changed.
    (home / "passwd").write_text("".join(f"user{n}:{PASSWORD}::::::\n" for n in range(100)))
    running = Dovecot(home, plain, tls)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)
