"""dkimpy's own tests, with our verifier in the place of its own.

They are in its source distribution only, which `make check` downloads; nothing of it is kept here.
"""

from __future__ import annotations

import importlib.util
import sys
import tarfile
import time
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import dkim

from margins.authentication.arc import check_chain
from margins.authentication.body import divide
from margins.authentication.dkim import check_signatures
from margins.authentication.lookups import Lookups
from margins.mail import Address
from margins.mail.authentication import Result
from margins.ports.resolver import RecordType

FOLDER = Path(__file__).parents[2] / ".tools" / "dkimpy"
_MODULES = ("dkim", "dkim_ed25519", "dkim_rsavariants", "dkim_tlsrpt", "dkim_generate", "arc")
_Answers = Callable[[bytes], str | bytes | None]


class _Names:
    """The answers a test of dkimpy gives, as a Resolver."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers

    def texts(self, name: str) -> tuple[bytes, ...]:
        try:
            answer = self._answers(name.encode() + b".")
        except AssertionError:  # a name the test does not expect
            return ()
        return (answer.encode() if isinstance(answer, str) else answer,) if answer else ()

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:  # noqa: ARG002
        return ()


def _signer(message: bytes) -> Address:
    """Whom the first signature would prove: dkimpy's tests do not ask whether From is aligned."""
    fields = dkim.DKIM(message).headers
    field = next((value for name, value in fields if name.lower() == b"dkim-signature"), b"")
    tags = dict(tag.split(b"=", 1) for tag in field.split(b";") if b"=" in tag)
    domain = {name.strip(): value.strip() for name, value in tags.items()}.get(b"d", b"nobody")
    return Address("x", domain.decode("ascii", "replace").lower())


class _Ours:
    """The module `dkim` as its tests see it: it signs as ever, and we verify.

    Attributes:
        asked: how often we were asked since this was last set to 0.
    """

    def __init__(self) -> None:
        self.asked = 0
        ours = self

        class Reading(dkim.DKIM):
            def __init__(self, message: bytes | None = None, **options: object) -> None:
                super().__init__(message, **options)
                self.given = message

            def verify(self, idx: int = 0, dnsfunc: _Answers | None = None) -> bool:
                super().verify(idx, dnsfunc)  # which fields were signed is asked of it afterwards
                return ours.verify(self.given, dnsfunc=dnsfunc)

        self.DKIM = Reading

    def __getattr__(self, name: str) -> object:
        return getattr(dkim, name)

    def verify(self, message: bytes, dnsfunc: _Answers, **_: object) -> bool:
        """Does the first signature hold; that is all dkimpy looks at."""
        self.asked += 1
        lookups = Lookups(_Names(dnsfunc))
        checks = check_signatures(
            divide(message), _signer(message), now=time.time(), lookups=lookups
        )
        return bool(checks) and checks[0].result is Result.PASS

    def arc_verify(self, message: bytes, dnsfunc: _Answers) -> tuple[bytes, list[object], str]:
        """The state of the chain."""
        self.asked += 1
        author, sealers = Address("test", "example.com"), frozenset({"example.com"})
        chain = check_chain(
            divide(message), author, sealers=sealers, lookups=Lookups(_Names(dnsfunc))
        )
        passed = chain is not None and chain.result is Result.PASS
        return dkim.CV_Pass if passed else dkim.CV_Fail, [], ""


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"dkimpy_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _each(test)
        else:
            yield test


def run(scratch: Path) -> dict[str, bool] | None:
    """Every test that asks for a verification: does it succeed with ours. None without the source.

    Args:
        scratch: an empty directory, for the unpacked source.
    """
    archive = next(FOLDER.glob("dkimpy-*.tar.gz"), None)
    if archive is None:
        return None
    with tarfile.open(archive) as source:
        source.extractall(scratch, filter="data")
    found: dict[str, bool] = {}
    for name in _MODULES:
        (file,) = scratch.glob(f"dkimpy-*/dkim/tests/test_{name}.py")
        module, ours = _module(file), _Ours()
        module.dkim = ours
        for test in _each(unittest.defaultTestLoader.loadTestsFromModule(module)):
            ours.asked, result = 0, unittest.TestResult()
            test.run(result)
            if ours.asked:
                found[f"{name}/{test.id().rpartition('.')[2]}"] = result.wasSuccessful()
    return found
