"""WeChat Read's text."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.annotation import Motivation, Notebook
from margins.formats.weread_txt import extract, identify
from margins.mail.entity import Attachment

HEAD = "《海与盐》\n\n林一舟\n{}个笔记\n\n"


def read(text: str) -> tuple[Notebook, ...]:
    export = Attachment(content=text.encode())
    assert identify(export)
    return extract(export)


def test_the_fragment_of_the_former_layout_is_read_whole(shared: Path) -> None:
    """A marked passage, one that lost its mark, and a review: no line with text is lost."""
    (path,) = (shared / "samples" / "weread_txt").iterdir()
    text = path.read_text("utf-8")
    (notebook,) = read(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marks = {line for line in lines if line.startswith("◆") or line == "◆ 点评"}
    said = "\n".join(f"{a.target.quote}\n{a.note}" for a in notebook.annotations)
    lost = [
        line
        for line in lines
        if line not in marks and line.lstrip("> ").removeprefix("点评:") not in said
    ]
    assert (notebook.found, lost, notebook.skipped) == (3, [], ())


def test_a_thought_joins_the_passage_it_repeats() -> None:
    """Wherever the two stand, and however many thoughts there are."""
    (notebook,) = read(
        HEAD.format(3)
        + "第一章\n\n◆ 2024/09/04发表想法\n谁会问？\n原文：潮水来了。\n\n◆ 潮水来了。\n\n"
        + "◆ 2025/01/02发表想法\n海鸥。\n原文：潮水来了。\n"
    )
    (note,) = notebook.annotations
    assert (note.note, note.sources) == ("谁会问？\n\n海鸥。", (1, 2, 3))


def test_a_line_after_two_blank_ones_is_a_chapter_and_after_one_goes_on() -> None:
    """The present layout marks neither."""
    (notebook,) = read(
        HEAD.format(2) + "第一章\n\n◆ 潮水来了。\n\n船没有来。\n\n\n第二章\n\n◆ 灯亮着。\n"
    )
    assert [(a.target.headings, a.target.quote) for a in notebook.annotations] == [
        (("第一章",), "潮水来了。\n船没有来。"),
        (("第二章",), "灯亮着。"),
    ]


def test_the_app_s_own_count_is_checked() -> None:
    """What is missing is said."""
    (notebook,) = read(HEAD.format(7) + "◆ 潮水来了。\n")
    assert notebook.warnings == ("WeRead counts 7 notes here; read were 1.",)


def test_a_review_is_a_note_on_the_book() -> None:
    """Stars and words belong to no chapter."""
    (notebook,) = read(HEAD.format(1) + "◆ 2024/09/09 认为好看\n读完想去看海。\n\n-- 来自微信读书")
    (review,) = notebook.annotations
    assert review.motivation is Motivation.COMMENTING
    assert (review.note, review.target.headings) == ("认为好看\n读完想去看海。", ())


@pytest.mark.parametrize(
    "text", ["◆ one mark", ">> quoted mail\n>> text", "《书》\n作者", "5个笔记\n-- 来自微信读书"]
)
def test_one_mark_is_not_enough(text: str) -> None:
    """Mails quote with ">>", and prose has bullets."""
    assert not identify(Attachment(content=text.encode()))
