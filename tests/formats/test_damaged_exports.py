"""Exports damaged on the way: read, or refused with a reason; never another exception."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margins.catalogue import BUILT_IN
from margins.errors import FormatError
from margins.testing.golden import attachment_of, inputs

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
APPS = ("apple-books", "kobo", "koreader", "moonreader", "play-books")
FILES = [
    (form, path)
    for form in BUILT_IN
    if form.about.name.startswith(APPS)
    for path in inputs(GOLDEN / form.about.name)
    if form.identify(attachment_of(path))
]


@pytest.mark.parametrize(("form", "path"), FILES, ids=[path.name for _, path in FILES])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_damage_is_survived(form, path: Path, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    """Pieces cut out, doubled or overwritten: every entry found is accounted for, or it is said."""
    attachment = attachment_of(path)
    content = attachment.content
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(at, min(len(content), at + 200)))
        piece = data.draw(st.sampled_from([b"", content[at:end] * 2, b"\0", b"<", b'"', b"\xff"]))
        content = content[:at] + piece + content[end:]
    damaged = replace(attachment, content=content)
    started = time.process_time()
    form.identify(damaged)
    try:
        notebooks = form.extract(damaged)
    except FormatError as error:
        said = (bool(error.what), bool(error.place), bool(error.remedy))
        assert said == (True, True, True), error  # noqa: PT017 - only errors that occur are judged
    else:
        for notebook in notebooks:
            used = sum(len(a.sources) for a in notebook.annotations) + len(notebook.skipped)
            assert used == notebook.found
    assert time.process_time() - started < 5
