"""The built-in formats are imported when a file could be theirs, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from margins.catalogue import BUILT_IN

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "src" / "margins" / "service" / "sample.eml"

_READ = """
import sys
from margins.cli import main
main(["read", "--format", "table", sys.argv[1]])
print(*sorted(name for name in sys.modules), sep="\\n", file=sys.stderr)
"""


def test_every_name_is_that_of_its_format() -> None:
    """The name in the table is the one the format itself is recorded under, and names differ."""
    names = [form.name for form in BUILT_IN]
    assert names == [form.about.name for form in BUILT_IN]
    assert len(set(names)) == len(names)


def test_reading_a_kindle_mail_imports_only_what_it_needs() -> None:
    """No PDF, database, web, mail-server or cloud library is imported, and few other formats."""
    run = [sys.executable, "-c", _READ, str(SAMPLE)]
    modules = subprocess.run(run, capture_output=True, text=True, check=True).stderr.split()
    heavy = {"pypdf", "sqlite3", "sqlalchemy", "starlette", "aiosmtpd", "urllib3", "jwt", "dns"}
    assert heavy.isdisjoint(modules)
    formats = {m.split(".")[2] for m in modules if m.startswith("margins.formats.")}
    assert "kindle_notebook" in formats
    assert len(formats) < 8
