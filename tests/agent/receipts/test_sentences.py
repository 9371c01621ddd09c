"""Every sentence a reader may be told is there in every language of receipts."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from margins.agent.receipts.sentences import localise, pattern
from margins.agent.receipts.words import WORDS

from .said import Said, all_said, handed_over, said_in

FOLDER = "src/margins/agent/receipts/sentences"
LANGUAGES = sorted(WORDS.keys() - {"en"})
SAID = all_said()


def _table(language: str) -> dict[str, str]:
    path = files("margins.agent.receipts.sentences").joinpath(f"{language}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _slots(text: str) -> list[str]:
    return re.findall(r"\{(\w*)\}", text)


def _missing(said: list[Said], known: dict[str, str], language: str) -> list[str]:
    """What to do about each sentence that is not known."""
    return [
        f"src/margins/{each.place} says what {FOLDER}/{language}.toml does not know. "
        f'Add a line there:\n"{each.sentence}" = "..."'
        for each in said
        if each.sentence not in known
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there(language: str) -> None:
    """Of formats, of the reading of mails and its bounds: none reaches a reader in English."""
    assert not (missing := _missing(SAID, _table(language), language)), "\n".join(missing)


def test_who_forgets_one_is_told_which_file_to_edit() -> None:
    """The module and line, the file of the language, and the line to add, slots by their names."""
    source = 'raise FormatError(f"The shelf {self.name!r} holds {len(books):,} books.")\n'
    (line,) = _missing(said_in(source, "formats/acme.py"), {}, "de")
    assert line == (
        "src/margins/formats/acme.py:1 says what src/margins/agent/receipts/sentences/de.toml does "
        'not know. Add a line there:\n"The shelf {name} holds {books} books." = "..."'
    )


def test_the_sentences_are_found() -> None:
    """Plain ones and f-strings; of errors, remedies, warnings, skipped entries and bounds."""
    assert len(SAID) > 180
    assert {
        "It has neither a passage nor a note.",
        "The note has no text.",
        "This clippings file is empty.",
        "The table has more than {max_rows} rows.",
        "Read by structure, since these words are not known: {words}.",
        "Reading the mail took more than {wall_seconds} s.",
        "The message has more than {parts} parts.",
        "The zip archive is damaged. Pack it again.",
        "The export holds more than can be taken at once. Send it in parts.",
    } <= {each.sentence for each in SAID}


def test_what_is_told_ends_as_sentences_do() -> None:
    """In a full stop: what does not is no sentence, and would not be found here."""
    for place, text in handed_over():
        assert text.endswith("."), f"src/margins/{place} says {text!r}: end it with a full stop"


def test_slots_have_names_of_their_own() -> None:
    """Otherwise a translation could not say which value goes where."""
    for said in SAID:
        slots = _slots(said.sentence)
        assert len(slots) == len(set(slots) - {""}), f"{said.place}: give each value a name first"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    """What has been reworded leaves no line behind; "The file is ..." is said of "{name}" too."""
    known = {each.sentence for each in SAID}
    patterns = [pattern(sentence) for sentence in known if "{" in sentence]
    stale = [
        line
        for line in _table(language)
        if line.endswith(".") and line not in known
        if not any(p.fullmatch(line) for p in patterns)
    ]
    assert not stale


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_say_the_same(language: str) -> None:
    """The same lines in the same order, and no slot that the English has not."""
    table = _table(language)
    assert list(table) == list(_table("de"))
    for line, wanted in table.items():
        assert set(_slots(wanted)) <= set(_slots(line)), line
        assert wanted != line or not line.endswith("."), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_told_with_its_values(language: str) -> None:
    """The one sentence and no other, and no brace is left."""
    table = _table(language)
    for said in SAID:
        filled, wanted = (
            re.sub(r"\{\w+\}", "7", text) for text in (said.sentence, table[said.sentence])
        )
        assert localise(filled, language) == wanted
        assert localise(f"x.csv: {filled}", language).endswith(wanted)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Teil 2 (a, b.csv), Zeile 40: Die Tabelle ist nicht lesbar. Senden Sie die Datei"),
        ("fr", "partie 2 (a, b.csv), ligne 40\u00a0: Le tableau ne peut pas être lu. Envoyez"),
        ("ja", "パート 2（a, b.csv）、40 行目：表を読み取れません。表計算ソフトで保存し直さず、"),
        ("zh", "第 2 部分（a, b.csv），第 40 行：无法读取表格。请发送应用写出的原文件，"),
    ],
)
def test_what_place_and_remedy_are_told_together(language: str, expected: str) -> None:
    """Whatever the file is called stays; what a library says in English is left out."""
    line = (
        "part 2 (a, b.csv), line 40: The table cannot be read: line contains NUL. "
        "Send the file as the app wrote it, not saved again by a spreadsheet."
    )
    assert localise(line, language).startswith(expected)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Eintrag 12, Location 340: Der Eintrag enthält keinen Text."),
        ("fr", "entrée 12, Location 340\u00a0: L’entrée ne contient pas de texte."),
        ("ja", "項目 12、Location 340：本文がありません。"),
        ("en", "entry 12, Location 340: The entry has no text."),
    ],
)
def test_the_place_is_named_too(language: str, expected: str) -> None:
    """What the app itself calls it stays as it is."""
    assert localise("entry 12, Location 340: The entry has no text.", language) == expected


@pytest.mark.parametrize(
    ("place", "german"),
    [
        ("the mail itself (x.eml)", "die Mail selbst (x.eml)"),
        ("a file in part 2.1", "eine Datei in Teil 2.1"),
        ("Notes in May.csv in part 2 (a.zip)", "Notes in May.csv in Teil 2 (a.zip)"),
        (
            "part 1.2 of forwarded mail (y) in part 2",
            "Teil 1.2 der weitergeleiteten Mail (y) in Teil 2",
        ),
        ("x.json, line 4 column 5", "x.json, Zeile 4, Spalte 5"),
    ],
)
def test_places_in_a_mail(place: str, german: str) -> None:
    """Parts, files packed in them, and mails within the mail."""
    assert localise(f"{place}: The file is empty.", "de") == f"{german}: Die Datei ist leer."


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        ("de", "1.000|25,3 MiB"),
        ("fr", "1\u202f000|25,3 MiB"),
        ("ja", "1,000|25.3 MiB"),
        ("en", "1,000|25.3 MiB"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language: str, figures: str) -> None:
    """Digits in groups of three, and the sign before a fraction."""
    parts, size = figures.split("|")
    assert parts in localise("The message has more than 1,000 parts.", language)
    said = "At 25.3 MiB it is larger than any Kindle notebook (PDF) (16.0 MiB)."
    assert size in localise(said, language)


@pytest.mark.parametrize("language", WORDS)
def test_what_is_ours_to_mend_is_told_as_such(language: str) -> None:
    """Neither the class of an exception nor who made a plug-in, in English either."""
    failed = "Margins failed to read it (ZeroDivisionError). Please report this."
    broken = "x.csv: The format acme failed: ZeroDivisionError."
    for said in (failed, f"{broken} Please report it to the makers of acme 1.2."):
        told = localise(said, language)
        assert told != said
        assert not re.search(r"ZeroDivisionError|acme", told)


def test_what_is_not_known_stays_as_it_is() -> None:
    """Sentences of formats made by others, and whatever a file says."""
    for line in ("no colon", "entry 1: Somebody else's sentence.", "", ": ", "a: b: c"):
        assert localise(line, "de") == line


def test_what_is_known_in_part_stays_as_a_whole() -> None:
    """No line is half in one language and half in another."""
    line = "x.csv: Somebody else's sentence. Send it in parts."
    assert localise(line, "de") == line


def test_a_colon_in_the_place_does_not_hide_the_reason() -> None:
    """A chapter may be called anything."""
    line = "entry 1, Tides: High: It has no text."
    assert localise(line, "es") == "entrada 1, Tides: High: La entrada no contiene texto."


def test_a_hostile_sentence_costs_no_time() -> None:
    """However many separators it repeats."""
    for hostile in (
        "It was written by " + ", not by " * 5000,
        ": At it" * 5000,
        "{}: " * 5000,
        "x. X: " * 330,
        "part 2 in " * 190 + ": It is empty?",
        "The document states " + "1 entries and holds " * 90,
    ):
        assert localise(hostile, "fr") == hostile
        assert localise(hostile[:2000], "fr") == hostile[:2000]


def test_a_literal_becomes_what_stands_in_the_tables() -> None:
    """Calls, formats and conversions around a value do not matter, its name does."""
    (said,) = said_in('x = f"At {_mib(len(file.content))} of {_MOST // 2:,} it is {word!r}."', "x")
    assert said.sentence == "At {content} of {most} it is {word}."
