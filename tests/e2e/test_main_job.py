"""A mail goes in, notes come out: through the front doors of a running service."""

from __future__ import annotations

import signal

import pytest
from running import IMPORT, READER, Running, mail, notebook_html

SHELF = """
{ publications(first: 10) { totalCount nodes {
    title creators { name role }
    annotations(first: 100) { totalCount nodes { quote note tags page colour headings } } } } }
"""


def test_a_mailed_notebook_becomes_notes(service: Running) -> None:
    """The book, its author, and every highlight with its note and tags are in the notes API."""
    code, _ = service.send(mail(notebook_html(6)))
    assert code == 250
    [(_, state, sentence)] = service.settled()
    assert state == "delivered"
    made, skipped = sentence.split("; ")
    assert made == "8 entries make 6 annotations: 6 new, 0 updated, 0 unchanged"
    assert skipped == "0 entries skipped."
    [book] = service.graphql(SHELF)["publications"]["nodes"]
    assert book["title"] == "A Book of Tides"
    assert book["creators"] == [{"name": "Ines Marlow", "role": "author"}]
    first, *rest = book["annotations"]["nodes"]
    assert len(rest) == 5
    assert first == {
        "quote": "The tide number 0 came in over the flats and left.",
        "note": "Remember tide 0. #tides",
        "tags": ["tides"],
        "page": "1",
        "colour": "yellow",
        "headings": ["Part One", "Chapter 1"],
    }


def test_a_grown_export_adds_only_what_is_new(service: Running) -> None:
    """Sending the export again, and then a longer one, says how many were new and unchanged."""
    service.send(mail(notebook_html(4)))
    service.send(mail(notebook_html(4)))
    service.send(mail(notebook_html(7)))
    sentences = [sentence for _, _, sentence in reversed(service.settled(3))]
    assert [s.split(": ", 1)[1] for s in sentences] == [
        "4 new, 0 updated, 0 unchanged; 0 entries skipped.",
        "0 new, 0 updated, 4 unchanged; 0 entries skipped.",
        "3 new, 0 updated, 4 unchanged; 0 entries skipped.",
    ]
    [book] = service.graphql(SHELF)["publications"]["nodes"]
    assert book["annotations"]["totalCount"] == 7


@pytest.mark.slow
def test_the_same_message_again_is_a_duplicate(service: Running) -> None:
    """A message delivered twice by the network is accepted twice and imported once."""
    message = mail(notebook_html(2))
    relayed = b"Received: from relay.example by here; Sun, 1 Nov 2026 10:00:01 +0000\r\n" + message
    assert service.send(message)[0] == 250
    assert service.send(relayed)[0] == 250
    assert len(service.settled()) == 1


@pytest.mark.slow
def test_strangers_are_refused(service: Running) -> None:
    """An unregistered author and an address we do not serve are refused with a permanent reply."""
    code, text = service.send(mail(notebook_html(1), sender="stranger@example.net"))
    assert (code, text[:5]) == (550, "5.7.1")
    code, text = service.send(mail(notebook_html(1)), to="somebody@elsewhere.example")
    assert (code, text[:5]) == (550, "5.1.1")
    assert service.graphql(SHELF)["publications"]["totalCount"] == 0


@pytest.mark.slow
def test_one_account_never_sees_another_one(service: Running) -> None:
    """Two readers who mail the same export each see their own notes and nothing else."""
    service.command("accounts", "add", "second@example.org")
    service.send(mail(notebook_html(2)))
    service.send(mail(notebook_html(3, title="Other"), sender="second@example.org"))
    service.settled(2)
    titles = [
        [
            p["title"]
            for p in service.graphql(SHELF, token=service.token(who))["publications"]["nodes"]
        ]
        for who in (READER, "second@example.org")
    ]
    assert titles == [["A Book of Tides"], ["Other"]]


@pytest.mark.slow
def test_what_was_imported_is_there_after_a_restart(service: Running) -> None:
    """Ctrl-C drains and stops cleanly; the next start has the mails and the notes it had."""
    service.send(mail(notebook_html(3)))
    service.settled()
    assert service.stop(signal.SIGINT) == 0
    service.start()
    assert service.graphql(SHELF)["publications"]["nodes"][0]["annotations"]["totalCount"] == 3


@pytest.mark.slow
def test_an_accepted_mail_survives_kill_9(service: Running) -> None:
    """A mail that got 250 is delivered by the next start when the process is killed at once."""
    service.stop()
    service.settings |= {"MARGINS_LEASE_SECONDS": "3", "MARGINS_API_SECONDS": "2"}
    service.start()
    code, _ = service.send(mail(notebook_html(400)))
    service.stop(signal.SIGKILL)
    assert code == 250
    service.start()
    [(_, state, _)] = service.settled()
    assert state == "delivered"
    assert service.graphql(SHELF)["publications"]["nodes"][0]["annotations"]["totalCount"] == 400


@pytest.mark.slow
def test_margins_send_is_a_mail_program(service: Running, tmp_path) -> None:
    """`margins send FILE --to ADDRESS` hands the export over and prints the server's reply."""
    export = tmp_path / "notes.html"
    export.write_text(notebook_html(2))
    sent = service.command("send", str(export), "--from", READER, "--to", IMPORT)
    assert sent.stdout.startswith("250 2.6.0")
    assert service.settled()[0][1] == "delivered"
