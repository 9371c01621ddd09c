"""deploy/relay/post.py, as the pipe of a mail server calls it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from posting import CONTENT, SENDER, TO, Posting, posting

from margins.ingress.relay import Signed
from margins.mail import Outcome

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy" / "relay" / "post.py"
SECRET = "tide-and-time-wait-for-no-reader"


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay for a mail server."""
    with posting(Signed("margins", [SECRET])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new, with the clock of the machine."""
    running.begin().now = time.time()
    return running


def pipe(folder: Path, port: int, *to: str, secret: str = SECRET) -> tuple[int, str]:
    """Exit status and standard error for one mail."""
    (folder / "secret").write_text(secret + "\n")
    url = f"http://127.0.0.1:{port}/relay/margins"
    args = [url, str(folder / "secret"), SENDER, "192.0.2.25", "mail.example.org", *(to or (TO,))]
    ran = subprocess.run([sys.executable, str(SCRIPT), *args], input=CONTENT, capture_output=True)
    return ran.returncode, ran.stderr.decode()


def test_the_mail_arrives(relay: Posting, tmp_path: Path) -> None:
    """Content, paths, client and HELO name, and the mail server hears that it is taken."""
    assert pipe(tmp_path, relay.port, TO, "u@secret.example") == (os.EX_OK, "")
    envelope = relay.mail.envelope
    assert relay.mail.content == CONTENT
    assert (envelope.reverse_path, envelope.peer) == (SENDER, "192.0.2.25")
    assert envelope.forward_paths == (TO, "u@secret.example")


def test_a_refusal_is_for_good(relay: Posting, tmp_path: Path) -> None:
    """The mail server returns the mail to its sender, with the reason."""
    relay.outcome = lambda _: Outcome.UNAUTHENTICATED
    answer = pipe(tmp_path, relay.port)
    assert answer == (os.EX_UNAVAILABLE, "403 Author could not be verified\n")


def test_everything_else_is_tried_again(relay: Posting, tmp_path: Path) -> None:
    """An outage of Margins, a wrong secret, no answer at all: the mail server keeps the mail."""
    relay.outcome = lambda _: Outcome.UNAVAILABLE
    assert pipe(tmp_path, relay.port)[0] == os.EX_TEMPFAIL
    assert pipe(tmp_path, relay.port, secret="x" * 32)[0] == os.EX_TEMPFAIL
    assert pipe(tmp_path, 1)[0] == os.EX_TEMPFAIL


@pytest.mark.skipif(not all(map(shutil.which, ("curl", "openssl"))), reason="no curl or openssl")
def test_a_shell_can_speak_it(relay: Posting, tmp_path: Path) -> None:
    """The lines of docs/relay.md post the mail they say."""
    page = (ROOT / "docs" / "relay.md").read_text("utf-8")
    [script] = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    script = script.replace("https://relay.example.org", f"http://127.0.0.1:{relay.port}")
    (tmp_path / "mail.eml").write_bytes(CONTENT)
    environ = os.environ | {"SECRET": SECRET}
    ran = subprocess.run(
        ["sh", "-euc", script], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, "Message accepted\n")
    assert relay.mail.content == CONTENT
    assert relay.mail.envelope.forward_paths == (TO,)
