"""What fails on our side: the operator reads all of it, the reader only that it is ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from desk import READER, Desk, export, mail

from margins.agent.deliver import deliver
from margins.agent.isolation import Bounds, IsolatedReader
from margins.agent.receipts.words import WORDS
from margins.agent.receive import receive
from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.errors import Unavailable
from margins.mail import Envelope, MailObject
from margins.ports import Entry, Sink, Status
from margins.sink.custom import CustomSink, Memory, load_mapping
from margins.testing.fakes import ManualClock, MemorySigner
from margins.testing.webserver import Answer, serving

MAPPING = Path(__file__).resolve().parents[2] / "examples" / "hasura.toml"
URL, SETTING = "http://127.0.0.1", "receipts_relay"
FORMATS = "margins.plugins:load_formats"
SIGNER = MemorySigner()


@contextmanager
def _refusing(answer: Answer, clock: ManualClock, folder: Path) -> Iterator[CustomSink]:
    """A custom sink over an API that answers this, and nothing else."""
    mapping = load_mapping(MAPPING, {"HASURA_ADMIN_SECRET": "s3cret"})
    with serving() as script:
        script.answers = [answer]
        client = GraphQL(
            Endpoint(url=script.url),
            signer=SIGNER,
            clock=clock,
            issuer="https://margins.example",
            audience="notes",
            headers=mapping.headers,
        )
        memory = Memory(folder / "sent.db")
        yield CustomSink(client, mapping, memory)
        client.close()
        memory.close()


def _ended(
    desk: Desk, sink: Sink, content: bytes, language: str, reader: IsolatedReader | None = None
) -> tuple[Entry, str]:
    """The row of a mail that came to its end, and both texts of the letter about it."""
    agent = replace(desk.agent, sink=sink, answers=True, reader=reader)
    envelope = Envelope(reverse_path=READER, forward_paths=("import@localhost",), trusted=True)
    content = f"Accept-Language: {language}\r\n".encode() + content
    receive(agent, MailObject(envelope=envelope, content=content))
    entry = agent.ledger.lease(now=desk.clock.now(), seconds=60)
    assert entry is not None
    return deliver(agent, entry), _letter(desk)


def _letter(desk: Desk) -> str:
    outgoing = desk.ledger.outbox.take(now=desk.clock.now(), seconds=60)
    if outgoing is None:
        return ""
    message = message_from_bytes(outgoing.letter.content, policy=default)
    return "\n".join(part.get_content() for part in message.walk() if not part.is_multipart())


REFUSAL = {"errors": [{"message": "field 'made_at' not found", "extensions": {"code": "x"}}]}
REFUSALS = {
    "with an error": Answer(body=json.dumps(REFUSAL).encode()),
    "with 400": Answer(status=400, body=json.dumps(REFUSAL).encode()),
    "by moving": Answer(status=301, headers={"Location": "https://elsewhere.example"}),
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("how", REFUSALS)
def test_a_refusing_api_is_no_business_of_the_reader(
    desk: Desk, tmp_path: Path, how: str, language: str
) -> None:
    """The row has the API's words and the remedy; the letter has the fault and that all is kept."""
    with _refusing(REFUSALS[how], desk.clock, tmp_path) as sink:
        done, letter = _ended(desk, sink, mail(export("One.")), language)
    words = WORDS[language]
    assert done.status is Status.FAILED
    assert "replay" in done.reason
    assert "made_at" in done.reason or "moved" in done.reason
    assert letter.count(words.not_all) == 2
    assert letter.count(words.kept) == 2
    assert letter.count(words.ours) == 2
    for untold in ("made_at", "127.0.0.1", "://", "GraphQL", "replay", "API", "redirect"):
        assert untold not in letter.partition("<style>")[0]


def test_what_is_too_large_at_once_is_to_be_sent_in_parts(desk: Desk, tmp_path: Path) -> None:
    """That much the reader can do; raising the limit is the operator's."""
    with _refusing(Answer(status=413, body=b"{}"), desk.clock, tmp_path) as sink:
        done, letter = _ended(desk, sink, mail(export("One.")), "de")
    assert "Raise its limit" in done.reason
    assert "Senden Sie ihn in Teilen." in letter
    assert "limit" not in letter.partition("<style>")[0]


def test_giving_up_names_neither_url_nor_setting(desk: Desk) -> None:
    """What did not answer for days is in the row, in full."""
    desk.sink.failing = Unavailable(
        "It took more than 30 s.", place=f"{URL}/graphql", remedy=f"Check {SETTING}."
    )
    assert _ended(desk, desk.sink, mail(export("One.")), "ja")[1] == ""
    desk.clock.advance(desk.agent.give_up_after + 3600)
    entry = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert entry is not None
    done = deliver(replace(desk.agent, answers=True), entry)
    letter = _letter(desk)
    assert done.reason.startswith("Given up after 2 tries.")
    assert URL in done.reason
    assert SETTING in done.reason
    assert WORDS["ja"].ours in letter
    assert URL not in letter
    assert SETTING not in letter


def test_a_crash_of_ours_is_told_as_ours(desk: Desk) -> None:
    """The row names the exception."""
    desk.sink.failing = ZeroDivisionError()
    done, letter = _ended(desk, desk.sink, mail(export("One.")), "en")
    assert "ZeroDivisionError" in done.reason
    assert WORDS["en"].ours.partition(",")[0] in letter
    assert "ZeroDivisionError" not in letter


SEVERAL = (
    b"From: reader@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\n\r\n\x01\x02\r\n"
    b"--b\r\nContent-Type: text/csv; name=b.csv\r\n\r\n \r\n--b--\r\n"
)


def _are_listed(letter: str) -> None:
    text = letter.partition("<!DOCTYPE")[0]
    assert "  - Teil 1 (a.bin): Dieses Format ist nicht bekannt" in text
    assert "  - Teil 2 (b.csv): Die Datei ist leer. Exportieren Sie erneut" in text


def test_each_file_is_told_of_by_itself(desk: Desk) -> None:
    """Several things that are wrong are a list in the letter, each in the reader's language."""
    _are_listed(_ended(desk, desk.sink, SEVERAL, "de")[1])


@pytest.mark.slow
def test_reading_elsewhere_tells_the_same(desk: Desk) -> None:
    """From a process of its own; and that its bounds were broken."""
    with closing(IsolatedReader(FORMATS)) as reader:
        _are_listed(_ended(desk, desk.sink, SEVERAL, "de", reader)[1])
    with closing(IsolatedReader(FORMATS, Bounds(wall_seconds=0.0))) as reader:
        done, letter = _ended(desk, desk.sink, mail(export("One.")), "zh", reader)
    assert done.reason.startswith("Reading the mail took more than 0 s.")
    assert "读取邮件的时间超过了 0 秒。请在一封新邮件中单独发送导出文件。" in letter
