"""Every format says about every golden file exactly what stands beside it.

Write expected files with `python -m margins formats generate tests/formats/golden`, then read them:
they are the specification.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.catalogue import BUILT_IN
from margins.formats import Format
from margins.testing.golden import Failure, attachment_of, check, generate, inputs

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {form.about.name: form for form in BUILT_IN}


def folders() -> list[Path]:
    return sorted(path for path in GOLDEN.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_format_says_what_is_expected(folder: Path) -> None:
    """All files with an expected file are identified, only those, and read as it says."""
    results = list(check(folder, FORMATS[folder.name]))
    assert results, "a folder of golden files is not empty"
    failures = [str(result) for result in results if result.failure is not None]
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("form", BUILT_IN, ids=lambda form: form.about.name)
def test_every_format_has_golden_files(form: Format) -> None:
    """A format without examples is a claim."""
    assert inputs(GOLDEN / form.about.name)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_exactly_one_format_claims_each_golden_file(folder: Path) -> None:
    """No file of one format is taken for another's."""
    claims = {
        path.name: [form.about.name for form in BUILT_IN if form.identify(attachment_of(path))]
        for path in inputs(folder)
    }
    wrong = {
        name: claimed for name, claimed in claims.items() if claimed not in ([folder.name], [])
    }
    assert not wrong


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder with one export, one file that is none, and no expected file."""
    source = GOLDEN / "kindle-notebook" / "phone.html"
    (tmp_path / "phone.html").write_bytes(source.read_bytes())
    (tmp_path / "novel.html").write_text("<p>It was a dark and stormy night.", encoding="utf-8")
    return tmp_path


def test_what_is_generated_passes(examples: Path) -> None:
    """Generating writes expected files for claimed inputs only, and the check agrees with them."""
    form = FORMATS["kindle-notebook"]
    assert [r.failure for r in check(examples, form)] == [None, Failure.NOTHING_EXPECTED]
    assert [r.failure for r in generate(examples, form)] == [None, None]
    assert {path.name for path in examples.iterdir()} == {
        "novel.html",
        "phone.html",
        "phone.html.json",
    }
    assert [r.failure for r in check(examples, form)] == [None, None]


def test_a_difference_is_shown_and_never_overwritten_unasked(examples: Path) -> None:
    """The diff names the line; only force replaces the expected file."""
    form = FORMATS["kindle-notebook"]
    list(generate(examples, form))
    expected = examples / "phone.html.json"
    expected.write_text(expected.read_text("utf-8").replace('"yellow"', '"mauve"', 1), "utf-8")
    (different,) = [r for r in check(examples, form) if r.failure]
    assert different.failure is Failure.DIFFERENT
    assert '-            "margins:colour": "mauve"' in different.detail.replace(",\n", "\n")
    assert [r.failure for r in generate(examples, form)] == [None, Failure.WOULD_OVERWRITE]
    assert "mauve" in expected.read_text("utf-8")
    list(generate(examples, form, force=True))
    assert not [r for r in check(examples, form) if r.failure]


def test_an_expected_file_for_what_nobody_claims_fails(examples: Path) -> None:
    """The promise to read a file is broken when it is not identified."""
    (examples / "novel.html.json").write_text("{}", encoding="utf-8")
    failures = {r.path.name: r.failure for r in check(examples, FORMATS["kindle-notebook"])}
    assert failures["novel.html"] is Failure.NOT_IDENTIFIED
