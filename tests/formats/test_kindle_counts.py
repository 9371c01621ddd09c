"""Real exports: as many entries are accounted for as an independent count finds."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from margins.annotation import Notebook
from margins.annotation.identity import annotation_key
from margins.formats import bookcision, kindle_clippings, kindle_cloud, kindle_csv
from margins.mail.message import parse
from margins.mail.unpack import attachments
from margins.testing.golden import attachment_of

pytestmark = pytest.mark.slow

Clippings = dict[str, tuple[bytes, tuple[Notebook, ...]]]


@pytest.fixture(scope="module")
def clippings(shared: Path) -> Clippings:
    """Every clippings file: its bytes and its notebooks."""
    return {
        path.name: (path.read_bytes(), kindle_clippings.extract(attachment_of(path)))
        for path in sorted((shared / "samples/kindle_myclippings").iterdir())
    }


def accounted(notebooks: tuple[Notebook, ...]) -> list[int]:
    """Ordinals of all entries that became annotations or were skipped, in order."""
    sources = [source for n in notebooks for a in n.annotations for source in a.sources]
    return sorted(sources + [s.entry for n in notebooks for s in n.skipped])


def ordinals(count: int) -> list[int]:
    return list(range(1, count + 1))


# Files whose last block no terminator closes: it is read all the same.
UNCLOSED = {"Aoclet__kindle-highlights__My_Clippings.txt": 1}


def test_each_block_of_each_clippings_file_is_accounted_for(clippings: Clippings) -> None:
    """Blocks are counted by their terminators; 94 files, 32 thousand blocks."""
    different = {}
    for name, (content, notebooks) in clippings.items():
        terminators = len(re.findall(rb"==========(?:[\r\n]|$)", content))
        found = accounted(notebooks)
        if found != ordinals(terminators + UNCLOSED.get(name, 0)):
            different[name] = (terminators, len(found))
    assert different == {}


def test_no_two_annotations_of_one_real_book_have_one_key(clippings: Clippings) -> None:
    """Every version of a highlight is found, so that the plan has none left to merge."""
    for name, (_, notebooks) in clippings.items():
        for notebook in notebooks:
            keys = [annotation_key(annotation) for annotation in notebook.annotations]
            assert len(set(keys)) == len(keys), name


def test_every_word_and_all_but_one_date_of_real_clippings_are_known(clippings: Clippings) -> None:
    """The one is "10:232:57", as some tool wrote it."""
    found = [w for _, notebooks in clippings.values() for n in notebooks for w in n.warnings]
    assert len(found) == 1
    assert "10:232:57" in found[0]


def test_each_row_of_the_csv_is_accounted_for(shared: Path) -> None:
    """Rows below the header of four columns."""
    for path in sorted((shared / "samples/kindle_csv").iterdir()):
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
        header = next(at for at, row in enumerate(rows) if row and row[0] == "Annotation Type")
        found = accounted(kindle_csv.extract(attachment_of(path)))
        assert found == ordinals(len(rows) - header - 1)


def test_each_entry_of_each_cloud_page_is_accounted_for(shared: Path) -> None:
    """Each entry has one hidden field with its location."""
    for path in sorted((shared / "samples/kindle_cloud_html").iterdir()):
        fields = path.read_text("utf-8").count('id="kp-annotation-location"')
        assert accounted(kindle_cloud.extract(attachment_of(path))) == ordinals(fields)


def test_each_item_of_the_json_is_accounted_for(shared: Path) -> None:
    """Each item has one start."""
    for path in sorted((shared / "samples/bookcision_json").iterdir()):
        items = path.read_text("utf-8").count('"startLocation"')
        assert accounted(bookcision.extract(attachment_of(path))) == ordinals(items)


@pytest.mark.parametrize("inline", [True, False])
def test_the_forwarded_clippings_of_a_real_mail_are_read(shared: Path, inline: bool) -> None:
    """25 entries on one book, wrapped by Gmail: every date and author whole, none broken."""
    (path,) = (shared / "samples/eml").glob("*kindle-clippings-to-json*")
    found = attachments(parse(path.read_bytes())).attachments
    (body,) = [attachment for attachment in found if kindle_clippings.identify(attachment)]
    (notebook,) = kindle_clippings.extract(replace(body, inline=inline))
    assert notebook.found == 25
    assert len(notebook.publication.authors) == 1
    assert all(a.created and a.created.hour for a in notebook.annotations)
    assert not any("\n" in a.target.quote for a in notebook.annotations)
