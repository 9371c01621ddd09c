"""What every answer tells the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..conftest import Console


@pytest.mark.parametrize(
    "path",
    ["/", "/accounts", "/shelf", "/arrivals", "/static/console.css", "/static/htmx.min.js",
     "/nothing", "/mails/x", "/static/nothing"],
)  # fmt: skip
def test_every_answer_is_locked_down(untouched: Console, path: str) -> None:
    """Pages, files and errors: nothing from elsewhere, no frame, no guessing of types."""
    headers = untouched.http.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_refusals_are_locked_down_too(open_: Callable[..., Console]) -> None:
    """The answers of the guard itself carry the same headers."""
    console = open_(console_password="correct horse battery")
    for answer in (console.http.get("/"), console.http.get("/", headers={"Host": "evil.example"})):
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_pages_are_not_kept_by_caches(untouched: Console) -> None:
    """Notes are not left in a browser's cache; our own files may be, and are asked for again."""
    assert untouched.get("/").headers["cache-control"] == "no-store"
    assert untouched.get("/static/console.css").headers["cache-control"] == "no-cache"


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(untouched: Console) -> None:
    """The policy would stop it; nothing of ours needs stopping."""
    text = untouched.get("/").text
    assert "://" not in text.replace("http://www.w3.org", "")
    assert "<script>" not in text
    assert "style=" not in text


def test_files_do_not_lead_out_of_their_folder(untouched: Console) -> None:
    """A path that climbs finds nothing."""
    for path in ("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/templates/base.html"):
        assert untouched.http.get(path).status_code == 404
