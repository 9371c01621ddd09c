"""ReadEra's backup."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from margins.errors import FormatError
from margins.formats.readera import extract, identify
from margins.mail.entity import Attachment

GOLDEN = Path(__file__).parent / "golden" / "readera"


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_the_backup_says_what_its_library_says() -> None:
    """Whether the zip or what is inside was sent."""
    inside = Attachment(content=(GOLDEN / "library.json").read_bytes())
    outside = Attachment(content=(GOLDEN / "ReadEra_2024-01-02.bak").read_bytes())
    assert extract(inside) == extract(outside)


def test_a_zip_without_a_library_is_left_alone() -> None:
    """Documents and books are zips too."""
    assert not identify(Attachment(content=zipped({"word/document.xml": b"<w/>"})))
    assert not identify(Attachment(content=zipped({"META-INF/container.xml": b"library"})))


def test_a_library_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so much is unpacked, whatever the zip claims."""
    monkeypatch.setattr("margins.formats.readera._MAX_LIBRARY", 1024 * 1024)
    bomb = Attachment(content=zipped({"library.json": b" " * 8 * 1024 * 1024}), place="b.bak")
    assert len(bomb.content) < 20_000
    assert identify(bomb)
    with pytest.raises(FormatError, match=r"b\.bak, library\.json: .* larger than 1 MiB"):
        extract(bomb)


@pytest.mark.parametrize("damage", [slice(0, -30), slice(0, 60)])
def test_a_damaged_backup_is_refused(damage: slice) -> None:
    """It names the file and the remedy."""
    whole = (GOLDEN / "ReadEra_2024-01-02.bak").read_bytes()
    with pytest.raises(FormatError, match=r"b\.bak: .* new backup"):
        extract(Attachment(content=whole[damage], place="b.bak"))


def test_a_place_that_is_not_json_costs_only_the_place() -> None:
    """The passage is kept."""
    citation = {"note_body": "The tide.", "note_data": "{broken", "note_page": 3}
    library = {"docs": [{"uri": "u", "data": {"doc_title": "Salt"}, "citations": [citation]}]}
    (notebook,) = extract(Attachment(content=json.dumps(library).encode()))
    (note,) = notebook.annotations
    assert (note.target.quote, note.target.page, note.target.fragment) == ("The tide.", "3", "")
