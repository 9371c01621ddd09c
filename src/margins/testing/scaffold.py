"""A new format that works from its first minute: a module, an example, and what is expected of it.

acme_notes.py                            a copy of `margins.testing.skeleton` under its new name
golden/acme-notes/example.txt            an export with invented words
golden/acme-notes/example.txt.json       what the format says about it
"""

from __future__ import annotations

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from margins.errors import InputError
from margins.formats import About, Format
from margins.testing import skeleton
from margins.testing.golden import expected_path, generate

__all__ = ["load_format", "new_format"]

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){0,4}")

_EXAMPLE = """\
Skeleton Notes Export
The Salt Gardens
Finch, Orla; Reed, Tomas
---
page 12
The tide came in twice that day.
= Twice? #check
---
page xiv
Salt keeps, and salt forgets.
---
page 30
= A thought of its own.
---
page 31
"""


def load_format(path: Path) -> Format:
    """The format that a module file is.

    Raises:
        InputError: it cannot be imported, or is no format.
    """
    spec = spec_from_file_location(f"margins_format_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError("This is no Python module.", place=str(path))
    module = module_from_spec(spec)
    # Dataclasses look their own module up by name while it is being executed.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as fault:
        raise InputError(f"It cannot be imported: {fault!r}.", place=str(path)) from fault
    complete = all(callable(getattr(module, name, None)) for name in ("identify", "extract"))
    if not complete or not isinstance(getattr(module, "about", None), About):
        raise InputError("It is no format: about, identify() or extract().", place=str(path))
    form: Format = module
    return form


def _renamed(text: str, name: str) -> str:
    title = name.replace("-", " ").title()
    return text.replace("skeleton-notes", name).replace("Skeleton Notes", title)


def _source(name: str) -> str:
    source = Path(skeleton.__file__).read_text(encoding="utf-8")
    return _renamed(source, name).replace(
        "the shortest format that does everything right; `margins formats new` copies it.",
        "what its export looks like, in a few invented lines.",
    )


def new_format(name: str, folder: Path) -> tuple[Path, ...]:
    """Writes a format and its golden case below the folder; both pass the golden check.

    Raises:
        InputError: the name is not lower-case words with hyphens, or a file is there already.
    """
    if not _NAME.fullmatch(name):
        remedy = "Names are lower-case words with hyphens, such as acme-notes."
        raise InputError(f"{name!r} cannot be the name of a format.", remedy=remedy)
    module = folder / f"{name.replace('-', '_')}.py"
    golden = folder / "golden" / name
    example = golden / "example.txt"
    for path in (module, golden):
        if path.exists():
            raise InputError("It is there already and stays as it is.", place=str(path))
    golden.mkdir(parents=True)
    module.write_text(_source(name), encoding="utf-8")
    example.write_text(_renamed(_EXAMPLE, name), encoding="utf-8")
    list(generate(golden, load_format(module)))
    return module, example, expected_path(example)
