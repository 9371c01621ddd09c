"""A private export made into a fixture that can be shared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import InputError
from margins.formats import kindle_clippings, kindle_notebook
from margins.mail.entity import Attachment
from margins.testing import skeleton
from margins.testing.golden import attachment_of
from margins.testing.invented import invent
from margins.testing.projection import project
from margins.testing.scrub import scrub

EXAMPLES = Path(__file__).parents[1] / "formats" / "golden" / "kindle-notebook"
PRIVATE = {
    "android.html": "Ledgers Tide Lark Finch harbour clocks wool weights Foreword twice",
    "phone.html": "Salt Gardens Finch jetty gulls forgets Inland Wells thought birds",
    "desktop.html": "潮汐账簿 林小雨 码头 海鸥 第一章 两本账",
    "japanese.html": "潮の帳簿 Finch 山田 塩 桟橋 あとで",
    "windows-1252.html": "Café Moß passée relire",
    "utf-16.html": "Snow naïve quotes café",
}


@pytest.mark.parametrize("name", PRIVATE)
def test_nothing_private_is_left_and_the_shape_stays(name: str) -> None:
    """Titles, names, quotes, notes, headings and tags change; size, markup and places do not."""
    export = attachment_of(EXAMPLES / name)
    result = scrub(export, kindle_notebook)
    after = Attachment(content=result.content)
    assert not [word for word in PRIVATE[name].split() if word in after.text]
    assert len(after.text) == len(export.text)
    assert len(result.content) == len(export.content)
    (before,), (again,) = kindle_notebook.extract(export), kindle_notebook.extract(after)
    for old, new in zip(before.annotations, again.annotations, strict=True):
        assert (old.target.page, old.target.location) == (new.target.page, new.target.location)
        assert (old.motivation, old.colour, old.sources) == (
            new.motivation,
            new.colour,
            new.sources,
        )
        assert len(old.target.quote) == len(new.target.quote)
        assert old.target.quote != new.target.quote or not old.target.quote


def test_the_same_file_always_gives_the_same_words() -> None:
    """A fixture that is made again does not change."""
    export = attachment_of(EXAMPLES / "phone.html")
    assert scrub(export, kindle_notebook) == scrub(export, kindle_notebook)


def test_what_was_kept_is_listed_for_a_person() -> None:
    """Words that the format does not know about are shown, and can be named to go too."""
    export = attachment_of(EXAMPLES / "forwarded.html")
    assert "telephone" in scrub(export, kindle_notebook).kept
    result = scrub(export, kindle_notebook, also=["Sent from my telephone", "Ida", "ida"])
    assert not {"telephone", "Ida", "ida"} & set(result.kept)
    assert b"telephone" not in result.content


def test_former_versions_of_a_highlight_change_with_it() -> None:
    """No format reports them, yet they say the same; and they go on being versions of it."""
    block = "Salt (Finch, Orla)\r\n- Your Highlight on Location {} | Added on Monday, May 6, 2024"
    block += " 7:08:0{} AM\r\n\r\n{}\r\n==========\r\n"
    quote = "the tide came in twice that day and nobody in the harbour said a word about it"
    text = block.format("10-11", 1, quote[:40]) + block.format("10-12", 2, quote)
    export = Attachment(content=text.encode("utf-8-sig"))
    result = scrub(export, kindle_clippings)
    (notebook,) = kindle_clippings.extract(Attachment(content=result.content))
    assert [a.sources for a in notebook.annotations] == [(1, 2)]
    assert not [word for word in quote.split() if len(word) > 3 and word in result.content.decode()]


class JsonNotes:
    """The skeleton's export within JSON, as escapes."""

    about = skeleton.about

    def identify(self, attachment: Attachment) -> bool:
        return attachment.content.startswith(b'{"export"')

    def extract(self, attachment: Attachment):  # type: ignore[no-untyped-def]
        inner = json.loads(attachment.text)["export"]
        return skeleton.extract(Attachment(content=inner.encode()))


def test_json_escapes_and_keys_stay() -> None:
    """A letter that was written as an escape is still one; a key named like a word is no word."""
    text = "Skeleton Notes Export\nexport\nOrla Ωmega\n---\npage 3\nthe export went wrong today"
    export = Attachment(content=json.dumps({"export": text}).encode())
    result = scrub(export, JsonNotes())
    assert result.content.startswith(b'{"export": "Skeleton Notes Export\\n')
    assert result.content.isascii()
    assert b"wrong" not in result.content
    assert b"mega" not in result.content


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"%PDF-1.7", b"\xff\xfe\x00\xd8broken\x81"])
def test_files_that_are_no_text_are_refused(content: bytes) -> None:
    """Better nothing than a file that only looks scrubbed."""
    with pytest.raises(InputError, match="Only files of text"):
        scrub(Attachment(content=content), skeleton)


def test_a_format_that_reads_other_words_in_another_way_is_refused() -> None:
    """Here the title decides about the language, so no words can be put in its place."""

    class Picky(JsonNotes):
        def identify(self, attachment: Attachment) -> bool:
            return b"Salt" in attachment.content

        def extract(self, attachment: Attachment):  # type: ignore[no-untyped-def]
            return skeleton.extract(attachment)

    content = b"Skeleton Notes Export\nSalt\nOrla Finch\n---\npage 3\nwords"
    with pytest.raises(InputError, match="in another way"):
        scrub(Attachment(content=content), Picky())


words = st.text(alphabet=st.characters(categories=["L", "Nd", "Mn"]), min_size=1, max_size=12)
KEY = b"k" * 32


@given(words)
def test_an_invented_word_has_the_measures_of_the_word(word: str) -> None:
    """Length and case are the same, whatever the script."""
    new = invent(word, KEY)
    assert len(new) == len(word)
    assert [c.isupper() for c in new] == [c.isupper() for c in word]
    assert new == invent(word, KEY)


@given(st.text(alphabet="abcdefghijklmnop", min_size=1, max_size=9), st.integers(1, 9))
def test_words_that_begin_alike_go_on_beginning_alike(word: str, cut: int) -> None:
    """A passage cut in the middle of a word is still the beginning of the longer one."""
    assert invent(word, KEY).startswith(invent(word[:cut], KEY))
    assert invent(word.upper(), KEY) == invent(word, KEY).upper()


def test_another_key_gives_other_words() -> None:
    """Without the file, nobody can look a word up."""
    assert invent("harbourmaster", KEY) != invent("harbourmaster", b"l" * 32)


def test_a_projection_is_what_a_reader_sees() -> None:
    """Tags, styles, keys and escapes are not read; inline tags part no words."""
    html = project("<style>p{}</style><p class='x'>sa<b>l</b>t&eacute;</p><p>sea</p>")
    assert (html.letters, [n for n, begins in enumerate(html.begins) if begins]) == (
        "saltésea",
        [0, 5],
    )
    assert project('{"key": "a\\nb\\u0416"}').letters == "abЖ"
    assert project('"a","b ""c"""\n').letters == "abc"
