"""Whatever is in a mail, its reading costs little, ends soon and stops nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile import ATTACHMENTS, attached
from running import Running, mail, notebook_html

from margins.agent.answers import Answer
from margins.agent.isolation import IsolatedReader
from margins.errors import MailError

sys.path.append(str(Path(__file__).parents[1] / "mail"))

_MIB = 1024 * 1024


@dataclass
class Cost:
    """What one mail came to."""

    answer: Answer | None
    refused: str
    seconds: float


def _cost(reader: IsolatedReader, content: bytes) -> Cost:
    began = time.monotonic()
    answer, refused = None, ""
    try:
        answer = reader.answer(content)
    except MailError as error:
        refused = error.what
    seconds = answer.seconds if answer else time.monotonic() - began
    return Cost(answer=answer, refused=refused, seconds=seconds)


@pytest.fixture
def reader() -> Iterator[IsolatedReader]:
    """A child of its own for each test, so that its peak of memory is that of one mail."""
    made = IsolatedReader("margins.plugins:load_formats")
    yield made
    made.close()


def _bounded(name: str, cost: Cost) -> None:
    """The mail has ended within the bounds, and no code of ours has failed."""
    peak = 0
    if cost.answer is None:
        # The child was ended by the kernel; no other bound may be the one that was met.
        assert cost.refused == "Reading the mail took more than 5 s of computing."
        outcome = cost.refused
    else:
        assert cost.answer.trace == ""
        assert not cost.answer.exhausted
        assert cost.seconds < 5
        peak = cost.answer.peak
        reading = cost.answer.reading
        outcome = cost.answer.error[1] or f"{len(reading.notebooks) if reading else 0} notebooks"
    assert peak < 512 * _MIB
    print(f"| {name} | {cost.seconds:.2f} s | {peak // _MIB} MB | {outcome[:70]} |")


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACHMENTS)
def test_a_hostile_attachment_has_a_bounded_answer(reader: IsolatedReader, name: str) -> None:
    """Within 5 s and 512 MB, whatever is packed, nested or repeated in it."""
    filename, make = ATTACHMENTS[name]
    _bounded(name, _cost(reader, attached(make(), filename)))


def _pathological() -> dict[str, tuple[bytes, bytes, int, bytes]]:
    from test_pathological import HUGE, READ, REFUSED

    return {**REFUSED, **READ, **HUGE}


@pytest.mark.slow
@pytest.mark.parametrize("name", _pathological())
def test_a_pathological_message_has_a_bounded_answer(reader: IsolatedReader, name: str) -> None:
    """Nested, repeated, folded, padded: within 5 s and 512 MB, content and all."""
    head, unit, count, tail = _pathological()[name]
    _bounded(name, _cost(reader, head + unit * count + tail))


_MAIL = {".eml", ".txt", ".mbox", ".msg"}


@pytest.mark.slow
def test_the_corpora_of_other_mail_programs(shared: Path) -> None:
    """No message of any raises, takes two seconds or 300 MB."""
    reader = IsolatedReader("margins.plugins:load_formats")
    slowest, count, with_notes, peak = 0.0, 0, 0, 0
    try:
        for file in sorted((shared / "corpora").rglob("*")):
            if file.suffix not in _MAIL:
                continue
            cost = _cost(reader, file.read_bytes())
            assert cost.answer is not None, (file, cost.refused)
            assert cost.answer.trace == "", file
            assert cost.seconds < 2, file
            assert cost.answer.peak < 300 * _MIB, file
            slowest = max(slowest, cost.seconds)
            peak = max(peak, cost.answer.peak)
            with_notes += cost.answer.reading is not None
            count += 1
    finally:
        reader.close()
    print(f"{count} messages, slowest {slowest:.2f} s, peak {peak // _MIB} MB, {with_notes} notes")
    assert count >= 600


def test_the_service_goes_on_after_a_zip_bomb(service: Running) -> None:
    """Behind it the next mail is delivered, and it is kept as failed with the reason."""
    filename, make = ATTACHMENTS["zip of 300 MB of zeros"]
    assert service.send(attached(make(), filename))[0] == 250
    assert service.send(mail(notebook_html(2)))[0] == 250
    ended = {state: reason for _, state, reason in service.settled(2)}
    assert set(ended) == {"failed", "delivered"}
    assert "notes.zip" in ended["failed"]
