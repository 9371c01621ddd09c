"""The words Kindles print around a note, per language, and how sure of each we are.

One line may mix languages: the device prints in the language it was set to at that moment, and some
firmware translates only half a line ("Your Highlight on Location na página 33"). So a text is never
asked for its language; every word of every language is known at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from margins.text.normal import fold

__all__ = ["WORDS", "Found", "Meaning", "Status", "Word", "colour", "find_words"]


class Meaning(StrEnum):
    """What a word says about the entry it stands in."""

    HIGHLIGHT = "highlight"
    UNDERLINE = "underline"
    NOTE = "note"
    BOOKMARK = "bookmark"
    CLIPPING = "clipping"
    PAGE = "page"
    LOCATION = "location"
    ADDED = "added"
    LIMIT = "limit"
    FILLER = "filler"
    YELLOW = "yellow"
    BLUE = "blue"
    PINK = "pink"
    ORANGE = "orange"


class Status(StrEnum):
    """Where a word was seen: in exports of devices, in tests of other programs, only claimed by
    other programs, or in a dictionary alone."""

    OBSERVED = "observed"
    FIXTURE = "fixture"
    PEER = "peer"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase, folded as `margins.text.normal.fold` does.

    Attributes:
        language: BCP 47 tag.
    """

    text: str
    meaning: Meaning
    language: str
    status: Status


# language, status, then meaning: words. Phrases win over their parts.
_TABLE = """
en observed highlight: highlight; underline: underline; note: note; bookmark: bookmark
en observed clipping: clip this article; page: page; location: location, loc; added: added on
en observed filler: your, on, at, no; yellow: yellow; blue: blue; pink: pink; orange: orange
en observed limit: <you have reached the clipping limit for this item>
en peer clipping: clipping, article
de observed highlight: markierung; note: notiz; bookmark: lesezeichen; page: seite
de observed location: position, pos; added: hinzugefügt am; filler: ihre, ihr, deine, dein, auf, bei
de observed limit: <sie haben die maximale anzahl an clipboard-einträgen für diesen inhalt erreicht>
de observed yellow: gelb
de unverified underline: unterstreichung; blue: blau; pink: rosa
es observed highlight: subrayado; note: nota; bookmark: marcador; page: página; added: añadido el
es observed location: posición, pos; filler: la, el, tu, mi, en
es fixture highlight: subrayar; location: ubicación; yellow: amarillo
es peer added: agregado el
es unverified blue: azul; pink: rosa; orange: naranja
pt observed highlight: destaque; note: nota; bookmark: marcador; page: página; location: posição
pt observed added: adicionado; filler: seu, sua, na, ou, em
pt peer location: pos
pt unverified location: localização; yellow: amarelo; blue: azul; pink: rosa; orange: laranja
it observed highlight: evidenziazione; note: nota; bookmark: segnalibro; page: pagina
it observed location: posizione; added: aggiunto in data; filler: la, il, tua, tuo, a, alla
it observed yellow: giallo; pink: rosa
it peer note: note; added: aggiunto il; filler: le, mia, mio, mie
it unverified blue: azzurro, blu; orange: arancione
fr observed highlight: surlignement; note: note; bookmark: signet; page: page
fr observed location: emplacement; added: ajouté le; filler: votre, sur, la, à, l
fr fixture yellow: jaune
fr peer highlight: surlignage
fr unverified blue: bleu; pink: rose; orange: orange
nl observed highlight: highlight; note: notitie; bookmark: bladwijzer; page: pagina
nl observed location: locatie; added: toegevoegd op; filler: je, op, t/m
nl peer highlight: markering; filler: uw, jouw
nl unverified yellow: geel; blue: blauw; pink: roze; orange: oranje
ru observed highlight: выделенный отрывок; note: заметка; bookmark: закладка; page: странице
ru observed location: месте, место; added: добавлено; filler: ваш, ваша, на, в
ru unverified page: страница; yellow: желтый; blue: синий; pink: розовый; orange: оранжевый
zh-Hans observed highlight: 标注; note: 笔记, 备注; bookmark: 书签; page: 页; location: 位置
zh-Hans observed added: 添加于; filler: 您在, 我的, 在, 第, 的; yellow: 黄色; blue: 蓝色; pink: 粉色
zh-Hans peer clipping: 剪贴文章
zh-Hans unverified orange: 橙色
zh-Hant unverified highlight: 標註, 重點標示, 標示; note: 筆記, 備註; bookmark: 書籤; page: 頁
zh-Hant unverified location: 位置; added: 新增於, 加入於; filler: 您在, 第, 的
zh-Hant unverified yellow: 黃色; blue: 藍色; pink: 粉紅色; orange: 橙色, 橘色
ja observed highlight: ハイライト; note: メモ; bookmark: ブックマーク; page: ページ; location: 位置
ja observed added: 作成日; filler: の, no; yellow: 黄, イエロー; pink: ピンク
ja observed limit: <このアイテムのクリップの上限に達しました>
ja peer added: 追加日
ja unverified blue: 青, ブルー; orange: オレンジ
ko unverified highlight: 하이라이트; note: 메모; bookmark: 북마크; page: 페이지; location: 위치
ko unverified added: 추가됨; filler: 의, 에, 번
ko unverified yellow: 노란색; blue: 파란색; pink: 분홍색; orange: 주황색
pl unverified highlight: zaznaczenie, podświetlenie; note: notatka; bookmark: zakładka
pl unverified page: stronie, strona; location: pozycji, pozycja, lokalizacja; added: dodano
pl unverified filler: twoje, twoja, na
tr unverified highlight: vurgu, vurgunuz; note: not, notunuz; bookmark: yer imi, yer işareti
tr unverified page: sayfa; location: konum; added: eklenme, eklendi
sv unverified highlight: markering, överstrykning; note: anteckning; bookmark: bokmärke
sv unverified page: sida, sidan; location: plats, position; added: tillagd, lades till
sv unverified filler: din, ditt, på, vid
"""


