"""A process that has confined itself reaches nothing, in Python or below it."""

from __future__ import annotations

import ctypes
import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

# Everything is prepared before the walls stand, as a library that was taken over would find it.
_SCRIPT = """
import ctypes, errno, json, os, socket, sys
from margins.agent.confinement import Confinement

folder = sys.argv[1]
libc = ctypes.CDLL(None)
libc.__errno_location.restype = ctypes.POINTER(ctypes.c_int)
error, buffer = libc.__errno_location(), ctypes.create_string_buffer(200)
SETRLIMIT, KEYCTL = (160, 250) if os.uname().machine == "x86_64" else (164, 219)
pair = socket.socketpair()
calls = {
    "a TCP socket": (libc.socket, 2, 1, 0),
    "a UDP socket": (libc.socket, 2, 2, 0),
    "a Unix socket": (libc.socket, 1, 1, 0),
    "a pair of sockets": (libc.socketpair, 1, 1, 0, buffer),
    "a fork": (libc.fork,),
    "another program": (libc.execl, b"/bin/true", b"true", None),
    "a signal to the parent": (libc.kill, os.getppid(), 0),
    "a signal to the group": (libc.kill, 0, 0),
    "limits of the parent": (libc.prlimit, os.getppid(), 7, None, buffer),
    "higher limits": (libc.prlimit, 0, 7, buffer, None),
    "higher limits, the old way": (libc.syscall, SETRLIMIT, 7, buffer),
    "tracing": (libc.ptrace, 16, os.getppid(), 0, 0),
    "a signal about a socket": (libc.fcntl, pair[0].fileno(), 8, os.getppid()),
    "another signal about it": (libc.fcntl, pair[0].fileno(), 10, 9),
    "an owner of a socket": (libc.ioctl, pair[0].fileno(), 0x8901, buffer),
    "less time for others": (libc.setpriority, 0, os.getppid(), 19),
    "no processor for others": (libc.sched_setaffinity, os.getppid(), 8, buffer),
    "a mode": (libc.chmod, folder.encode() + b"/kept", 0),
    "a mode, of a directory": (libc.fchmodat, -100, folder.encode(), 0, 0),
    "an owner": (libc.chown, folder.encode() + b"/kept", 1, 1),
    "a time": (libc.utimensat, -100, folder.encode() + b"/kept", None, 0),
    "an attribute": (libc.setxattr, folder.encode() + b"/kept", b"user.x", b"x", 1, 0),
    "memory that stays": (libc.shmget, 0, 4096, 0o1600),
    "a key": (libc.syscall, KEYCTL, 0, -3, 1),
    "io_uring": (libc.syscall, 425, 8, buffer),
    "a new file": (libc.open, folder.encode() + b"/new", os.O_CREAT | os.O_WRONLY, 0o600),
    "a file to append to": (libc.open, folder.encode() + b"/kept", os.O_APPEND | os.O_RDWR),
    "a file to truncate": (libc.truncate, folder.encode() + b"/kept", 0),
    "a file to remove": (libc.unlink, folder.encode() + b"/kept"),
    "a new name": (libc.rename, folder.encode() + b"/kept", folder.encode() + b"/new"),
    "a new directory": (libc.mkdir, folder.encode() + b"/new", 0o700),
    "a file to read": (libc.open, folder.encode() + b"/kept", os.O_RDONLY),
    "the parent's memory": (libc.open, b"/proc/%d/mem" % os.getppid(), os.O_RDONLY),
    "what waits in a socket": (libc.ioctl, pair[0].fileno(), 0x541B, buffer),
    "its kind of waiting": (libc.fcntl, pair[0].fileno(), 4, os.O_NONBLOCK),
    "a signal to itself": (libc.kill, os.getpid(), 0),
    "its own limits": (libc.prlimit, 0, 7, None, buffer),
    "a library": (libc.open, os.__file__.encode(), os.O_RDONLY),
}
Confinement().begin()
found = {}
for name, (call, *arguments) in calls.items():
    found[name] = errno.errorcode[error.contents.value] if call(*arguments) < 0 else "done"
print(json.dumps(found))
"""
_IN_PYTHON = """
import sys
from margins.agent.confinement import Confinement
Confinement().begin()
folder = sys.argv[1]
{line}
"""
_ITSELF = {
    "a signal to itself", "its own limits", "a library", "what waits in a socket",
    "its kind of waiting",
}  # fmt: skip
_PATHS = {
    "a new file", "a file to append to", "a file to truncate", "a file to remove", "a new name",
    "a new directory", "a file to read", "the parent's memory",
}  # fmt: skip
_LANDLOCK_VERSION = 444, None, 0, 1


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How each call of a captured library ended."""
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        pytest.skip("the kernel's walls are those of Linux on x86-64 and ARM64")
    folder = tmp_path_factory.mktemp("data")
    (folder / "kept").write_text("kept")
    ends: dict[str, str] = json.loads(_run(_SCRIPT, folder).stdout)
    if "EACCES" in ends.values():
        assert [file.name for file in folder.iterdir()] == ["kept"]
        assert (folder / "kept").read_text() == "kept"
    return ends


def test_the_kernel_refuses_calls_of_a_captured_library(found: dict[str, str]) -> None:
    """No socket, no process, nothing that reaches into another one, no higher bounds, no mode or
    owner of a file.
    """
    refused = found.keys() - _PATHS - _ITSELF
    assert len(refused) == 25
    assert {found[name] for name in refused} == {"EPERM"}


def test_the_kernel_refuses_a_captured_library_all_files_but_libraries(
    found: dict[str, str],
) -> None:
    """Neither written, made, removed nor read."""
    if ctypes.CDLL(None).syscall(*_LANDLOCK_VERSION) < 1:
        pytest.skip("this kernel has no Landlock")
    assert {found[name] for name in _PATHS} == {"EACCES"}


def test_a_process_may_still_manage_itself(found: dict[str, str]) -> None:
    """It knows its bounds, and libraries are loaded late."""
    assert {found[name] for name in _ITSELF} == {"done"}


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import os; os.execv('/bin/true', ['true'])",
        "import ctypes; ctypes.CDLL(None)",
        "open(folder + '/new', 'w')",
        "open(folder + '/kept', 'r+')",
        "open(folder + '/kept', 'ab')",
        "import os; os.open(folder + '/new', os.O_CREAT)",
        "import os; os.remove(folder + '/kept')",
        "import os; os.rename(folder + '/kept', folder + '/new')",
        "import pathlib; pathlib.Path(folder, 'new').mkdir()",
    ],
)
def test_python_is_refused_on_every_platform(line: str, tmp_path: Path) -> None:
    """By the audit hook, with the event it met."""
    (tmp_path / "kept").write_text("kept")
    run = _run(_IN_PYTHON.format(line=line), tmp_path)
    assert "has no place in the reading of a mail" in run.stderr, run.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "kept"


def test_libraries_are_still_imported(tmp_path: Path) -> None:
    """A format may import what it needs when it first needs it."""
    line = "import pypdf, selectolax, sqlite3, zipfile; sqlite3.connect(':memory:'); print('read')"
    assert _run(_IN_PYTHON.format(line=line), tmp_path).stdout == "read\n"
