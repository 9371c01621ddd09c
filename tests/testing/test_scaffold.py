"""A new format works from its first minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.errors import FormatError, InputError
from margins.mail.entity import Attachment
from margins.testing import skeleton
from margins.testing.golden import check, inputs
from margins.testing.scaffold import load_format, new_format


def test_a_new_format_passes_its_golden_case(tmp_path: Path) -> None:
    """Module, example and expected output are written, and agree."""
    module, example, expected = new_format("acme-notes", tmp_path)
    form = load_format(module)
    assert form.about.name == "acme-notes"
    assert inputs(example.parent) == (example,)
    assert [result.failure for result in check(example.parent, form)] == [None]
    assert "keleton" not in module.read_text("utf-8") + expected.read_text("utf-8")


def test_a_new_format_shows_every_kind_of_entry(tmp_path: Path) -> None:
    """A highlight with a note, one without, a lone note, and an entry that is skipped."""
    _, example, _ = new_format("acme-notes", tmp_path)
    content = example.read_bytes().replace(b"Acme", b"Skeleton")
    (notebook,) = skeleton.extract(Attachment(content=content))
    assert [(a.motivation.value, a.target.page, a.tags) for a in notebook.annotations] == [
        ("highlighting", "12", ("check",)),
        ("highlighting", "xiv", ()),
        ("commenting", "30", ()),
    ]
    assert [entry.place for entry in notebook.skipped] == ["entry 4, page 31"]
    assert notebook.publication.authors == ("Orla Finch", "Tomas Reed")


def test_the_skeleton_refuses_a_torn_file() -> None:
    """The example shows how to refuse, too."""
    export = Attachment(content=b"Skeleton Notes Export\nThe Salt Gardens", place="part 2")
    assert skeleton.identify(export)
    with pytest.raises(FormatError, match="names its book"):
        skeleton.extract(export)


@pytest.mark.parametrize("name", ["Acme", "acme notes", "../acme", "", "1st", "acme-", "a" * 40])
def test_a_name_that_is_no_module_name_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written, above all not outside the folder."""
    with pytest.raises(InputError, match="cannot be the name"):
        new_format(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    """Making a format twice changes nothing."""
    module, *_ = new_format("acme-notes", tmp_path)
    module.write_text("# mine now", encoding="utf-8")
    with pytest.raises(InputError, match="already"):
        new_format("acme-notes", tmp_path)
    assert module.read_text("utf-8") == "# mine now"


@pytest.mark.parametrize("source", ["raise OSError('no')", "about = 1", "import nowhere_at_all"])
def test_a_module_that_is_no_format_is_refused_with_its_path(tmp_path: Path, source: str) -> None:
    """The message says which file, and what is wrong with it."""
    path = tmp_path / "broken.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_format(path)
    assert refusal.value.place == str(path)
