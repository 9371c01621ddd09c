"""Postfix hands its mail to deploy/relay/post.py, as docs/relay.md says."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from postfix import Postfix, postfix
from running import IMPORT, READER, Running, free_port, mail, notebook_html, own_address, wait_for

from margins.testing.nameserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "authentication"))

from signing import rsa_key, sign

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NAME_SERVER = own_address(54)
SECRET = "tide-and-time-wait-for-no-reader"
DKIM = rsa_key("example.org")
ZONE = {
    "mail._domainkey.example.org": [("TXT", DKIM.record())],
    "_dmarc.example.org": [("TXT", b"v=DMARC1; p=reject")],
}


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
def relay(service: Running) -> Iterator[Postfix]:
    """A Postfix of our own that pipes mail for localhost to the script."""
    if not Path("/usr/bin/python3").exists():
        pytest.skip("no Python for everybody")

    def prepare(home: Path) -> str:
        shutil.copy(ROOT / "deploy" / "relay" / "post.py", home / "post.py")
        (home / "secret").write_text(SECRET)
        return _transport(home, int(service.settings["MARGINS_RELAY_PORT"]))

    with postfix("post", "post_destination_recipient_limit = 1", prepare) as running:
        yield running


def _relays(service: Running) -> bool:
    port = service.settings["MARGINS_RELAY_PORT"]
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except OSError:
        return False
    return True


def test_postfix_posts(service: Running, relay: Postfix) -> None:
    """A signed mail comes through unharmed and is delivered; Postfix's queue is empty."""
    content = sign(mail(notebook_html(3)), DKIM, "example.org")
    relay.send(READER, [IMPORT], content)
    [(_, state, sentence)] = service.settled(seconds=60)
    assert (state, "3 new" in sentence) == ("delivered", True)


def test_postfix_keeps_what_cannot_be_posted(service: Running, relay: Postfix) -> None:
    """While the relay is down the mail waits; when it is back it is delivered."""
    service.stop()
    content = sign(mail(notebook_html(2)), DKIM, "example.org")
    relay.send(READER, [IMPORT], content)
    wait_for(lambda: "status=deferred" in relay.log, "Postfix to defer the mail", 30)
    service.start()
    wait_for(lambda: _relays(service), "the relay to answer", 30)
    relay.flush()
    assert service.settled(1, seconds=60)[0][1] == "delivered"
