"""Who made a publication, from one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.names import creators


def authors(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "author") for name in names)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Orla Finch", authors("Orla Finch")),
        ("Finch, Orla", authors("Orla Finch")),
        ("de Finch, Orla", authors("Orla de Finch")),
        ("Le Finch, Orla K.", authors("Orla K. Le Finch")),
        ("Finch, O.P.", authors("O.P. Finch")),
        ("Finch, Orla; Reed Lark, Tomas", authors("Orla Finch", "Tomas Reed Lark")),
        ("Orla Finch; Tomas Reed", authors("Orla Finch", "Tomas Reed")),
        ("Orla Finch, Tomas Reed", authors("Orla Finch", "Tomas Reed")),
        ("Orla Finch, Tomas Reed and Ida Moss", authors("Orla Finch", "Tomas Reed", "Ida Moss")),
        ("Finch, Orla & Reed, Tomas", authors("Orla Finch", "Tomas Reed")),
        ("Finch, Reed and Moss", authors("Finch", "Reed", "Moss")),
        ("Finch, Orla, Reed, Tomas", authors("Orla Finch", "Tomas Reed")),
        ("Orla P. Finch, Ph.D.", authors("Orla P. Finch, Ph.D.")),
        ("Finch, Orla, Jr.", authors("Orla Finch, Jr.")),
        ("by Orla Finch", authors("Orla Finch")),
        ("von Finch", authors("von Finch")),
        ("Orla Finch y Reed", authors("Orla Finch y Reed")),
        ("作者：林小雨", authors("林小雨")),
        ("林小雨，陈大山", authors("林小雨", "陈大山")),
        ("", ()),
        (" ; , ", ()),
    ],
)
def test_names_come_out_in_reading_order(line: str, expected: tuple[tuple[str, str], ...]) -> None:
    """The same person is the same name however the app orders and separates names."""
    assert expected == creators(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Orla Finch、Tomas Reed\u3000著、山田 花\u3000監訳、川口 光\u3000訳",
            (
                ("Orla Finch", "author"),
                ("Tomas Reed", "author"),
                ("山田 花", "translator"),
                ("川口 光", "translator"),
            ),
        ),
        ("作者：林小雨 译者：陈大山", (("林小雨", "author"), ("陈大山", "translator"))),
        ("[美] 林小雨 著; 陈大山 译", (("林小雨", "author"), ("陈大山", "translator"))),
        (
            "Orla Finch, Tomas Reed (Translator)",
            (("Orla Finch", "translator"), ("Tomas Reed", "translator")),
        ),
        ("Orla Finch (Hrsg.)", (("Orla Finch", "editor"),)),
        ("Orla Finch (Poet)", (("Orla Finch (Poet)", "author"),)),
    ],
)
def test_roles_are_english_words(line: str, expected: tuple[tuple[str, str], ...]) -> None:
    """A role word counts for the unmarked names before it and is no part of a name."""
    assert expected == creators(line)


@given(st.text(max_size=200))
def test_any_line_gives_names_without_space_around_them(line: str) -> None:
    """No line raises, no name is empty, none comes twice with the same role."""
    found = creators(line)
    assert all(name and name == name.strip() and role for name, role in found)
    assert len(found) == len(set(found))
