"""The reader is answered in his language when there are words for it."""

from __future__ import annotations

import pytest

from margins.agent.receipts.language import choose
from margins.agent.receipts.words import WORDS
from margins.mail import parse


def _language(header: str, *names: str) -> str:
    content = f"From: reader@example.org\r\n{header}\r\n\r\nText.\r\n".encode()
    return choose(parse(content), names, WORDS)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("Accept-Language: de-DE, en-US", "de"),
        ("Accept-Language: en;q=0.5, fr-CA;q=0.9", "fr"),
        ("Accept-Language: tlh, ja;q=0.1", "ja"),
        ("Accept-Language: de;q=0, es;q=x", "en"),
        ("Content-Language: zh-Hans", "zh"),
        ("Accept-Language: es\r\nContent-Language: de", "es"),
        ("Subject: Meine Notizen und Markierungen", "de"),
        ("Subject: Mes notes pour le livre", "fr"),
        ("Subject: Mis notas y subrayados", "es"),
        ("Subject: 読書ノートのエクスポート", "ja"),
        ("Subject: 我的读书笔记", "zh"),
        ("Subject: My notes for the book", "en"),
        ("Subject: Re: 42", "en"),
        ("Accept-Language: " + "x," * 100_000, "en"),
    ],
)
def test_what_is_declared_comes_before_what_it_looks_like(header: str, language: str) -> None:
    """Accept-Language, Content-Language, then the subject; English is the last resort."""
    if len(header) > 50_000:
        header = header[:50_000]
    assert _language(header) == language


def test_file_names_tell_the_language_of_the_app() -> None:
    """Reading apps name their exports in the language they are used in."""
    assert _language("Subject: x", "Ein Buch - Notizbuch.html") == "de"
