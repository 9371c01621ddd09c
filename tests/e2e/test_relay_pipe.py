"""Postfix hands its mail to deploy/relay/post.py, as docs/relay.md says."""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from running import IMPORT, READER, Running, free_port, mail, notebook_html, wait_for

from margins.testing.nameserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "authentication"))

from signing import rsa_key, sign

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NAME_SERVER = "127.0.53.54"
SECRET = "tide-and-time-wait-for-no-reader"
DKIM = rsa_key("example.org")
ZONE = {
    "mail._domainkey.example.org": [("TXT", DKIM.record())],
    "_dmarc.example.org": [("TXT", b"v=DMARC1; p=reject")],
}
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
relay_transport = post
post_destination_recipient_limit = 1
maillog_file = {home}/data/log
maillog_file_prefixes = {home}
alias_maps =
smtputf8_enable = no
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


def _transport(home: Path, relay_port: int) -> str:
    """The lines of docs/relay.md, with the places of this machine."""
    page = (ROOT / "docs" / "relay.md").read_text("utf-8")
    [lines] = re.findall(r"^post unix.*?(?=^```)", page, re.DOTALL | re.MULTILINE)
    return (
        lines.replace("/usr/local/bin/post.py", f"/usr/bin/python3 {home}/post.py")
        .replace("https://relay.example.org", f"http://127.0.0.1:{relay_port}")
        .replace("/etc/postfix/margins.secret", f"{home}/secret")
    )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """The whole service with the relay, and one registered reader."""
    if os.geteuid() != 0:
        pytest.skip("only root may be a name server")
    running = Running(tmp_path / "data")
    running.settings = {
        "MARGINS_NAMESERVERS": NAME_SERVER,
        "MARGINS_RELAY_PORT": str(free_port()),
        "MARGINS_RELAY_MARGINS_SECRETS": SECRET,
    }
    running.command("accounts", "add", READER)
    with serve(ZONE, address=(NAME_SERVER, 53)):
        try:
            running.start()
            wait_for(lambda: _relays(running), "the relay to answer", 30)
            yield running
        finally:
            if running.process is not None:
                running.stop()


@pytest.fixture
def postfix(service: Running) -> Iterator[int]:
    """A Postfix of our own that pipes mail for localhost to the script; its SMTP port."""
    if shutil.which("postfix") is None or not Path("/usr/bin/python3").exists():
        pytest.skip("no Postfix here, or no Python for everybody")
    port, home = free_port(), Path("/var/tmp") / f"margins-pipe-{os.getpid()}"
    for name in ("etc", "spool", "data"):
        (home / name).mkdir(parents=True)
    home.chmod(0o755)
    shutil.chown(home / "data", "postfix")
    shutil.copy(ROOT / "deploy" / "relay" / "post.py", home / "post.py")
    (home / "secret").write_text(SECRET)
    (home / "etc" / "main.cf").write_text(_MAIN.format(home=home), encoding="ascii")
    master = Path("/usr/share/postfix/master.cf.dist")
    lines = [_service(line, port) for line in master.read_text().splitlines()]
    transport = _transport(home, int(service.settings["MARGINS_RELAY_PORT"]))
    (home / "etc" / "master.cf").write_text("\n".join([*lines, transport]))
    configured = ["postfix", "-c", str(home / "etc")]
    subprocess.run([*configured, "set-permissions"], capture_output=True)
    running = subprocess.Popen([*configured, "start-fg"])
    try:
        wait_for(lambda: _greets(port), "Postfix to answer", 20)
        yield port
    finally:
        subprocess.run([*configured, "stop"], capture_output=True)
        running.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _relays(service: Running) -> bool:
    port = service.settings["MARGINS_RELAY_PORT"]
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except OSError:
        return False
    return True


def _greets(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except (OSError, smtplib.SMTPException):
        return False
    return True


def test_postfix_posts(service: Running, postfix: int) -> None:
    """A signed mail comes through unharmed and is delivered; Postfix's queue is empty."""
    content = sign(mail(notebook_html(3)), DKIM, "example.org")
    with smtplib.SMTP("127.0.0.1", postfix) as client:
        client.sendmail(READER, [IMPORT], content)
    [(_, state, sentence)] = service.settled(seconds=60)
    assert (state, "3 new" in sentence) == ("delivered", True)


def test_postfix_keeps_what_cannot_be_posted(service: Running, postfix: int) -> None:
    """While the relay is down the mail waits; when it is back it is delivered."""
    service.stop()
    content = sign(mail(notebook_html(2)), DKIM, "example.org")
    with smtplib.SMTP("127.0.0.1", postfix) as client:
        client.sendmail(READER, [IMPORT], content)
    home = Path("/var/tmp") / f"margins-pipe-{os.getpid()}"
    log = home / "data" / "log"
    wait_for(lambda: "status=deferred" in log.read_text(), "Postfix to defer the mail", 30)
    service.start()
    wait_for(lambda: _relays(service), "the relay to answer", 30)
    subprocess.run(["postqueue", "-c", str(home / "etc"), "-f"], check=True)
    assert service.settled(1, seconds=60)[0][1] == "delivered"
