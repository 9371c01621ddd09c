"""Whatever is sent, a format answers in time: a notebook or a FormatError, nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.catalogue import BUILT_IN
from margins.errors import FormatError
from margins.formats import Format
from margins.mail.entity import Attachment
from margins.testing.golden import attachment_of, inputs

GOLDEN = Path(__file__).parent / "golden"
FORMS = {form.about.name: form for form in BUILT_IN}
WITH_FILES = sorted(name for name in FORMS if (GOLDEN / name).is_dir())

# Pieces that formats look for, each repeated until it fills an eighth of a megabyte.
PIECES = [
    "-----------------------------------\n", "◆ ", ">> a\n", "《a》\n", "【Note】", "<<", ">>",
    "((((", "))))", "(", '"', "'", ",", ";", "[", '{"a":', "\\", "\n\n", " ", "\u00a0", "a-", "a: ",
    "# a\n\n", "> a\n\n", "* * *\n\n", "page 1 \u00b7 ", "Note: a\n", "Highlight:", "#a ",
    "<div class='bookmark'>", "<p class='bm-text'>", "2022-12-27 06:43 | ", "12/12/2012 | 20:00\n",
    "http://",
]  # fmt: skip
MANY = 128 * 1024
TOKEN = re.compile(rb"\d+|[^\W\d]+|[^\w\s]+|\s+")


def answer(form: Format, content: bytes) -> None:
    """Asks both questions; extract even of files that identify does not claim."""
    attachment = Attachment(content=content, filename="notes", place="notes")
    form.identify(attachment)
    with suppress(FormatError):
        form.extract(attachment)


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_damaged_export_is_read_or_refused(name: str) -> None:
    """Golden files with bytes cut out, doubled and changed; what is read adds up by itself."""
    random = Random(name)
    for path in inputs(GOLDEN / name):
        for _ in range(25):
            content = bytearray(attachment_of(path).content)
            for _ in range(random.randint(1, 4)):
                at = random.randint(0, len(content))
                piece = random.choice(PIECES).encode()
                content[at : at + random.randint(0, 60)] = random.choice([b"", piece, piece * 3])
            answer(FORMS[name], bytes(content))


def altered(content: bytes, random: Random) -> bytes:
    """With one number changed, or words of the file put where others stood."""
    tokens = list(TOKEN.finditer(content))
    numbers = [token for token in tokens if token[0].isdigit()]
    old, other = random.choice(tokens), random.choice(tokens)
    new = content[other.start() : other.end() + random.randint(0, 400)]
    if numbers and random.random() < 0.7:
        old = random.choice(numbers)
        size = random.choice([len(old[0]), 1, 2, 9, 20, 400])
        new = str(random.randrange(10**size)).encode()
        new = random.choice([new, random.choice(numbers)[0]])
    return content[: old.start()] + new + content[old.end() :]


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WITH_FILES)
def test_an_altered_export_is_read_or_refused(name: str, times: int) -> None:
    """Numbers that no app would write, and what stands twice: all adds up, or is refused."""
    random = Random(f"{name} {times}")
    for path in inputs(GOLDEN / name):
        for _ in range(times):
            content = attachment_of(path).content
            for _ in range(random.randint(1, 4)):
                content = altered(content, random) if content else content
            answer(FORMS[name], content)


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_cut_export_is_read_or_refused(name: str) -> None:
    """Wherever the mail program stopped."""
    for path in inputs(GOLDEN / name):
        content = attachment_of(path).content
        for cut in range(0, len(content), max(1, len(content) // 40)):
            answer(FORMS[name], content[:cut])


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_no_repetition_costs_more_than_its_length(piece: str) -> None:
    """An eighth of a megabyte of any mark is answered by every format in a few seconds."""
    content = (piece * (MANY // len(piece)))[:MANY].encode()
    for name in WITH_FILES:
        started = process_time()
        answer(FORMS[name], content)
        assert process_time() - started < 3, name


@given(st.binary(max_size=400))
def test_noise_is_answered(content: bytes) -> None:
    """By every format."""
    for form in BUILT_IN:
        answer(form, content)
