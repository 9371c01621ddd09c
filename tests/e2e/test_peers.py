"""Mail from the programs people really use: swaks, and Postfix as a relay in front."""

from __future__ import annotations

import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import IMPORT, READER, Running, free_port, mail, notebook_html, wait_for

pytestmark = pytest.mark.slow


@pytest.mark.skipif(shutil.which("swaks") is None, reason="no swaks here")
def test_swaks(service: Running, tmp_path: Path) -> None:
    """swaks delivers an attached export."""
    export = tmp_path / "notes.html"
    export.write_text(notebook_html(5))
    subprocess.run(
        [
            "swaks", "--server", f"127.0.0.1:{service.smtp_port}", "--from", READER, "--to", IMPORT,
            "--attach-type", "text/html", "--attach", f"@{export}",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    [(_, state, sentence)] = service.settled()
    assert (state, "5 new" in sentence) == ("delivered", True)


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
relay_transport = smtp:[127.0.0.1]:{port}
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
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


@pytest.fixture
def postfix(service: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Postfix of our own that relays mail for localhost to the service; its SMTP port."""
    if shutil.which("postfix") is None or os.geteuid() != 0:
        pytest.skip("no Postfix here, or not root")
    port = free_port()
    home = Path("/var/tmp") / f"margins-postfix-{os.getpid()}"
    for name in ("etc", "spool", "data"):
        (home / name).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    (home / "etc" / "main.cf").write_text(
        _MAIN.format(home=home, port=service.smtp_port), encoding="ascii"
    )
    master = Path("/usr/share/postfix/master.cf.dist")
    if not master.exists():
        master = Path("/etc/postfix/master.cf")
    lines = [_service(line, port) for line in master.read_text().splitlines()]
    (home / "etc" / "master.cf").write_text("\n".join(lines) + "\n")
    log = (home / "log").open("wb")
    subprocess.run(["postfix", "-c", str(home / "etc"), "set-permissions"], capture_output=True)
    running = subprocess.Popen(
        ["postfix", "-c", str(home / "etc"), "start-fg"], stdout=log, stderr=log
    )
    try:
        wait_for(lambda: _greets(port), "Postfix to answer", 20)
        yield port
    finally:
        subprocess.run(["postfix", "-c", str(home / "etc"), "stop"], capture_output=True)
        running.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _greets(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except (OSError, smtplib.SMTPException):
        return False
    return True


def test_postfix_relays_to_us(service: Running, postfix: int) -> None:
    """Ten mails handed to Postfix arrive through its queue, and their notes are imported."""
    for n in range(10):
        with smtplib.SMTP("127.0.0.1", postfix) as client:
            client.sendmail(READER, [IMPORT], mail(notebook_html(3, title=f"Book {n}")))
    mails = service.settled(10, seconds=60)
    assert [state for _, state, _ in mails] == ["delivered"] * 10


def test_postfix_keeps_what_we_defer(service: Running, postfix: int) -> None:
    """While we are down the mail waits in Postfix's queue; when we are back it is delivered."""
    service.stop()
    with smtplib.SMTP("127.0.0.1", postfix) as client:
        client.sendmail(READER, [IMPORT], mail(notebook_html(2)))
    time.sleep(1)
    service.start()
    home = Path("/var/tmp") / f"margins-postfix-{os.getpid()}"
    subprocess.run(["postqueue", "-c", str(home / "etc"), "-f"], check=True)
    assert service.settled(1, seconds=60)[0][1] == "delivered"
