"""Formats of other packages are used, and held to the contract."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from margins.annotation import Notebook, Publication
from margins.catalogue import BUILT_IN
from margins.errors import FormatError
from margins.formats import identify
from margins.mail.entity import Attachment
from margins.plugins import GROUP, Brought, load_formats

MODULE = """
from margins.annotation import Notebook, Publication
from margins.formats import About

about = About(name={name!r}, version=1, title="Acme", app="Acme", steps="Export.",
              media_types=("text/plain",), suffixes=(".acme",))


def identify(attachment):
    {identify}


def extract(attachment):
    {extract}
"""
WITHOUT_EXTRACT = MODULE.partition("def extract")[0]
GOOD = "return (Notebook(publication=Publication(title='Acme'), found=0),)"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules can be imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def entry(
    package: Path,
    module: str,
    *,
    name: str = "acme",
    identify: str = "return attachment.content.startswith(b'ACME')",
    extract: str = GOOD,
) -> EntryPoint:
    source = MODULE.format(name=name, identify=identify, extract=extract)
    (package / f"{module}.py").write_text(source, encoding="utf-8")
    return EntryPoint(name=module, value=module, group=GROUP)


def brought(installed: Sequence[EntryPoint], reports: list[str] | None = None) -> Brought:
    loaded = load_formats(
        installed=installed, report=[].append if reports is None else reports.append
    )
    assert loaded.warnings == ()
    last = loaded.formats[-1]
    assert isinstance(last, Brought)
    return last


def test_a_format_of_another_package_is_used(package: Path) -> None:
    """It stands behind the built-in ones and is asked like them."""
    formats = load_formats(installed=[entry(package, "acme_good")]).formats
    export = Attachment(content=b"ACME 1")
    assert formats[:-1] == BUILT_IN
    claimed = identify(export, formats)
    assert claimed is formats[-1]
    assert claimed is not None
    assert claimed.extract(export) == (Notebook(publication=Publication(title="Acme"), found=0),)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import acme_missing_dependency", "ModuleNotFoundError"),
        ("about = 'Acme'", "about"),
        (WITHOUT_EXTRACT.format(name="acme", identify="return False"), "extract()"),
        (MODULE.format(name="kindle-notebook", identify="return True", extract=GOOD), "already"),
    ],
)
def test_what_cannot_be_loaded_is_left_out_and_named(
    package: Path, source: str, reason: str
) -> None:
    """The other formats are all there, and the warning says which one is not, and why."""
    module = f"acme_bad_{abs(hash(source))}"
    (package / f"{module}.py").write_text(source, encoding="utf-8")
    loaded = load_formats(
        installed=[
            EntryPoint(name="broken", value=module, group=GROUP),
            entry(package, "acme_fine", name="acme-fine"),
        ]
    )
    assert [form.about.name for form in loaded.formats[len(BUILT_IN) :]] == ["acme-fine"]
    (warning,) = loaded.warnings
    assert reason in warning
    assert module in warning


def test_a_format_that_fails_to_look_does_not_claim(package: Path) -> None:
    """The file goes on to the formats that can read it, and the failure is reported once."""
    reports: list[str] = []
    form = brought([entry(package, "acme_blind", identify="return 1 / 0")], reports)
    assert not form.identify(Attachment(content=b"ACME", place="part 2"))
    (report,) = reports
    assert all(part in report for part in ("acme", "part 2", "ZeroDivisionError", "acme_blind"))


def test_only_true_is_a_claim(package: Path) -> None:
    """A match object or a count is not the answer asked for."""
    assert not brought([entry(package, "acme_vague", identify="return 1")]).identify(
        Attachment(content=b"")
    )


@pytest.mark.parametrize(
    ("module", "extract", "said"),
    [
        ("acme_crash", "return {}['x']", "KeyError"),
        ("acme_strange", "return [1]", "something else than notebooks"),
        ("acme_none", "return None", "TypeError"),
    ],
)
def test_a_format_that_fails_to_read_names_its_makers(
    package: Path, module: str, extract: str, said: str
) -> None:
    """Whatever it raises becomes a FormatError with the place and whom to ask."""
    form = brought([entry(package, module, extract=extract)])
    with pytest.raises(FormatError, match=said) as failure:
        form.extract(Attachment(content=b"ACME", place="part 2"))
    assert failure.value.place == "part 2"
    assert module in failure.value.remedy


def test_a_format_error_passes_as_it_is(package: Path) -> None:
    """A format that keeps the contract speaks for itself."""
    extract = "from margins.errors import FormatError; raise FormatError('Page 3 is torn.')"
    form = brought([entry(package, "acme_torn", extract=extract)])
    with pytest.raises(FormatError, match=r"^Page 3 is torn\.$"):
        form.extract(Attachment(content=b"ACME"))


def test_naming_all_formats_loads_no_heavy_library() -> None:
    """Libraries for PDF, word processor files, trees and databases wait until they are needed."""
    heavy = ["selectolax", "pypdf", "lxml", "docx", "sqlite3", "numpy", "PIL"]
    program = f"import margins.plugins, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
