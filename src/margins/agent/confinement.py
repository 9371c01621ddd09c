"""What a process that reads mail gives up for good, before it reads any.

Its parent prepares the walls once, and every child raises them around itself: three, each as far
as the platform has it. The Linux kernel refuses system calls (seccomp) and paths (Landlock) to
whoever makes them: Python, or a C library that a file has taken over. An audit hook refuses the
same to Python code everywhere; C code does not ask it.

Sources: https://docs.kernel.org/userspace-api/seccomp_filter.html,
https://docs.kernel.org/userspace-api/landlock.html, PEP 578.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress

__all__ = ["Confinement"]

_END_WITH_PARENT, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER_MODE = 1, 38, 22, 2  # prctl(2)

# Names and numbers of system calls, by machine: AUDIT_ARCH, then the calls refused: sockets,
# processes, other processes' memory, signals and share of the processor; io_uring, which makes
# calls of its own; memory, queues and keys that outlive whoever made them; and what Landlock lets
# pass: modes, owners, times and attributes of files.
_CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (0xC000003E, {
        "socket": 41, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59,
        "ptrace": 101, "rt_sigqueueinfo": 129, "tkill": 200, "rt_tgsigqueueinfo": 297,
        "process_vm_readv": 310, "process_vm_writev": 311, "execveat": 322,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438,
        "setrlimit": 160, "kill": 62, "tgkill": 234, "prlimit64": 302,
        "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144,
        "sched_setaffinity": 203, "ioprio_set": 251, "sched_setattr": 314,
        "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452,
        "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260,
        "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280,
        "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "setxattrat": 463,
        "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "removexattrat": 466,
        "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "add_key": 248,
        "request_key": 249, "keyctl": 250, "fcntl": 72, "ioctl": 16,
    }),
    "aarch64": (0xC00000B7, {
        "ptrace": 117, "tkill": 130, "rt_sigqueueinfo": 138, "socket": 198, "socketpair": 199,
        "clone": 220, "execve": 221, "rt_tgsigqueueinfo": 240, "process_vm_readv": 270,
        "process_vm_writev": 271, "execveat": 281,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438,
        "setrlimit": 164, "kill": 129, "tgkill": 131, "prlimit64": 261,
        "setpriority": 140, "sched_setparam": 118, "sched_setscheduler": 119,
        "sched_setaffinity": 122, "ioprio_set": 30, "sched_setattr": 274,
        "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchownat": 54, "fchown": 55,
        "utimensat": 88,
        "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "setxattrat": 463,
        "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "removexattrat": 466,
        "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "add_key": 217,
        "request_key": 218, "keyctl": 219, "fcntl": 25, "ioctl": 29,
    }),
}  # fmt: skip
_FOREIGN = 0x40000000  # calls of the x32 ABI
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32  # in struct seccomp_data
_REFUSE, _ALLOW = 0x00050001, 0x7FFF0000  # EPERM

# Whom the kernel sends a signal when something can be read, and which: F_SETOWN, F_SETSIG and
# F_SETOWN_EX; FIOSETOWN and SIOCSPGRP. Another process could be named.
_REFUSED_WITH = {"fcntl": (8, 10, 15), "ioctl": (0x8901, 0x8902)}  # in the second argument

_SOME_PROCESS = 0x7FFFFFFF  # stands for the child's number, which its parent does not know
_ITSELF = {_FIRST: _SOME_PROCESS}
# What must stand in the arguments of a call for it to be allowed: offsets and 32 bit words. Limits
# are only looked at: root, whom a container may well give us, could raise them.
_ALLOWED_WITH = {
    "kill": _ITSELF,
    "tgkill": _ITSELF,
    "prlimit64": {_FIRST: 0, _THIRD: 0, _THIRD + 4: 0},
}


def _filter(architecture: int, calls: dict[str, int]) -> bytes:
    """The BPF program: instructions of code, two jump offsets, and a constant."""
    refuse = (_RETURN, 0, 0, _REFUSE)
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        refuse,
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FOREIGN),
        refuse,
    ]
    for name, number in calls.items():
        tests = []
        for offset, word in _ALLOWED_WITH.get(name, {}).items():
            tests += [(_LOAD, 0, 0, offset), (_EQUAL, 1, 0, word), refuse]
        for word in _REFUSED_WITH.get(name, ()):
            tests += [(_LOAD, 0, 0, _SECOND), (_EQUAL, 0, 1, word), refuse]
        ending = [*tests, (_LOAD, 0, 0, _NUMBER)] if tests else [refuse]
        program += [(_EQUAL, 0, len(ending), number), *ending]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _program() -> bytes:
    """The filter for this machine; empty where its calls are not known."""
    if platform.machine() not in _CALLS or sys.maxsize < 2**32:
        return b""
    return _filter(*_CALLS[platform.machine()])


def _refuse_calls(libc: ctypes.CDLL, program: bytes) -> None:
    """Sockets, processes, and whatever reaches into another process: EPERM from now on."""
    some, itself = (struct.pack("=I", number) for number in (_SOME_PROCESS, os.getpid()))
    code = ctypes.create_string_buffer(program.replace(some, itself))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc.prctl(_SECCOMP, _FILTER_MODE, ctypes.create_string_buffer(header), 0, 0)


_CREATE, _ADD, _RESTRICT = 444, 445, 446  # landlock_*(2), on every machine
_READING_FILES = 1 << 2
_READING = _READING_FILES | 1 << 3  # directories too
_FILES = (1 << 13) - 1  # executing, reading, writing, making and removing
_TRUNCATING, _TCP, _SCOPES = 1 << 14, 0b11, 0b11  # since versions 3, 4 and 6
_PATH_BENEATH = 1


def _libraries() -> set[str]:
    """Where Python and the libraries it loads are read from."""
    return {
        *(path for path in sys.path if path), sys.prefix, sys.base_prefix,
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom",
    }  # fmt: skip


def _ruleset(libc: ctypes.CDLL, readable: Iterable[str]) -> int | None:
    """Nothing is written, made, removed or executed, and nothing read but what is beneath these.

    A file descriptor; None where the kernel has no Landlock.
    """
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return None
    handled = struct.pack(
        "=QQQ",
        _FILES | (_TRUNCATING if version >= 3 else 0),
        _TCP if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    rules: int = libc.syscall(_CREATE, handled, len(handled), 0)
    for path in readable:
        with suppress(OSError):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            access = _READING if os.path.isdir(path) else _READING_FILES
            libc.syscall(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", access, beneath), 0)
            os.close(beneath)
    return rules


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = (
    "socket.", "subprocess.", "ctypes.", "shutil.", "pty.", "os.exec", "os.fork", "os.posix_spawn",
    "os.spawn", "os.system", "os.startfile", "os.link", "os.symlink", "os.mkdir", "os.remove",
    "os.rename", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "os.utime",
)  # fmt: skip


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        flags = arguments[2]
        refused = isinstance(flags, int) and bool(flags & _WRITING)
    else:
        refused = event.startswith(_REFUSED)
    if refused:
        raise PermissionError(f"{event} has no place in the reading of a mail")


class Confinement:
    """The walls, prepared; what takes time is done here, and not in every child.

    It cannot gain privileges any more: nor can the process that prepares it, and its children.
    """

    def __init__(self) -> None:
        self._parent = os.getpid()
        self._libc = self._rules = None
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None)
            self._libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            self._rules = _ruleset(self._libc, _libraries())
            self._program = _program()

    def begin(self) -> None:
        """Give up sockets, other processes, and all files but the libraries'; open ones stay open.

        And outliving the parent, when that is who prepared it. Cannot be undone. A wall that this
        platform does not have is left out.

        Raises:
            ProcessLookupError: the parent has ended.
        """
        if self._libc is not None:
            self._end_with_parent(self._libc)
            if self._rules is not None:
                self._libc.syscall(_RESTRICT, self._rules, 0)
                os.close(self._rules)
            if self._program:
                _refuse_calls(self._libc, self._program)
        sys.addaudithook(_watch)

    def _end_with_parent(self, libc: ctypes.CDLL) -> None:
        if os.getpid() == self._parent:
            return
        libc.prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._parent:
            raise ProcessLookupError("the process that had it has ended")
