"""Every sentence a format may say of an entry is there in every language of receipts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from margins import formats
from margins.agent import reading
from margins.agent.receipts.reasons import localise, localise_entry
from margins.agent.receipts.words import WORDS

LANGUAGES = sorted(WORDS.keys() - {"en"})
MODULES = sorted(Path(formats.__path__[0]).rglob("*.py"))


class _Sentences:
    """What may become a `reason` in one module, with "note" wherever something is filled in.

    Followed are names, conditions, the arguments of calls and what functions return.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._seen: set[str] = set()

    def all(self) -> set[str]:
        """The strings of every Skipped there is."""
        found = set()
        for call in self._calls("Skipped"):
            for keyword in call.keywords:
                if keyword.arg == "reason":
                    found |= set(self._of(keyword.value))
        return {each for each in found if each}

    def _calls(self, name: str) -> Iterator[ast.Call]:
        for node in self._nodes:
            if isinstance(node, ast.Call) and name == getattr(
                node.func, "id", getattr(node.func, "attr", "")
            ):
                yield node

    def _of(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr():
                yield "".join(
                    part.value if isinstance(part, ast.Constant) else "note" for part in node.values
                )
            case ast.IfExp():
                yield from self._of(node.body)
                yield from self._of(node.orelse)
            case ast.BoolOp():
                for value in node.values:
                    yield from self._of(value)
            case ast.Call(func=ast.Name(id=name)):
                yield from self._returned(name)
            case ast.Name(id=name):
                yield from self._named(name)

    def _returned(self, name: str) -> Iterator[str]:
        for node in self._nodes:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                for each in ast.walk(node):
                    if isinstance(each, ast.Return) and each.value is not None:
                        yield from self._of(each.value)

    def _named(self, name: str) -> Iterator[str]:
        if name in self._seen:
            return
        self._seen.add(name)
        for node in self._nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if node.value and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    yield from self._of(node.value)
            if isinstance(node, ast.FunctionDef):
                names = [a.arg for a in node.args.args if a.arg != "self"]
                if name in names:
                    yield from self._given(node.name, names.index(name))

    def _given(self, function: str, position: int) -> Iterator[str]:
        for call in self._calls(function):
            if len(call.args) > position:
                yield from self._of(call.args[position])


def _reasons() -> set[str]:
    return {
        sentence
        for path in MODULES
        for sentence in _Sentences(ast.parse(path.read_text("utf-8"))).all()
        if sentence.endswith(".")
    }


REASONS = sorted(_reasons())


def test_the_sentences_are_found() -> None:
    """Plain ones, those filled in, those returned by a function and those passed to one."""
    assert len(REASONS) >= 35
    assert {
        "It has neither a passage nor a note.",
        "Entry note is a newer version of it.",
        "The note has no text.",
        "The entry is cut short: it has note of note lines.",
        "It was deleted on the reader, which keeps deleted notes hidden.",
        "The file is cut off in the middle of this entry.",
        "It does not say which book it is from.",
    } <= set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_there_in_every_language(reason: str) -> None:
    """None of them reaches a reader in English who writes another language."""
    said = {localise(reason, language) for language in LANGUAGES}
    assert reason not in said
    assert len(said) == len(LANGUAGES)
    assert all(text.count("note") <= reason.count("note") + 1 for text in said)
    assert localise(reason, "en") == reason


def test_what_is_said_of_whole_files_is_there_too() -> None:
    """Of the sentences about an attachment that `reading` writes."""
    text = Path(reading.__file__).read_text("utf-8")
    for known in (
        "The mail has no attachment and its text is no export.",
        "holds no highlights, notes or bookmarks.",
        "The file is empty. Export it again and send the new file.",
        "No format recognises this file",
    ):
        assert known in text
    said = "a.bin: No format recognises this file (x/y, 5 bytes). "
    said += "Send the file that the reading app exports, unchanged."
    german = localise(said, "de")
    assert german.startswith("a.bin: Dieses Format ist nicht bekannt (x/y, 5 Byte).")


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
    line = "entry 12, Location 340: The entry has no text."
    assert localise_entry(line, language) == expected


def test_what_is_not_known_stays_as_it_is() -> None:
    """Sentences of formats made by others, and whatever a file says."""
    for line in ("no colon", "entry 1: Somebody else's sentence.", "", ": ", "a: b: c"):
        assert localise_entry(line, "de") == line
        assert localise(line, "de") == line


def test_a_colon_in_the_place_does_not_hide_the_reason() -> None:
    """A chapter may be called anything."""
    line = "entry 1, Tides: High: It has no text."
    assert localise_entry(line, "es") == ("entrada 1, Tides: High: La entrada no contiene texto.")


def test_a_hostile_sentence_costs_no_time() -> None:
    """However many separators it repeats."""
    for hostile in ("It was written by " + ", not by " * 5000, ": At it" * 5000, "{}: " * 5000):
        assert localise_entry(hostile, "fr") == hostile
        assert localise(hostile[:2000], "fr") == hostile[:2000]
