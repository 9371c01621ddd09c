"""What is fuzzed: functions of bytes that may only end in the ways their contracts allow."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

from margins.agent.reading import read_message
from margins.agent.receive import Receipt
from margins.errors import FormatError, InputError, MailError
from margins.formats import Format
from margins.ingress.smtp import Rules
from margins.ingress.smtp.connections import Connections
from margins.ingress.smtp.handler import Handler
from margins.ingress.smtp.session import SmtpConnection
from margins.mail import MailObject, Outcome, attachments, parse
from margins.mail.author import decide_author
from margins.mail.entity import Attachment
from margins.mail.header import read_header
from margins.plugins import BUILT_IN

__all__ = ["TARGETS", "TOGETHER", "seeds"]

logging.disable(logging.CRITICAL)  # a hostile file makes libraries talkative
_ROOT = Path(__file__).resolve().parents[1]
Target = Callable[[bytes], None]


def header(content: bytes) -> None:
    """The header reader: MailError or a header, and an author or a reason why not."""
    try:
        block = read_header(content)
    except MailError:
        return
    author, defect = decide_author(block)
    assert (author is None) == bool(defect)


def mime(content: bytes) -> None:
    """The message reader: MailError, or a message whose attachments can be unpacked."""
    try:
        attachments(parse(content))
    except MailError:
        return


def mail(content: bytes) -> None:
    """A whole mail through every format: an input error with a sentence, or a reading."""
    try:
        read_message(parse(content), BUILT_IN)
    except InputError as error:
        assert error.what


def _format(tried: Format) -> Target:
    def run(content: bytes) -> None:
        attachment = Attachment(content=content)
        if not tried.identify(attachment):
            return
        try:
            tried.extract(attachment)  # a Notebook checks that every entry is accounted for
        except FormatError as error:
            assert error.what

    return run


_BY_NAME = {tried.about.name: _format(tried) for tried in BUILT_IN}


def formats(content: bytes) -> None:
    """Every format, as a mail's attachment meets them."""
    for run in _BY_NAME.values():
        run(content)


def _taken(mails: list[MailObject]) -> Callable[[MailObject], Future[Receipt]]:
    def submit(mail: MailObject) -> Future[Receipt]:
        mails.append(mail)
        done: Future[Receipt] = Future()
        done.set_result(Receipt(outcome=Outcome.ACCEPTED, reason="fuzzed"))
        return done

    return submit


async def _session(content: bytes) -> tuple[bytes, list[MailObject]]:
    rules = Rules(addresses=("@in.example",), trusted=(), max_bytes=65_536)
    mails: list[MailObject] = []
    handler, loop = Handler(rules, _taken(mails)), asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    everyone: set[SmtpConnection] = set()

    def connection() -> SmtpConnection:
        return SmtpConnection(handler, rules, Connections(rules), everyone, tls=None, name="f")

    await loop.connect_accepted_socket(connection, ours)
    replies = b""
    try:
        await loop.sock_sendall(theirs, content + b"\r\n.\r\nRSET\r\nQUIT\r\n")
        while block := await asyncio.wait_for(loop.sock_recv(theirs, 65_536), 5):
            replies += block
    except ConnectionError:
        pass
    theirs.close()
    return replies, mails


def smtp(content: bytes) -> None:
    """A session: replies are well formed, and no more mails are taken than were accepted."""
    replies, mails = asyncio.run(_session(content[:60_000]))
    lines = replies.split(b"\r\n")
    assert all(line[:3].isdigit() for line in lines[:-1]), replies
    assert len(mails) == replies.count(b"250 2.6.0 ")
    for taken in mails:
        pairs = taken.content.count(b"\r\n")
        assert pairs == taken.content.count(b"\n") == taken.content.count(b"\r")


TARGETS: dict[str, Target] = {
    "header": header,
    "mime": mime,
    "mail": mail,
    "smtp": smtp,
    "formats": formats,
    **_BY_NAME,
}
TOGETHER = ("header", "mime", "mail", "smtp", "formats")
"""Targets that cover all others; each costs seconds to instrument before its first run."""
_SESSION = (
    b"EHLO x\r\nMAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<n@in.example>\r\nDATA\r\n"
    b"From: a@b.example\r\n\r\nHello\r\n.\r\n"
)
_LARGEST_SEED = 100_000


def seeds(target: str) -> Iterator[bytes]:
    """Good inputs to begin from: golden files, the mails of the tests."""
    if target == "smtp":
        yield _SESSION
        return
    folder = _ROOT / "tests" / "formats" / "golden"
    if target in _BY_NAME:
        folder /= target
    if target in {"header", "mime", "mail"}:
        folder = _ROOT / "tests" / "mail" / "corpus"
    for file in sorted(folder.rglob("*")):
        expected = file.suffix == ".json" and file.with_suffix("").suffix != ""
        if file.is_file() and not expected and file.stat().st_size < _LARGEST_SEED:
            yield file.read_bytes()
