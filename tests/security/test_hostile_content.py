"""Whatever is in a mail, its reading costs little, ends soon and stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from authenticating import DEAR, price
from hostile import ATTACHMENTS, attached
from measuring import FORMATS, INPUTS, MEASURED, OUT_OF_TIME, class_of, corpora, cost
from running import Running, mail, notebook_html

from margins.agent.isolation import IsolatedReader

_WRITTEN_DOWN = json.loads(MEASURED.read_text("utf-8"))
_NAMES = [(kind, name) for kind, inputs in INPUTS.items() for name in inputs]


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    """Has each mail read in a process of its own, as the service does."""
    with closing(IsolatedReader(FORMATS)) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), _NAMES)
def test_a_hostile_mail_has_a_bounded_answer(reader: IsolatedReader, kind: str, name: str) -> None:
    """Within 5 s and 512 MiB, whatever is packed, nested or repeated in it: the one written down.

    Beyond 5 s the kernel ends the process, which is an answer too; which inputs that strikes
    depends on the machine.
    """
    found = cost(reader, INPUTS[kind][name]())
    assert not found.failed, found
    assert (found.seconds or 0) < 5
    assert (found.peak or 0) < 512
    written = _WRITTEN_DOWN["inputs"][kind][name]["outcome"]
    assert found.outcome == written or OUT_OF_TIME in {found.outcome, written}, (
        "make hostile-report"
    )


def test_every_hostile_mail_is_written_down() -> None:
    """The threat model shows what the tests run, no more and no less."""
    written = [(kind, name) for kind, rows in _WRITTEN_DOWN["inputs"].items() for name in rows]
    assert written == _NAMES
    assert list(_WRITTEN_DOWN["authenticated"]) == list(DEAR)


@pytest.mark.slow
@pytest.mark.parametrize("name", DEAR)
def test_asking_who_wrote_a_mail_costs_little(name: str) -> None:
    """In the service itself, while a peer waits: seconds of computing, and no copy of the mail."""
    found = price(name)
    assert found.seconds < 5
    assert found.peak < 16
    assert found.outcome == _WRITTEN_DOWN["authenticated"][name]["outcome"], "make hostile-report"


@pytest.mark.slow
def test_the_corpora_of_other_mail_programs(reader: IsolatedReader, shared: Path) -> None:
    """No message of any fails in our code, takes two seconds or 300 MiB; each class is shown."""
    classes = {folder: class_of(reader, files) for folder, files in corpora(shared).items()}
    assert sum(found.messages for found in classes.values()) >= 750
    for folder, found in classes.items():
        assert (found.failed, found.slowest < 2, found.peak < 300) == (0, True, True), folder
        assert found.messages == _WRITTEN_DOWN["corpora"][folder]["messages"], folder


@pytest.mark.slow
def test_the_service_goes_on_after_a_zip_bomb(service: Running) -> None:
    """Behind it the next mail is delivered, and it is kept as failed with the reason."""
    filename, make = ATTACHMENTS["zip of 300 MB of zeros"]
    assert service.send(attached(make(), filename))[0] == 250
    assert service.send(mail(notebook_html(2)))[0] == 250
    ended = {state: reason for _, state, reason in service.settled(2)}
    assert set(ended) == {"failed", "delivered"}
    assert "notes.zip" in ended["failed"]
