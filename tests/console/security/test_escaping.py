"""What strangers write is text on our pages, wherever it turns up."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from ..conftest import Console
from ..exports import clippings, mail

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{ 1111*1111 }}"


class _Tags(HTMLParser):
    """Every tag of a page, with the names of its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name) for name, _ in attrs]


def check(html: str) -> None:
    """Nothing of the hostile text became markup, and it is all there to be read."""
    page = _Tags(html)
    assert page.tags.count("script") <= 1  # our own
    assert "img" not in page.tags
    assert "style" not in page.tags
    assert not [name for _, name in page.attributes if name.startswith("on") or name == "style"]
    assert "1234321" not in html


@pytest.fixture
def hostile(console: Console) -> tuple[Console, str, str]:
    """A console with mails whose every field is hostile; a mail's id and the account's."""
    account = console.register()
    # A file name cannot hold a slash, nor a book's author a closing parenthesis.
    export = clippings(
        HOSTILE, book=f"{HOSTILE} (Ines {HOSTILE.replace('(', '').replace(')', '')})"
    )
    done = console.deliver(
        mail(export, subject=HOSTILE, filename=HOSTILE.replace("/", "") + ".txt", text=HOSTILE)
    )
    return console, done.id, account


def test_the_list(hostile: tuple[Console, str, str]) -> None:
    """Subjects and reasons in the list and in its rows."""
    console, mail_id, _ = hostile
    page = console.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    check(page)
    check(console.get(f"/mails/{mail_id}/row").text)
    check(console.get(f"/?format={HOSTILE}").text)
    check(console.get(f"/?before={HOSTILE}&state={HOSTILE}").text)
    check(console.get(f"/arrivals?after={HOSTILE}&format={HOSTILE}").text)


def test_the_mail(hostile: tuple[Console, str, str]) -> None:
    """Subject, file names, titles, authors and skipped entries on the page of a mail."""
    console, mail_id, _ = hostile
    check(console.get(f"/mails/{mail_id}").text)
    check(console.get(f"/mails/{mail_id}/standing").text)
    check(console.post(f"/mails/{mail_id}/preview").text)


def test_the_shelf(hostile: tuple[Console, str, str]) -> None:
    """Titles, creators, quotes and what was searched for."""
    console, _, account = hostile
    shelf = console.get(f"/shelf/{account}").text
    check(shelf)
    book = shelf.split(f'href="/shelf/{account}/')[1].split('"')[0]
    check(console.get(f"/shelf/{account}/{book}").text)
    check(console.get(f"/shelf/{account}", params={"q": HOSTILE}).text)
    found = console.get(f"/shelf/{account}", params={"q": "alert"}).text
    assert "<mark>alert</mark>" in found
    check(found)


def test_errors_and_forms(console: Console) -> None:
    """What was asked for wrongly, repeated on the page that says so."""
    check(console.http.get(f"/mails/{HOSTILE}").text)
    check(console.http.get(f"/shelf/{HOSTILE}").text)
    check(console.post("/accounts", address=HOSTILE, account=HOSTILE).text)


@pytest.mark.parametrize("said", ["a\u202egnp.exe", "bell \x07 here", "del \x7f here"])
def test_what_cannot_be_seen_is_made_visible(console: Console, said: str) -> None:
    """Controls, and the override that turns text around, are shown as what they are: not text."""
    text = console.post("/accounts", address=said).text
    assert not any(c in text for c in "\u202e\x07\x7f")
    assert "\ufffd" in text


def test_half_characters_do_not_break_a_page(console: Console) -> None:
    """A lone surrogate, which no UTF-8 can hold, is shown as a replacement character."""
    console.register()
    content = mail(clippings("A tide.")).replace(b"My Clippings.txt", b"\xed\xa0\x80.txt")
    console.get(f"/mails/{console.receive(content).id}")
