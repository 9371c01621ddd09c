"""A receipt as a message: the same facts in plain text and in HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from functools import partial

from margins.agent.receipts.language import choose
from margins.agent.receipts.page import Page, Section, to_html, to_text
from margins.agent.receipts.rules import MARK
from margins.agent.receipts.sentences import localise
from margins.agent.receipts.words import WORDS, Words
from margins.mail import Message
from margins.mail.forwarding import Confirmation
from margins.mail.import_address import mask
from margins.ports import Counts
from margins.text.normal import one_line

__all__ = ["Report", "compose", "compose_notice"]

_MOST = 20
"""Lines of one list; an export with a thousand bad entries needs no letter of a thousand lines."""

_LONGEST, _LONGEST_SHOWN = 2000, 1000
"""Characters of a line before and after it is translated: half a sentence could not be."""

_NOTHING = Counts()
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a mail.

    Attributes:
        id: of the mail.
        failure: why nothing was imported and what to do, each "place: sentences"; empty when
            something was, or when it was no doing of the reader's.
        ours: it failed on our side, and notes may have been imported before it did. What the
            operator is told of that is not here.
        books: title and number of notes of each publication.
        skipped: entries left out, each "place: reason".
        problems: everything else the reader should know, each a sentence or "place: sentences".
        names: of the files that came with the mail.
    """

    id: str
    failure: tuple[str, ...] = ()
    ours: bool = False
    counts: Counts = _NOTHING
    books: tuple[tuple[str, int], ...] = ()
    skipped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def _number(count: int, words: Words) -> str:
    return f"{count:,}".replace(",", words.thousands)


def _some(lines: tuple[str, ...], words: Words, say: Callable[[str], str] = str) -> tuple[str, ...]:
    """No more lines than a letter bears, and no secret import address in any.

    Args:
        say: puts a line into the language of the letter.
    """
    said = (say(one_line(mask(line), _LONGEST)) for line in lines[:_MOST])
    shown = tuple(x if len(x) <= _LONGEST_SHOWN else f"{x[: _LONGEST_SHOWN - 1]}…" for x in said)
    more = len(lines) - _MOST
    return (*shown, words.more.format(more=_number(more, words))) if more > 0 else shown


def _about(report: Report, subject: str, words: Words) -> str:
    return words.about.format(subject=one_line(mask(subject), 100), id=report.id)


def _failed(report: Report, subject: str, language: str) -> Page:
    words = WORDS[language]
    why = _some(report.failure, words, partial(localise, language=language)) or (words.ours,)
    return Page(
        heading=words.not_all if report.ours else words.nothing,
        sentences=(*(why if len(why) == 1 else ()), words.kept),
        sections=(Section(heading=words.problems, lines=why),) if len(why) > 1 else (),
        about=_about(report, subject, words),
    )


def _imported(report: Report, subject: str, language: str) -> Page:
    words, c, say = WORDS[language], report.counts, partial(localise, language=language)
    numbers = (c.found, c.created, c.updated, c.unchanged + c.duplicates, c.skipped)
    books = tuple(
        words.book.format(title=one_line(title, 200), notes=_number(n, words))
        for title, n in report.books
    )
    lists = (
        (words.books, _some(books, words)),
        (words.skipped, _some(report.skipped, words, say)),
        (words.problems, _some(report.problems, words, say)),
    )
    return Page(
        heading=words.done,
        figures=tuple(
            (label, _number(n, words)) for label, n in zip(words.counts, numbers, strict=True)
        ),
        sections=tuple(Section(heading=heading, lines=lines) for heading, lines in lists if lines),
        about=_about(report, subject, words),
    )


def _asked(asked: Confirmation, words: Words) -> Page:
    return Page(
        heading=words.asks.format(service=asked.service),
        figures=((words.code, asked.code),) if asked.code else (),
        sentences=(words.only,),
        sections=(Section(heading=words.link, lines=(asked.link,)),) if asked.link else (),
    )


def _written(
    page: Page, message: Message, *, id_: str, language: str, sender: str, to: str, now: float
) -> bytes:
    """The page as a message that answers another (RFC 3834 s3)."""
    reply = EmailMessage(policy=SMTP)
    reply["From"] = f"Margins <{sender}>"
    reply["To"] = to
    reply["Subject"] = one_line(f"Auto: {mask(message.subject)}", 200)
    reply["Date"] = formatdate(now)
    reply["Message-ID"] = f"<receipt.{id_.lower()}@{sender.rpartition('@')[2]}>"
    if _MESSAGE_ID.fullmatch(message.message_id):
        reply["In-Reply-To"] = message.message_id
        reply["References"] = message.message_id
    reply["Auto-Submitted"] = "auto-replied" if to == str(message.author) else "auto-generated"
    reply["X-Auto-Response-Suppress"] = "All"
    reply[MARK] = id_
    text = to_text(page, WORDS[language].colon)
    reply.set_content(text, cte="base64" if language in {"ja", "zh"} else None)
    reply.add_alternative(to_html(page, language), subtype="html")
    reply["Content-Language"] = language
    reply.set_boundary(f"receipt-{id_.lower()}")
    return reply.as_bytes()


def compose(report: Report, message: Message, *, sender: str, to: str, now: float) -> bytes:
    """What came of a message, for whom it concerns.

    Args:
        message: the one that is answered.
        sender: the address the letter comes from.
        now: seconds since 1970, for the Date field.
    """
    language = choose(message, report.names, WORDS)
    failed = report.ours or bool(report.failure)
    page = (_failed if failed else _imported)(report, message.subject, language)
    return _written(page, message, id_=report.id, language=language, sender=sender, to=to, now=now)


def compose_notice(
    asked: Confirmation, message: Message, *, id_: str, sender: str, to: str, now: float
) -> bytes:
    """What a mailbox service asks the account's owner, with its code and its link.

    Args:
        id_: of the mail that asks.
    """
    language = choose(message, (), WORDS)
    words = WORDS[language]
    page = replace(_asked(asked, words), about=_about(Report(id=id_), message.subject, words))
    return _written(page, message, id_=id_, language=language, sender=sender, to=to, now=now)
