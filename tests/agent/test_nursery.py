"""Every mail has a process of its own, whose parent sees no mail and may die without harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from desk import export, mail

from margins.agent.isolation import Bounds, IsolatedReader
from margins.agent.reading import Reading
from margins.errors import MailError, NoNotes, Unavailable

_HERE = Path(__file__).parent
_PATIENCE = 30.0
_FORMATS = """
import os, time
from dataclasses import replace
from margins.catalogue import BUILT_IN
from margins.errors import FormatError
from margins.formats import About, kindle_notebook

honest = kindle_notebook.extract

def lie(attachment):
    return tuple(
        replace(notebook, publication=replace(notebook.publication, title="A Lie"))
        for notebook in honest(attachment)
    )

class Odd:
    about = About(
        name="odd", version=1, app="x", title="x", steps="x", media_types=(), suffixes=()
    )
    def identify(self, attachment):
        if "CAPTURE" in attachment.head:
            kindle_notebook.extract = lie
        if "SLOW" in attachment.head:
            time.sleep(4)
        if "STUCK" in attachment.head:
            time.sleep(60)
        return "WHAT IS OPEN" in attachment.head
    def extract(self, attachment):
        found = []
        for n in range(os.sysconf("SC_OPEN_MAX")):
            try:
                found.append("socket" if os.fstat(n).st_mode & 0o170000 == 0o140000 else "other")
            except OSError:
                pass
        raise FormatError(f"{found}.")

class Loaded:
    formats = (Odd(), *BUILT_IN)
"""
_SERVICE = """
import sys, threading, time
from margins.agent.isolation import IsolatedReader
from desk import export, mail
reader = IsolatedReader("odd_formats:Loaded")
reader(mail(export("One.")))
threading.Thread(target=reader, args=(mail("STUCK"),)).start()
time.sleep(0.5)
print(reader._nursery._process.pid, flush=True)
time.sleep(60)
"""


Family = dict[int, str]


def family(ancestor: int) -> Family:
    """The process and its descendants, each with its state; empty when there are none."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    rows = [row.split() for row in subprocess.check_output(command, text=True).splitlines()]
    found: Family = {}
    for pid, parent, state in sorted(rows, key=lambda row: int(row[0])):
        if int(pid) == ancestor or int(parent) in found:
            found[int(pid)] = state
    return found


def states(pids: Family) -> Family:
    """Those of these processes that there still are."""
    return {pid: state for each in pids for pid, state in family(each).items()}


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + _PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def nursery_of(reader: IsolatedReader) -> int:
    """The process that has the reader's children."""
    assert reader._nursery is not None
    return reader._nursery._process.pid


def title(reading: Reading) -> str:
    """Of the one book in it."""
    (notebook,) = reading.notebooks
    return notebook.publication.title


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with formats that do what they should not."""
    (tmp_path / "odd_formats.py").write_text(_FORMATS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def reader(plugins: Path) -> Iterator[IsolatedReader]:
    """A reader with them, and the nursery already there."""
    with closing(IsolatedReader("odd_formats:Loaded", Bounds(cpu_seconds=30))) as made:
        made(mail(export("One.")))
        yield made


def test_what_a_mail_does_to_its_process_no_later_mail_meets(reader: IsolatedReader) -> None:
    """A file that has made the library lie falsifies its own mail, and nobody else's."""
    assert title(reader(mail("CAPTURE", export("One.")))) == "A Lie"
    for _ in range(3):
        assert title(reader(mail(export("One.")))) == "A Book of Tides"


def test_a_process_holds_nothing_but_the_socket_of_its_mail(reader: IsolatedReader) -> None:
    """Beside three standard streams that lead nowhere."""
    with pytest.raises(NoNotes, match=r"\['other', 'other', 'other', 'socket'\]"):
        reader(mail("WHAT IS OPEN"))


@pytest.mark.slow
def test_a_mail_waits_for_no_other_and_sees_nothing_of_it(reader: IsolatedReader) -> None:
    """While one takes long, others are read, and hold no socket of its."""
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(reader, mail("SLOW", export("One.")))
        assert soon(lambda: len(family(nursery_of(reader))) == 3)
        with pytest.raises(NoNotes, match=r"\['other', 'other', 'other', 'socket'\]"):
            reader(mail("WHAT IS OPEN"))
        assert not slow.done()
        assert title(slow.result()) == "A Book of Tides"


def test_when_the_nursery_has_died_the_next_mail_starts_another(reader: IsolatedReader) -> None:
    """And is read; nothing is left of the first."""
    first = family(nursery_of(reader))
    os.kill(nursery_of(reader), signal.SIGKILL)
    assert title(reader(mail(export("One.")))) == "A Book of Tides"
    assert nursery_of(reader) not in first
    assert soon(lambda: not states(first))


