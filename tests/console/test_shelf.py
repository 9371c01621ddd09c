"""The shelf: books and notes as the notes API shows them to their owner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .conftest import READER, Console, plain
from .exports import clippings, mail


def _book(console: Console, account: str) -> str:
    """Path of the first book."""
    text = console.get(f"/shelf/{account}").text
    return f"/shelf/{account}/" + text.split(f'href="/shelf/{account}/')[1].split('"')[0]


def test_books_and_their_notes(console: Console) -> None:
    """A mailed export is a book on its account's shelf, with every note at its page."""
    account = console.register()
    console.deliver(mail(clippings("The first tide.", "The second tide.")))
    shelf = plain(console.get(f"/shelf/{account}").text)
    assert "2 notes A Book of Tides Ines Marlow" in shelf
    book = plain(console.get(_book(console, account)).text)
    assert "p. 1 The first tide. p. 2 The second tide." in book


def test_the_only_account_is_not_asked_for(console: Console) -> None:
    """One account: the shelf is opened at once; two: there is a choice; none: advice."""
    assert "Register an address" in plain(console.get("/shelf").text)
    account = console.register()
    assert console.http.get("/shelf").url.path == f"/shelf/{account}"
    console.register("second@example.org")
    said = plain(console.get("/shelf").text)
    assert READER in said
    assert "second@example.org" in said


def test_search_marks_what_was_found(console: Console) -> None:
    """The words looked for are marked in the notes that have them, and the others are left out."""
    account = console.register()
    console.deliver(mail(clippings("The lamp was lit.", "The tide came in.")))
    page = console.get(f"/shelf/{account}?q=lamp").text
    assert "The <mark>lamp</mark> was lit." in page
    assert "The tide came in." not in page
    assert "1 note with" in plain(page)
    assert "0 notes with" in plain(console.get(f"/shelf/{account}?q=harbour").text)


def test_a_long_book_goes_on(console: Console) -> None:
    """A hundred notes fill a page; the link below shows the others, none lost or repeated."""
    account = console.register()
    console.deliver(mail(clippings(*(f"Tide number {n:03} came in." for n in range(130)))))
    path = _book(console, account)
    first = console.get(path).text
    second = console.get(path + first.split('rel="next" href="')[1].split('"')[0]).text
    shown = [sum(f"number {n:03} " in page for n in range(130)) for page in (first, second)]
    assert shown == [100, 30]


def test_nobody_reads_from_another_shelf(console: Console) -> None:
    """A book is on its owner's shelf alone: the token of the other account does not show it."""
    account, other = console.register(), console.register("second@example.org")
    console.deliver(mail(clippings("A tide.")))
    book = _book(console, account).rpartition("/")[2]
    assert console.http.get(f"/shelf/{other}/{book}").status_code == 404
    assert "This shelf is empty." in plain(console.get(f"/shelf/{other}").text)


def test_no_such_account_and_no_such_book(console: Console) -> None:
    """Both are not found, whatever their ids look like."""
    account = console.register()
    for path in ("/shelf/nobody", f"/shelf/{account}/nothing", f"/shelf/{account}/{account}"):
        assert console.http.get(path).status_code == 404


def test_a_wrong_cursor_is_refused(console: Console) -> None:
    """A link that was tampered with gets an error page, not a page of notes."""
    account = console.register()
    answer = console.http.get(f"/shelf/{account}?after=nonsense")
    assert answer.status_code == 502
    assert "not a cursor" in answer.text


def test_the_notes_api_is_down(console: Console) -> None:
    """The page says that it does not answer; the mails can still be read."""
    account = console.register()
    console.api.stop()
    answer = console.http.get(f"/shelf/{account}")
    assert answer.status_code == 503
    assert "The notes API did not answer" in plain(answer.text)
    console.get("/")


def test_notes_that_go_elsewhere(open_: Callable[..., Console], tmp_path: Path) -> None:
    """Where the settings send notes to files or to another API, the shelf says so."""
    console = open_(sink="jsonl", sink_path=tmp_path / "notes")
    answer = console.http.get(f"/shelf/{console.register()}")
    assert answer.status_code == 404
    assert "The settings send notes elsewhere" in plain(answer.text)