def _read_table() -> tuple[Word, ...]:
    words = []
    for line in _TABLE.strip().splitlines():
        language, status, rest = line.split(" ", 2)
        for entry in rest.split("; "):
            meaning, _, texts = entry.partition(": ")
            words += [
                Word(fold(text), Meaning(meaning), language, Status(status))
                for text in texts.split(", ")
            ]
    return tuple(words)


WORDS = _read_table()

_MEANINGS = {word.text: word.meaning for word in WORDS}
_COLOURS = frozenset({Meaning.YELLOW, Meaning.BLUE, Meaning.PINK, Meaning.ORANGE})
_UNSPACED = "\u2e80-\u9fff\uac00-\ud7af"


def _pattern() -> re.Pattern[str]:
    """Known words, longest first; else a run of letters.

    Scripts that put no spaces between words are matched anywhere, the others between boundaries.
    """
    longest_first = sorted(_MEANINGS, key=len, reverse=True)
    together = [w for w in longest_first if re.search(f"[{_UNSPACED}]", w)]
    apart = [w for w in longest_first if w not in together]
    letter = rf"[^\W\d_{_UNSPACED}]"
    return re.compile(
        f"(?P<known>{'|'.join(map(re.escape, together))}"
        f"|(?<!{letter})(?:{'|'.join(map(re.escape, apart))})(?!{letter}))"
        f"|[{_UNSPACED}]|{letter}+"
    )


_PATTERN = _pattern()


@dataclass(frozen=True, slots=True)
class Found:
    """A word in a text.

    Attributes:
        meaning: None when no table has the word.
        start, end: where it stands in the folded text.
    """

    text: str
    meaning: Meaning | None
    start: int
    end: int


def find_words(folded: str) -> tuple[Found, ...]:
    """Every word of a text folded by `margins.text.normal.fold`, in order, known or not."""
    return tuple(
        Found(
            found[0],
            _MEANINGS[found[0]] if found["known"] else None,
            found.start(),
            found.end(),
        )
        for found in _PATTERN.finditer(folded)
    )


@lru_cache(maxsize=256)
def colour(text: str) -> str:
    """The English name of a highlight colour in any known language, or empty."""
    meaning = _MEANINGS.get(fold(text))
    return meaning.value if meaning in _COLOURS else ""