@pytest.mark.slow
def test_a_mail_in_hand_when_the_nursery_dies_is_read_again(reader: IsolatedReader) -> None:
    """By a child of the next one; it was not the mail's doing."""
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(reader, mail("SLOW", export("One.")))
        assert soon(lambda: len(family(nursery_of(reader))) == 3)
        first = family(nursery_of(reader))
        os.kill(nursery_of(reader), signal.SIGKILL)
        assert title(slow.result()) == "A Book of Tides"
    assert not states(first)


def test_signals_to_the_whole_service_do_not_end_the_reading(reader: IsolatedReader) -> None:
    """Ctrl-C and a service manager's SIGTERM reach every process; the mail in hand is finished."""
    before = family(nursery_of(reader))
    for pid in before:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
    assert title(reader(mail(export("One.")))) == "A Book of Tides"
    assert nursery_of(reader) in before


@pytest.mark.slow
def test_many_mails_at_once_are_all_answered(reader: IsolatedReader) -> None:
    """200 in four threads, each with what stands in it."""
    titles = [f"Volume {n}" for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        read = pool.map(reader, [mail(export("One.", title=each)) for each in titles])
        assert [title(reading) for reading in read] == titles


def test_nothing_is_left_after_closing(reader: IsolatedReader) -> None:
    """No process, and none that nobody has buried."""
    left = family(nursery_of(reader))
    assert len(left) == 2
    reader.close()
    assert not states(left)


@pytest.mark.slow
def test_nothing_is_left_of_a_service_that_was_killed(plugins: Path) -> None:
    """The nursery and the process in the middle of a mail end with it."""
    search = os.pathsep.join([str(plugins), str(_HERE)])
    with subprocess.Popen(
        [sys.executable, "-c", _SERVICE], env={**os.environ, "PYTHONPATH": search},
        stdout=subprocess.PIPE, text=True,
    ) as service:  # fmt: skip
        assert service.stdout is not None
        left = family(int(service.stdout.readline()))
        assert len(left) == 3
        service.kill()
    assert soon(lambda: all(state.startswith("Z") for state in states(left).values()))


def test_a_process_that_cannot_confine_itself_reads_nothing(plugins: Path) -> None:
    """That is an outage, and not the mail's fault."""
    beyond_any_limit = Bounds(cpu_seconds=2**80)
    with (
        closing(IsolatedReader("odd_formats:Loaded", beyond_any_limit)) as reader,
        pytest.raises(Unavailable, match=r"No process could be started.*: OverflowError"),
    ):
        reader(mail(export("One.")))


def test_few_descriptors_suffice(plugins: Path) -> None:
    """A service that may open no more than 64 files reads its mail."""
    script = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from margins.agent.isolation import IsolatedReader
from desk import export, mail
print(IsolatedReader("odd_formats:Loaded")(mail(export("One."))).notebooks[0].publication.title)
"""
    search = os.pathsep.join([str(plugins), str(_HERE)])
    said = subprocess.check_output(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": search}, text=True
    )
    assert said == "A Book of Tides\n"


def test_a_process_that_somebody_kills_fails_its_mail(reader: IsolatedReader) -> None:
    """With the signal, at once; the next is read."""
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(reader, mail("SLOW", export("One.")))
        assert soon(lambda: len(family(nursery_of(reader))) == 3)
        _, older, _ = family(nursery_of(reader))
        os.kill(older, signal.SIGKILL)
        with pytest.raises(MailError, match="status -9"):
            slow.result()
    assert title(reader(mail(export("One.")))) == "A Book of Tides"


@pytest.mark.slow
def test_children_import_nothing() -> None:
    """Whatever reading an export needs is there before the first mail, and imported once."""
    script = """
import sys
from pathlib import Path
from margins.agent.nursery import load
from margins.agent.reading import read_export
from margins.errors import MarginsError
from margins.testing.golden import attachment_of, inputs
formats = load("margins.plugins:load_formats")
known = set(sys.modules)
for folder in Path(sys.argv[1]).iterdir():
    for export in inputs(folder):
        try:
            read_export(attachment_of(export), formats)
        except MarginsError:
            pass
print(*sorted(set(sys.modules) - known))
"""
    golden = _HERE.parent / "formats" / "golden"
    found = subprocess.check_output([sys.executable, "-c", script, str(golden)], text=True)
    assert [name for name in found.split() if not name.startswith("encodings.")] == []
