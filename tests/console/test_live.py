"""In a real browser: rows refresh themselves, and the policy has nothing to complain of."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from margins.service.servers import WebServer, listen

from .conftest import Console
from .exports import clippings, mail

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here"),
]


def browse(console: Console, path: str, profile: Path, *, on: str = "", do: object = None) -> str:
    """The page as Chromium has it after some seconds, and what it said on its console.

    Args:
        on: before the first request whose path ends so is answered, `do` is called.
    """
    waiting = [do] if callable(do) else []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if waiting and scope["type"] == "http" and scope["path"].endswith(on):
            waiting.pop()()
        await console.http.app(scope, receive, send)

    listener = listen("127.0.0.1", 0, "console_port")
    server = WebServer(app, listener, name="api")
    server.start()
    try:
        done = subprocess.run(
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                "--virtual-time-budget=9000", f"--user-data-dir={profile}", "--dump-dom",
                f"http://127.0.0.1:{listener.getsockname()[1]}{path}",
            ],
            capture_output=True,
            text=True,
            timeout=90,
        )  # fmt: skip
    finally:
        server.stop()
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert said == []
    return done.stdout


def test_a_row_refreshes_itself(console: Console, tmp_path: Path) -> None:
    """A mail delivered after the page was loaded is shown as delivered, without a reload."""
    console.register()
    entry = console.receive(mail(clippings("A tide.")))
    page = browse(console, "/", tmp_path, on="/row", do=lambda: console.settle(entry))
    assert f'id="mail-{entry.id}"' in page
    assert 'data-state="delivered"' in page.split("<ol")[1]
    assert "/row" not in page


def test_the_page_of_a_mail_refreshes_itself(console: Console, tmp_path: Path) -> None:
    """Its stages follow the delivery."""
    console.register()
    entry = console.receive(mail(clippings("A tide.")))
    path = f"/mails/{entry.id}"
    page = browse(console, path, tmp_path, on="/standing", do=lambda: console.settle(entry))
    assert "1 entry makes 1 annotation" in page
    assert "Waiting" not in page


def test_a_new_mail_is_announced(console: Console, tmp_path: Path) -> None:
    """The empty page notices the first mail."""
    console.register()
    page = browse(console, "/", tmp_path, on="/arrivals", do=lambda: console.receive(mail()))
    assert "1 new mail: show" in page
