"""A receipt as a message: the same facts in plain text and in HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape

from margins.agent.receipts.language import choose
from margins.agent.receipts.rules import MARK
from margins.agent.receipts.words import WORDS, Words
from margins.mail import Message
from margins.mail.import_address import mask
from margins.ports import Counts
from margins.text.normal import one_line

__all__ = ["Report", "compose"]

_MOST = 20
"""Lines of one list; an export with a thousand bad entries needs no letter of a thousand lines."""

_NOTHING = Counts()
_POLICY = SMTP.clone(cte_type="7bit")  # not every carrier takes more
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a mail.

    Attributes:
        id: of the mail.
        failure: why nothing was imported and what to do; empty when something was.
        books: title and number of notes of each publication.
        skipped: entries left out, each "place: reason".
        problems: everything else the reader should know, sentences.
        names: of the files that came with the mail.
    """

    id: str
    failure: str = ""
    counts: Counts = _NOTHING
    books: tuple[tuple[str, int], ...] = ()
    skipped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading and lines; either may be empty."""

    heading: str
    lines: tuple[str, ...] = ()


def _some(lines: tuple[str, ...], words: Words) -> tuple[str, ...]:
    shown = tuple(one_line(line, 300) for line in lines[:_MOST])
    more = len(lines) - _MOST
    return (*shown, words.more.format(more=more)) if more > 0 else shown


def _sections(report: Report, subject: str, words: Words) -> list[_Section]:
    about = _Section(words.about.format(subject=one_line(subject, 100), id=report.id))
    if report.failure:
        failure = one_line(report.failure, 2000)
        return [_Section(words.nothing), _Section(failure), _Section(words.kept), about]
    c = report.counts
    counts = words.counts.format(
        found=c.found,
        created=c.created,
        updated=c.updated,
        unchanged=c.unchanged + c.duplicates,
        skipped=c.skipped,
    )
    books = tuple(f"{one_line(title, 200)} ({notes})" for title, notes in report.books)
    sections = [_Section(words.done), _Section(counts, _some(books, words))]
    if report.skipped:
        sections.append(_Section(words.skipped, _some(report.skipped, words)))
    if report.problems:
        sections.append(_Section(words.problems, _some(report.problems, words)))
    return [*sections, about]


def _masked(sections: list[_Section]) -> list[_Section]:
    """No letter shows a secret import address, whoever wrote it into a subject or a file's name."""
    return [_Section(mask(s.heading), tuple(map(mask, s.lines))) for s in sections]


def _plain(sections: list[_Section]) -> str:
    return "\n\n".join("\n".join([s.heading, *(f"  - {x}" for x in s.lines)]) for s in sections)


def _html(sections: list[_Section], language: str) -> str:
    parts = [f'<!DOCTYPE html>\n<html lang="{language}"><meta charset="utf-8"><body>']
    for section in sections:
        parts.append(f"<p>{escape(section.heading)}</p>")
        if section.lines:
            parts += ["<ul>", *(f"<li>{escape(line)}</li>" for line in section.lines), "</ul>"]
    return "\n".join([*parts, "</body></html>"])


def compose(report: Report, message: Message, *, sender: str, to: str, now: float) -> bytes:
    """The reply to a message, as RFC 3834 s3 wants it.

    The sentences of formats about single entries are in English, whatever the language around them.

    Args:
        message: the one that is answered.
        sender: the address it was sent to, which answers.
        now: seconds since 1970, for the Date field.
    """
    language = choose(message, report.names, WORDS)
    sections = _masked(_sections(report, message.subject, WORDS[language]))
    reply = EmailMessage(policy=_POLICY)
    reply["From"] = f"Margins <{sender}>"
    reply["To"] = to
    reply["Subject"] = one_line(f"Auto: {mask(message.subject)}", 200)
    reply["Date"] = formatdate(now)
    reply["Message-ID"] = f"<receipt.{report.id.lower()}@{sender.rpartition('@')[2]}>"
    if _MESSAGE_ID.fullmatch(message.message_id):
        reply["In-Reply-To"] = message.message_id
        reply["References"] = message.message_id
    reply["Auto-Submitted"] = "auto-replied" if to == str(message.author) else "auto-generated"
    reply["X-Auto-Response-Suppress"] = "All"
    reply[MARK] = report.id
    reply.set_content(_plain(sections) + "\n", cte="base64" if language in {"ja", "zh"} else None)
    reply.add_alternative(_html(sections, language) + "\n", subtype="html")
    reply["Content-Language"] = language
    reply.set_boundary(f"receipt-{report.id.lower()}")
    return reply.as_bytes()
