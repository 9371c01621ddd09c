"""Who made a publication, from the one line an export gives.

The same line may read "Last, First; Last, First", "A, B and C", "A、B　著、C　訳" or "作者：A".
Names come out in reading order, roles as lower-case English words.
"""

from __future__ import annotations

import re

from margins.text.normal import squash

__all__ = ["creators"]

_LONGEST_LINE = 4000

_ROLES = {
    "author": "author 作者 著者 著 作 原作 原著 지은이 지음 저 저자 auteur autor autore автор",
    "translator": "translator translated übersetzer übersetzerin übersetzung traducteur "
    "traductrice traductor traductora traduttore vertaler tradutor переводчик tr trans transl "
    "译 譯 訳 翻訳 翻译 译者 譯者 訳者 共訳 監訳 옮긴이 옮김 역",
    "editor": "editor editors ed eds hrsg herausgeber herausgeberin éditeur curatore редактор "
    "编 編 编者 編者 主编 主編 编著 編著 編集 编辑 監修 监修 审校 校 校订 校訂 엮은이 엮음",
    "illustrator": "illustrator illustrated illustrationen illustrateur illustratore ilustrador "
    "иллюстратор 绘 繪 絵 画 插画 イラスト 그림",
    "narrator": "narrator reader sprecher 朗読 朗读",
    "contributor": "contributor foreword introduction afterword vorwort nachwort préface "
    "prefazione prólogo 序 解説",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_WORDS = "|".join(sorted(map(re.escape, _ROLE_OF), key=len, reverse=True))
_EAST_ASIAN = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_EAST_ASIAN_WORDS = "|".join(w for w in _WORDS.split("|") if re.match(f"[{_EAST_ASIAN}]", w))

_LABEL = re.compile(rf"(?:^|(?<=[\s;；|]))({_WORDS})\s?[:：]\s?", re.IGNORECASE)
_BY = re.compile(r"by\s(?=\S)", re.IGNORECASE)
_BRACKETED = re.compile(r"\s?[(\[（【〔]([^()\[\]（）【】〔〕]{1,40})[)\]）】〕]")
_TRAILING = re.compile(rf"(?<=\S)\s(?:({_EAST_ASIAN_WORDS})|(?:hrsg|eds?)\.)$", re.IGNORECASE)
_STRONG = re.compile(r"[;；、|]|\s(?:&|and|und|et(?!\sal)|и|与)\s", re.IGNORECASE)
_COMMA = re.compile(r"[,，]\s?")
# Jr., III, Ph.D., M.D., MBA: they follow a name and are none themselves.
_SUFFIX = re.compile(
    r"(?:jr|sr|ii|iii|iv|esq|ph\.?\s?d|m\.?\s?d|m\.?\s?a|mba|ll\.?\s?d|d\.?\s?phil|rn|cpa)\.?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:\w\.[\s-]?)+|\w+(?:\s\w\.)+")


def _is_one_word(name: str) -> bool:
    return " " not in name


def _last_first(parts: list[str]) -> str:
    """ "Last, First", "Last, First, Jr." in reading order."""
    suffixes = [p for p in parts[1:] if _SUFFIX.fullmatch(p)]
    given = [p for p in parts[1:] if not _SUFFIX.fullmatch(p)]
    return ", ".join([" ".join([*given, parts[0]]), *suffixes])


def _with_suffixes(parts: list[str]) -> list[str]:
    """Suffixes put back behind the name they follow."""
    names: list[str] = []
    for part in parts:
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f", {part}"
        else:
            names.append(part)
    return names


def _reads_last_first(names: list[str]) -> bool:
    """Whether the two parts around a lone comma are one name: "Le Guin, Ursula K."."""
    return any(map(_is_one_word, names)) or _INITIALS.fullmatch(names[1]) is not None


def _by_commas(chunk: str, *, last_first: bool | None) -> list[str]:
    """The names in a chunk that may hold commas; `last_first`: what the line shows they mean."""
    parts = [p for p in map(squash, _COMMA.split(chunk)) if p]
    if last_first is False or re.search(f"[{_EAST_ASIAN}]", chunk):
        return _with_suffixes(parts)
    names = [p for p in parts if not _SUFFIX.fullmatch(p)]
    if len(names) == 2 and names[0] == parts[0] and (last_first or _reads_last_first(names)):
        return [_last_first(parts)]
    if len(names) > 2 and len(names) % 2 == 0 and all(map(_is_one_word, names)):
        return [f"{given} {last}" for last, given in zip(names[::2], names[1::2], strict=True)]
    return _with_suffixes(parts)


def _comma_meaning(text: str, chunks: list[str]) -> bool | None:
    """True when commas stand inside "Last, First", False when they part names, None if unclear."""
    if re.search(r"[;；]", text):
        return True
    if len(chunks) < 2:
        return None
    return all(_COMMA.search(chunk) for chunk in chunks)


def _role_in(name: str) -> tuple[str, str]:
    """The name without its role words, and the role they say ("" when none)."""
    role = ""
    for bracket in _BRACKETED.finditer(name):
        first = bracket[1].casefold().split(" ")[0].rstrip(".")
        role = role or _ROLE_OF.get(first, "")
        # "[美] Name" says where somebody is from.
        if first in _ROLE_OF or (bracket.start() == 0 and len(bracket[1]) <= 4):
            name = name.replace(bracket[0], " ", 1)
    if trailing := _TRAILING.search(name := squash(name)):
        role = role or _ROLE_OF[(trailing[1] or trailing[0].strip(" .")).casefold()]
        name = name[: trailing.start()]
    return squash(name), role


def _section(text: str, role: str) -> list[tuple[str, str]]:
    """Names of one labelled stretch of the line; a role counts for the unmarked names before it."""
    chunks = [chunk for chunk in map(squash, _STRONG.split(text)) if chunk]
    last_first = _comma_meaning(text, chunks)
    found: list[tuple[str, str]] = []
    waiting = 0
    for chunk in chunks:
        for raw in _by_commas(chunk, last_first=last_first):
            name, said = _role_in(raw)
            if name:
                found.append((name, said))
            if said:
                found[waiting:] = [(n, r or said) for n, r in found[waiting:]]
                waiting = len(found)
    return [(name, said or role or "author") for name, said in found]


def creators(line: str) -> tuple[tuple[str, str], ...]:
    """(name, role) pairs in the order of the line; role is "author" when the line says none."""
    line = squash(line[:_LONGEST_LINE])
    if opening := _BY.match(line):
        line = line[opening.end() :]
    pieces = _LABEL.split(line)
    found = _section(pieces[0], "")
    for word, text in zip(pieces[1::2], pieces[2::2], strict=True):
        found += _section(text, _ROLE_OF[word.casefold()])
    return tuple(dict.fromkeys(found))
