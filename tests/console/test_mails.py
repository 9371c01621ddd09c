"""The list of mails: what is in it, in which order, and how it stays up to date."""

from __future__ import annotations

from .conftest import Console, plain
from .exports import clippings, mail


def test_an_empty_inbox_says_how_to_send_the_first_mail(console: Console) -> None:
    """Without mails the page names the address, the command, and what to do before."""
    said = plain(console.get("/").text)
    assert "No mail has come yet." in said
    assert "margins send FILE --from YOU --to import@localhost --host 127.0.0.1 --port 8025" in said
    assert "Register the address" in said
    console.register()
    assert "1 account registered" in plain(console.get("/").text)


def test_every_mail_shows_who_what_and_why(console: Console) -> None:
    """A row has the subject, the author, the state, the sentence, and the counts."""
    console.register()
    done = console.deliver(mail(clippings("One tide.", "Two tides."), subject="From the coast"))
    page = console.get("/")
    said = plain(page.text)
    for words in ("From the coast", "reader@example.org", "delivered", "2 new", "0 updated"):
        assert words in said
    assert done.reason in said
    assert f'href="/mails/{done.id}"' in page.text


def test_the_newest_comes_first(console: Console) -> None:
    """Later mails stand above earlier ones."""
    console.register()
    for subject in ("first", "second"):
        console.receive(mail(subject=subject))
    text = console.get("/").text
    assert text.index("second") < text.index("first")


def test_mails_of_one_state(console: Console) -> None:
    """The filter shows the mails in that state, and says so when there are none."""
    console.register()
    console.deliver(mail(clippings("A tide."), subject="with notes"))
    console.deliver(mail(subject="without notes"))
    failed = console.get("/?state=failed").text
    assert "without notes" in failed
    assert "with notes" not in failed.replace("without notes", "")
    assert "No mail here is held." in plain(console.get("/?state=held").text)


def test_mails_of_one_format(console: Console) -> None:
    """The format that read a mail leads to all mails it read."""
    console.register()
    console.deliver(mail(clippings("A tide."), subject="with notes"))
    console.deliver(mail(subject="nothing in it"))
    page = console.get("/?format=kindle-clippings").text
    assert "with notes" in page
    assert "nothing in it" not in page


def test_older_mails_are_a_page_further(console: Console) -> None:
    """Fifty mails fill a page; the link below shows those before, and none is lost or repeated."""
    for n in range(53):
        console.receive(mail(subject=f"number {n:02}", sender="stranger@example.net"))
    first = console.get("/").text
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = console.get(older).text
    shown = [[n for n in range(53) if f"number {n:02}" in page] for page in (first, second)]
    assert shown == [list(range(3, 53)), [0, 1, 2]]
    assert 'rel="next"' not in second


def test_a_row_is_asked_for_again_until_its_end(console: Console) -> None:
    """A mail under way polls its own row; once it has ended the row stays as it is."""
    console.register()
    entry = console.receive(mail(clippings("A tide.")))
    row = f'hx-get="/mails/{entry.id}/row"'
    assert row in console.get("/").text
    assert row in console.get(f"/mails/{entry.id}/row").text
    console.settle(entry)
    ended = console.get(f"/mails/{entry.id}/row").text
    assert row not in ended
    assert "delivered" in ended
    assert row not in console.get("/").text


def test_arrivals_are_announced(console: Console) -> None:
    """What came since the page was made is counted, and nothing is said when nothing came."""
    console.register()
    seen = console.receive(mail(subject="seen"))
    assert plain(console.get(f"/arrivals?after={seen.id}").text) == ""
    console.receive(mail(subject="new"))
    assert plain(console.get(f"/arrivals?after={seen.id}").text) == "1 new mail: show"
    assert plain(console.get("/arrivals?after=").text) == "2 new mails: show"
