"""One mail: every stage, everything it says, and its bytes."""

from __future__ import annotations

from .conftest import Console, plain
from .exports import clippings, mail

BROKEN = (
    clippings("A tide.")
    + "A Book of Tides (Ines Marlow)\nnot a line of metadata\n\nlost\n==========\n"
)


def test_every_stage_at_a_glance(console: Console) -> None:
    """Where it came from, why it was let in, what came of it, and by which format."""
    console.register()
    done = console.deliver(mail(clippings("A tide.", "Another.")))
    said = plain(console.get(f"/mails/{done.id}").text)
    for words in (
        f"{done.size:,} bytes over SMTP from 127.0.0.1, which calls itself mail.example.org.",
        "reader@example.org is registered; the peer is trusted",
        done.reason,
        "found 2",
        "new 2",
        done.formats[0],
        "import@localhost",
        done.digest,
        done.fingerprint,
    ):
        assert words in said


def test_what_it_says(console: Console) -> None:
    """The tree of entities, what each attachment was taken for, and the book in it."""
    console.register()
    done = console.deliver(mail(clippings("A tide.")))
    said = plain(console.get(f"/mails/{done.id}").text)
    for words in (
        "multipart/mixed text/plain text/plain My Clippings.txt",
        "part 2 (My Clippings.txt)",
        "kindle-clippings/",
        "A Book of Tides by Ines Marlow",
        "1 found, 1 note, 0 skipped.",
    ):
        assert words in said


def test_every_skipped_entry_has_its_place_and_reason(console: Console) -> None:
    """An entry that became no note is listed with where it stands, why, and its own words."""
    console.register()
    done = console.deliver(mail(BROKEN))
    assert done.counts.skipped == 1
    said = plain(console.get(f"/mails/{done.id}").text)
    assert "entry 2 No line says whether it is a highlight, a note or a bookmark." in said
    assert "not a line of metadata" in said


def test_a_rejected_mail_says_why(console: Console) -> None:
    """Its reason stands there; its content was never kept, so there is nothing to download."""
    entry = console.receive(mail(sender="stranger@example.net"))
    said = plain(console.get(f"/mails/{entry.id}").text)
    assert "stranger@example.net is not registered" in said
    assert "What is rejected is not kept." in said
    assert console.http.get(f"/mails/{entry.id}/raw").status_code == 404


def test_the_raw_message_is_a_download(console: Console) -> None:
    """Byte for byte, as a file that the browser saves and does not look into."""
    console.register()
    content = mail(clippings("A tide."), text="<script>alert(1)</script>\n")
    entry = console.receive(content)
    answer = console.get(f"/mails/{entry.id}/raw")
    assert answer.content == content
    assert answer.headers["content-disposition"] == f'attachment; filename="{entry.id}.eml"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_raw_message_that_is_no_longer_kept(console: Console) -> None:
    """After the retention time the page still tells what became of the mail."""
    console.register()
    done = console.deliver(mail(clippings("A tide.")))
    console.parts.inbox.release(ended_before=done.changed_at + 1)
    said = plain(console.get(f"/mails/{done.id}").text)
    assert done.reason in said
    assert "its retention time is over" in said


def test_no_such_mail(console: Console) -> None:
    """A wrong id, and the mere beginning of a right one, are not found."""
    entry = console.receive(mail())
    assert console.http.get("/mails/nothing").status_code == 404
    assert console.http.get(f"/mails/{entry.id[:10]}").status_code == 404


def test_its_standing_is_asked_for_again_until_its_end(console: Console) -> None:
    """The page of a mail under way refreshes its stages; that of one at its end does not."""
    console.register()
    entry = console.receive(mail(clippings("A tide.")))
    poll = f'hx-get="/mails/{entry.id}/standing"'
    assert poll in console.get(f"/mails/{entry.id}").text
    assert poll in console.get(f"/mails/{entry.id}/standing").text
    console.settle(entry)
    assert poll not in console.get(f"/mails/{entry.id}/standing").text
