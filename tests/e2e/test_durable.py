"""The order of system calls behind a 250: what was promised is on the disk before it is said."""

from __future__ import annotations

import re
import shutil
import smtplib
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from running import Running, mail, notebook_html

pytestmark = pytest.mark.slow
_CALLS = "openat,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg,write,writev"


def _after_data(trace: Path) -> list[str]:
    """What the service did between asking for the content and answering 250, by name."""
    events: list[str] = []
    begun = False
    for line in trace.read_text(errors="replace").splitlines():
        if '"354 ' in line:
            begun = True
        elif begun and '"250 2.6.0' in line:
            return [*events, "reply 250"]
        elif begun and re.search(r"\bf(data)?sync\(\d+<[^>]*ledger\.db-wal>", line):
            events.append("sync ledger")
        elif begun and (found := re.search(r"\bfsync\(\d+<([^>]*)>", line)):
            path = Path(found[1])
            events.append("sync draft" if path.parent.name == "tmp" else "sync directory")
        elif begun and re.search(r"\brename(at2?)?\(", line):
            events.append("rename")
    raise AssertionError(f"no reply in {trace}: {events}")


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace here")
def test_everything_is_on_disk_before_250(service: Running, tmp_path: Path) -> None:
    """fsync(file), rename, fsync(directory), ledger commit, and only then the reply."""
    service.stop()
    trace = tmp_path / "trace"
    service.wrapper = (
        "strace",
        "-D",
        "-f",
        "-y",
        "-s",
        "64",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(trace),
    )
    service.start()
    assert service.send(mail(notebook_html(3)))[0] == 250
    service.settled()
    service.stop()
    events = _after_data(trace)
    print("\n".join(events))
    assert events[-1] == "reply 250"
    order = [events.index(e) for e in ("sync draft", "rename", "sync ledger", "reply 250")]
    assert order == sorted(order)
    renamed = events.index("rename")
    assert "sync directory" in events[renamed : events.index("sync ledger")]


@pytest.fixture
def failing(service: Running, tmp_path: Path) -> Path:
    """Where it is written how the path ends whose next fsync fails; the service is stopped."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler for the disk that fails")
    service.stop()
    source = Path(__file__).parents[1] / "clients" / "failing_disk.c"
    library, failing = tmp_path / "failing_disk.so", tmp_path / "failing"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    service.settings |= {"LD_PRELOAD": str(library), "FAILING": str(failing)}
    return failing


def test_a_disk_that_fails_ends_the_service(service: Running, failing: Path) -> None:
    """The peer hears 451 or nothing; the next start takes the same mail, once."""
    service.start()
    content = mail(notebook_html(3))
    failing.write_text("ledger.db-wal")
    with suppress(OSError, smtplib.SMTPException):
        assert service.send(content)[0] == 451
    assert service.process is not None
    assert service.process.wait(30) == 75
    service.start()
    assert service.send(content)[0] == 250
    assert [state for _, state, _ in service.settled()] == ["delivered"]


def test_a_disk_that_fails_the_notes_defers_the_mail(service: Running, failing: Path) -> None:
    """The service ends likewise, and the next start delivers what waits."""
    service.start()
    failing.write_text("notes.db-wal")
    assert service.send(mail(notebook_html(3)))[0] == 250
    assert service.process is not None
    assert service.process.wait(30) == 75
    assert [state for _, state, _ in service.inbox()] == ["deferred"]
    service.start()
    assert [state for _, state, _ in service.settled()] == ["delivered"]
