"""Every format looks at every real export: exactly one claims each, and the right one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from margins.catalogue import BUILT_IN
from margins.mail.entity import Attachment
from margins.testing.golden import attachment_of

FORMAT_OF = {
    "bookcision_json": "bookcision",
    "eml": None,  # whole mails, read by margins.mail; no format claims one
    "googleplay_docx": "play-books-docx",
    "googleplay_html": "play-books-html",
    "hypothesis_json": "hypothesis-json",
    "kindle_cloud_html": "kindle-cloud",
    "kindle_csv": "kindle-csv",
    "kindle_html": "kindle-notebook",
    "kindle_myclippings": "kindle-clippings",
    "kobo_sqlite": "kobo-sqlite",
    "koreader_json": "koreader-json",
    "koreader_lua": "koreader-lua",
    "moonreader_an": "moonreader-an",
    "moonreader_mrexpt": "moonreader-mrexpt",
    "oreilly_csv": "oreilly-csv",
    "tolino_txt": "tolino",
    "weread_json": "weread-json",
    "weread_txt": "weread-txt",
}
# Not exports: what other programs made of one.
OTHERS = {
    "kbhsas__tolino-notes-parser__sample_output.txt",
}


def export_in(path: Path) -> Attachment:
    """The sample as it was exported: one project keeps its only one inside a JSON file."""
    export = attachment_of(path)
    if path.parent.name != "moonreader_mrexpt":
        return export
    content = json.loads(export.content)["highlightContent"].encode()
    return replace(export, content=content, filename="export.mrexpt", media_type="text/plain")


@pytest.mark.parametrize("name", sorted(FORMAT_OF))
def test_each_sample_is_claimed_by_its_format_alone(shared: Path, name: str) -> None:
    """A folder of real exports belongs to one format; every file in it, and to no other."""
    own = FORMAT_OF[name]
    claims = {
        path.name: [form.about.name for form in BUILT_IN if form.identify(export_in(path))]
        for path in sorted((shared / "samples" / name).iterdir())
    }
    expected = {file: [] if own is None or file in OTHERS else [own] for file in claims}
    assert claims == expected


def test_every_folder_of_samples_is_in_the_matrix(shared: Path) -> None:
    """New samples are tested as soon as they are there."""
    folders = {path.name for path in (shared / "samples").iterdir() if path.is_dir()}
    assert folders <= set(FORMAT_OF)


def test_names_of_formats_are_unique_and_well_formed() -> None:
    """Names are recorded with every mail, so they identify one format for good."""
    names = [form.about.name for form in BUILT_IN]
    assert len(names) == len(set(names))
    assert all(name.replace("-", "").isalnum() and name == name.lower() for name in names)
