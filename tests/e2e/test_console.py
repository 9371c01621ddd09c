"""The console of a running service, as a browser gets it."""

from __future__ import annotations

from urllib.request import urlopen

import pytest
from running import Running, mail, notebook_html

pytestmark = pytest.mark.slow


def _page(service: Running, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{service.console_port}{path}", timeout=30) as answer:
        return answer.read().decode()


def test_a_mailed_notebook_is_on_the_shelf(service: Running) -> None:
    """The mail is in the list, its page says what came of it, and the shelf has the book."""
    service.send(mail(notebook_html(3), subject="From the coast"))
    [(name, _, sentence)] = service.settled()
    assert "From the coast" in _page(service, "/")
    assert sentence in _page(service, f"/mails/{name}")
    assert "A Book of Tides" in _page(service, "/shelf")


def test_beyond_loopback_the_service_needs_a_password(service: Running) -> None:
    """Without one it does not start, and says which setting is missing."""
    service.stop()
    service.settings["MARGINS_CONSOLE_HOST"] = "0.0.0.0"
    refused = service.command("serve", check=False)
    assert refused.returncode == 78
    assert "Set console_password" in refused.stderr
