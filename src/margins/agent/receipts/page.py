"""A letter as values, and as text and as HTML that every mail program shows, on a phone too.

Mail programs know little of CSS and some throw style sheets away: what matters is in the
elements themselves (https://www.caniemail.com), and the sheet only adds the dark colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["Page", "Section", "to_html", "to_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the lines under it."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a letter says, from the top.

    Attributes:
        figures: labels and numbers.
        about: the last line, of the letter itself.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    about: str = ""


def to_text(page: Page, colon: str) -> str:
    """As plain text, paragraphs apart by an empty line.

    Args:
        colon: what stands between a label and what it names.
    """
    figures = " · ".join(f"{label}{colon}{number}" for label, number in page.figures)
    lists = ("\n".join([s.heading + colon.rstrip(" "), *(f"  - {x}" for x in s.lines)])
             for s in page.sections)  # fmt: skip
    paragraphs = (page.heading, figures, *page.sentences, *lists, page.about)
    return "\n\n".join(filter(None, paragraphs)) + "\n"


_SANS = (
    "-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Hiragino Sans',"
    "'Noto Sans CJK JP','PingFang SC','Microsoft YaHei',sans-serif"
)
_SERIF = "Georgia,'Times New Roman','Hiragino Mincho ProN','Songti SC',serif"
_DARK = """\
<style>
@media (prefers-color-scheme: dark) {
  body, .sheet { background: #191816 !important; color: #e9e4da !important; }
  .soft { color: #a9a194 !important; }
  td, li { border-color: #35322c !important; }
}
</style>"""
_HEAD = (
    '<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n{sheet}\n</head>'
)
_BODY = (
    '<body style="margin:0;background:#fbfaf6;color:#22201c;font:16px/1.55 {sans}">\n'
    '<div class="sheet" style="max-width:34em;margin:0 auto;padding:24px 20px;'
    'overflow-wrap:anywhere">'
)
_LABEL = "color:#6a6459;font-size:13px"


def _figures(page: Page) -> list[str]:
    """A cell for each number; they wrap on a narrow screen."""
    cells = (
        '<span style="display:inline-block;padding:0 22px 10px 0">'
        f'<span style="display:block;font:28px/1.2 {_SERIF}">{escape(number)}</span>'
        f'<span class="soft" style="display:block;{_LABEL}">{escape(label.lower())}</span></span>'
        for label, number in page.figures
    )
    return ['<div style="margin:0 0 8px">', *cells, "</div>"] if page.figures else []


def _section(section: Section) -> list[str]:
    lines = (
        f'<li style="padding:6px 0;border-bottom:1px solid #e7e2d8" dir="auto">{escape(line)}</li>'
        for line in section.lines
    )
    style = f"margin:24px 0 2px;font-weight:600;{_LABEL}"
    return [
        f'<h2 class="soft" style="{style}">{escape(section.heading)}</h2>',
        '<ul style="list-style:none;margin:0;padding:0">',
        *lines,
        "</ul>",
    ]


def to_html(page: Page, language: str) -> str:
    """As a page of HTML in this language (BCP 47)."""
    language = {"zh": "zh-Hans"}.get(language, language)  # which glyphs, of a script in four forms
    parts = [_HEAD.format(language=language, sheet=_DARK), _BODY.format(sans=_SANS)]
    parts.append(
        f'<h1 style="margin:0 0 16px;font:600 24px/1.3 {_SERIF}">{escape(page.heading)}</h1>'
    )
    parts += _figures(page)
    parts += [f'<p style="margin:0 0 12px">{escape(each)}</p>' for each in page.sentences]
    for section in page.sections:
        parts += _section(section)
    parts.append(f'<p class="soft" style="margin:28px 0 0;{_LABEL}">{escape(page.about)}</p>')
    return "\n".join([*parts, "</div>\n</body>\n</html>\n"])
