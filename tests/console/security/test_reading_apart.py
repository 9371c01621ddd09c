"""What hostile mail holds is read in a process of its own, also when somebody looks at it."""

from __future__ import annotations

import pytest

from margins.agent import agent, reading

from ..conftest import Console
from ..exports import clippings, mail


def _here(*_: object) -> None:
    raise AssertionError("read in the process of the console")


def test_a_page_reads_no_attachment_in_the_service(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says what came of it all the same."""
    console.register()
    done = console.deliver(mail(clippings("A tide.", "Another.")))
    for module, name in ((agent, "read_through"), (reading, "read")):
        monkeypatch.setattr(module, name, _here)
    page = console.get(f"/mails/{done.id}")
    assert page.status_code == 200
    assert "kindle-clippings/" in page.text
