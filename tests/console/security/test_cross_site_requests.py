"""Nothing is changed on behalf of another web page (CSRF)."""

from __future__ import annotations

import pytest

from ..conftest import HOME, Console
from ..exports import clippings, mail

FORM = {"address": "evil@example.net", "account": ""}


def _accounts(console: Console) -> int:
    return len(console.parts.senders.accounts())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://localhost:8090"},
        {"Origin": "http://127.0.0.1:8090.evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_another_origin_is_refused(untouched: Console, headers: dict[str, str]) -> None:
    """Even with the right token: the browser says who sent the form."""
    answer = untouched.http.post(
        "/accounts", data=FORM | {"token": untouched.token()}, headers=headers
    )
    assert answer.status_code == 403
    assert _accounts(untouched) == 0


@pytest.mark.parametrize("headers", [{"Origin": HOME}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_are_believed(console: Console, headers: dict[str, str]) -> None:
    """Either header a browser sends with our forms is enough beside the token."""
    console.http.post("/accounts", data=FORM | {"token": console.token()}, headers=headers)
    assert _accounts(console) == 1


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_a_form_without_the_token_is_refused(untouched: Console, token: str) -> None:
    """Every form needs it, whatever the headers say."""
    assert untouched.post("/accounts", token=token, **FORM).status_code == 403
    assert _accounts(untouched) == 0


@pytest.mark.parametrize("action", ["preview", "replay", "approve", "refuse"])
def test_every_action_needs_the_token(console: Console, action: str) -> None:
    """No page elsewhere can have a mail delivered again, planned or decided about."""
    console.register()
    done = console.deliver(mail(clippings("A tide.")))
    assert console.post(f"/mails/{done.id}/{action}", token="wrong").status_code == 403
    assert console.http.get(f"/mails/{done.id}/{action}").status_code == 405
    again = console.parts.inbox.get(done.id)
    assert again is not None
    assert again.replays == 0


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "multipart/form-data", ""]
)
def test_only_forms_are_read(untouched: Console, media_type: str) -> None:
    """A body of another type is not looked into."""
    headers = {"Origin": HOME, "Content-Type": media_type}
    body = f"token={untouched.token()}&address=evil@example.net"
    assert untouched.http.post("/accounts", content=body, headers=headers).status_code == 415
    assert _accounts(untouched) == 0


@pytest.mark.parametrize("body", ["x" * 20_000, "&".join(f"f{n}=1" for n in range(100))])
def test_forms_are_bounded(untouched: Console, body: str) -> None:
    """Too many bytes and too many fields are refused before anything is done."""
    headers = {"Origin": HOME, "Content-Type": "application/x-www-form-urlencoded"}
    assert untouched.http.post("/accounts", content=body, headers=headers).status_code in {400, 413}


def test_the_console_sets_no_cookies(console: Console) -> None:
    """There is nothing a browser would send along for somebody else."""
    assert "set-cookie" not in console.get("/").headers
    assert "set-cookie" not in console.get("/accounts").headers
