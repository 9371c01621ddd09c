"""Tolerant HTML."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text.html import MAX_CHARACTERS, MAX_DEPTH, blocks, charset_of, parse


def texts(source: str) -> list[tuple[str, str]]:
    return [(block.token, block.text) for block in blocks(source, {"head", "text"})]


def test_crossed_tags_give_each_block_its_own_text() -> None:
    """Desktop Kindle closes a heading by </div> and a text by </h3>."""
    source = (
        "<div class='body'><h3 class='head'>One (<span class='ink'>blue</span>) - 1</div>"
        "<div class='text'>First.</h3>\n<h3 class='head'>Two</div><div class='text'>Second.</h3>"
        "<div>Footer</div></div>"
    )
    expected = [("head", "One (blue) - 1"), ("text", "First."), ("head", "Two")]
    assert [*expected, ("text", "Second.")] == texts(source)
    assert blocks(source, {"head"})[0].marks == ("ink",)


def test_text_reads_as_a_browser_shows_it() -> None:
    """White space collapses, <br> and inner blocks break lines, inline tags leave their text."""
    source = (
        "<div class=text>\n  a <b>bold</b>\r\n  word<br/>next<div>inner</div> &amp; A&B &#39;</div>"
    )
    assert texts(source) == [("text", "a bold word\nnext\ninner\n& A&B '")]


def test_nothing_hidden_is_text() -> None:
    """Comments, scripts, styles, titles and declarations do not show."""
    source = (
        "<title><div class=text>no</div></title><style>.text{}</style>"
        "<div class=text>a<!-- x > y --><script>'<div class=text>'</script>b<?php x?></div>"
        "<!-- <div class=text>no</div> -->"
    )
    assert texts(source) == [("text", "ab")]


@pytest.mark.parametrize("classes", ["x_text", "x_x_text", "m_-123456789text", "m_12text"])
def test_class_prefixes_of_mail_programs_are_ignored(classes: str) -> None:
    """Forwarded mails keep class names, with a prefix."""
    assert texts(f'<p><DIV style="a>b" CLASS="wide {classes}">kept</DIV>') == [("text", "kept")]


def test_a_stray_less_than_sign_is_text() -> None:
    """Exports do not always escape what readers wrote."""
    assert texts("<div class=text>a <b and 1 < 2</div><div class=text>next</div>") == [
        ("text", "a <b and 1 < 2"),
        ("text", "next"),
    ]


def test_a_cut_block_says_so() -> None:
    """The end of a cut source is known from the last block not being closed."""
    whole, cut = blocks("<p class=text>a</p>b<div class=text>bc<spa", {"text"})
    assert (whole.closed, cut.closed) == (True, False)
    assert (whole.text, cut.text) == ("a", "bc")


def test_an_inline_block_ends_at_its_own_end_tag() -> None:
    """Elements of the same name inside it do not end it."""
    assert texts("<span class=text>a<span>b</span>c</span>d") == [("text", "abc")]


def test_unclosed_quotes_and_titles_do_not_swallow_the_rest() -> None:
    """What a browser would lose is still read."""
    assert texts("<title><p id='x><div class=text>kept</div>") == [("text", "kept")]


def test_endless_character_references_are_replaced() -> None:
    """Python refuses to read a number of 5,000 digits."""
    assert texts(f"<div class=text>a&#{'9' * 5000};b</div>") == [("text", "a\ufffdb")]


def test_a_tree_is_bounded_in_depth_and_keeps_its_text() -> None:
    """Deeper tags are dropped, their text is not."""
    tree = parse("<div>" * 5000 + "deep" + "<p>one<p>two" * 300)
    depth, node = 0, tree.body
    while node is not None:
        depth, node = depth + 1, node.child
    assert depth <= MAX_DEPTH + 2
    assert "deep" in tree.text()
    assert tree.text().count("two") == 300


def test_a_tree_closes_what_the_source_leaves_open() -> None:
    """Crossed tags stay inside the element they were opened in."""
    tree = parse("<ul><li class=a>1<li class=a><b>2</ul><script>x</script><i class=a>3</i>")
    assert [node.text() for node in tree.css(".a")] == ["1", "2", "3"]


@pytest.mark.parametrize("read", [parse, lambda source: blocks(source, {"text"})])
def test_too_long_a_page_is_refused(read: object) -> None:
    """The bound is on characters, before any work is done."""
    assert callable(read)
    with pytest.raises(FormatError, match="characters"):
        read(" " * (MAX_CHARACTERS + 1))


HOSTILE = [
    "<div>",
    "<a ",
    '<a ="<b " ',
    "<div class=text>",
    "<title>",
    "<!--",
    "<b id=%d><p>",
    "</p>",
]


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_pages_take_linear_time(piece: str) -> None:
    """Four times the source costs about four times as long, not sixteen."""

    def seconds(times: int) -> float:
        source = "".join(piece.replace("%d", str(n)) for n in range(times))
        started = process_time()
        blocks(source, {"text"})
        parse(source)
        return process_time() - started

    seconds(1000)
    assert seconds(40_000) < 10 * seconds(10_000) + 0.2


@given(st.text(alphabet="<>/=\"' abdivclst!-&#;\n", max_size=200))
def test_any_source_is_read(source: str) -> None:
    """No source raises, and blocks stand in order inside the source."""
    found = blocks(source, {"a", "b"})
    parse(source)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= block.start < block.end <= len(source) for block in found)


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (b'<html><meta charset="gb18030">', "gb18030"),
        (b"<META http-equiv=x content='text/html; charset=windows-1252'>", "windows-1252"),
        (b"<p>charset=utf-8", ""),
        (b" " * 1024 + b"<meta charset=utf-8>", ""),
    ],
)
def test_a_page_may_declare_its_charset(content: bytes, charset: str) -> None:
    """Within its first 1024 bytes, in a meta element."""
    assert charset_of(content) == charset
