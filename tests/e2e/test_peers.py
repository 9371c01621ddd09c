"""Mail from the programs people really use: swaks, and Postfix as a relay in front."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from postfix import postfix
from running import IMPORT, READER, Running, free_port, mail, notebook_html

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


def test_postfix_relays_to_us(service: Running) -> None:
    """Ten mails handed to Postfix arrive through its queue, and their notes are imported."""
    with postfix(f"smtp:[127.0.0.1]:{service.smtp_port}") as relay:
        for n in range(10):
            relay.send(READER, [IMPORT], mail(notebook_html(3, title=f"Book {n}")))
        mails = service.settled(10, seconds=60)
    assert [state for _, state, _ in mails] == ["delivered"] * 10


def test_postfix_keeps_what_we_defer(service: Running) -> None:
    """While we are down the mail waits in Postfix's queue; when we are back it is delivered."""
    with postfix(f"smtp:[127.0.0.1]:{service.smtp_port}") as relay:
        service.stop()
        relay.send(READER, [IMPORT], mail(notebook_html(2)))
        time.sleep(1)
        service.start()
        relay.flush()
        assert service.settled(1, seconds=60)[0][1] == "delivered"


_PROXY = "--proxy-source-port 5000 --proxy-dest 192.0.2.1 --proxy-dest-port 25 --proxy-source"


@pytest.mark.skipif(shutil.which("swaks") is None, reason="no swaks here")
@pytest.mark.parametrize(
    ("setting", "options"),
    [
        ("xclient_networks", "--xclient-helo mail.example.org --xclient-addr"),
        ("proxy_networks", f"--proxy-version 1 --proxy-family TCP4 {_PROXY}"),
        ("proxy_networks", f"--proxy-version 2 --proxy-family AF_INET {_PROXY}"),
    ],
    ids=["XCLIENT", "PROXY v1", "PROXY v2"],
)
def test_what_a_front_says_of_its_peer_decides(
    service: Running, setting: str, options: str
) -> None:
    """Only a peer in the trusted network is taken at its word, never the front that speaks."""
    _restarted(service, trusted_networks="198.51.100.0/24", **{setting: "127.0.0.0/8"})
    said = {}
    for peer in ("198.51.100.7", "192.0.2.7"):
        server = f"127.0.0.1:{service.smtp_port}"
        command = ["swaks", "--server", server, "--from", READER, "--to", IMPORT, *options.split()]
        said[peer] = subprocess.run([*command, peer], capture_output=True, text=True).stdout
    assert "250 2.6.0" in said["198.51.100.7"]
    assert "250 2.6.0" not in said["192.0.2.7"]
    assert "Author could not be verified" in said["192.0.2.7"] or " 451 " in said["192.0.2.7"]


def _restarted(service: Running, **settings: str) -> None:
    service.stop()
    service.settings.update({f"MARGINS_{name.upper()}": value for name, value in settings.items()})
    service.start()


def test_postfix_hears_about_each_recipient(service: Running) -> None:
    """By LMTP: one mail, two addresses, two answers; Postfix returns the one and not the other."""
    port = free_port()
    _restarted(service, lmtp_port=str(port))
    secret = service.command("accounts", "secret", READER).stdout.split()[0]
    service.command("accounts", "policy", READER, "authenticated+secret")
    with postfix(f"lmtp:[127.0.0.1]:{port}") as relay:
        relay.send(READER, [IMPORT, secret], mail(notebook_html(2)))
        to_all, to_secret = sorted(relay.ended(2), key=lambda line: secret in line)
        mails = service.settled(2)
    assert "said: 550 5.7.1 " in to_all
    assert "status=sent (250 2.6.0 " in to_secret
    assert sorted(state for _, state, _ in mails) == ["delivered", "rejected"]


def test_postfix_says_whose_mail_it_hands_on(service: Running) -> None:
    """With XFORWARD the peer is Postfix's own client; only one that is trusted itself is."""
    port = free_port()
    _restarted(
        service,
        lmtp_port=str(port),
        trusted_networks="127.0.0.9/32",
        xclient_networks="127.0.0.1/32",
    )
    with postfix(f"lmtp:[127.0.0.1]:{port}", "lmtp_send_xforward_command = yes") as relay:
        relay.send(READER, [IMPORT], mail(notebook_html(2)), client="127.0.0.9")
        relay.send(READER, [IMPORT], mail(notebook_html(3)), client="127.0.0.8")
        sent = [line for line in relay.ended(2) if "status=sent" in line]
        service.stop()
    assert len(sent) == 1
    taken = [sentence for _, state, sentence in service.inbox() if state != "rejected"]
    assert len(taken) == 1
