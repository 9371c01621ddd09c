"""The tables of docs/threat-model.md: what the tests try, and what came of it.

The attempts on the author of a mail are the very rows that tests/authentication runs. What hostile
mail costs was measured by tests/security/measuring.py; the tests hold it to the same answers.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["attempts", "hostile", "suites", "table"]

_ROOT = Path(__file__).resolve().parents[1]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _tests(folder: str, module: str) -> ModuleType:
    sys.path.insert(0, str(_ROOT / "tests" / folder))
    return importlib.import_module(module)


def attempts() -> list[str]:
    """Attempts on the author and on the end of data, and genuine mail."""
    rows = [(c.trick, str(c.outcome)) for c in _tests("authentication", "attacks").attacks()]
    genuine = [(c.trick, str(c.outcome)) for c in _tests("authentication", "genuine").genuine()]
    variants = _tests("ingress", "listening") and _tests("security", "test_smtp_smuggling").VARIANTS
    head = ("attempt", "what becomes of it")
    return [
        f"## {len(rows)} attempts on the author\n\nNone is admitted as somebody else.\n\n"
        + table(head, rows),
        f"## {len(genuine)} genuine mails\n\n" + table(("mail", "what becomes of it"), genuine),
        f"## {len(variants)} false ends of data\n\nEach is refused, and no second mail comes out: "
        + ", ".join(f"`{name}`" for name in variants)
        + ".",
    ]


def _size(seconds: float | None, peak: int | None) -> tuple[str, str]:
    if seconds is None:
        return "5 s, ended", "-"
    return f"{seconds:.2f} s", f"{peak} MiB"


def suites() -> list[str]:
    """How the published suites end here; the tests demand exactly this."""
    suites = _tests("authentication", "suites").SUITES
    scores = [
        (s.name, str(s.size), str(s.size - len(s.exceptions)), str(len(s.exceptions)))
        for s in suites
    ]
    odd = [
        (suite.name.partition(",")[0], f"`{case}`", found, why)
        for suite in suites
        for case, (found, why) in suite.exceptions.items()
    ]
    heads = ("suite", "cases", "as it says", "otherwise"), ("suite", "case", "here", "because")
    return [
        "## Published test suites\n\n" + table(heads[0], scores),
        "What ends otherwise, and why:\n\n" + table(heads[1], odd),
    ]


def hostile() -> list[str]:
    """What tests/security/measuring.py wrote down; the tests compare it with what they find."""
    measured = json.loads((_ROOT / "tests/security/measured.json").read_text("utf-8"))
    count = sum(map(len, measured["inputs"].values()))
    intro = (
        f"## {count} hostile mails\n\n"
        "Computing time, memory of the process at its highest (29 MiB before any mail), and the\n"
        "answer. None may take 5 seconds or 512 MiB. Measured by `make hostile-report` on\n"
        f"{measured['on']}."
    )
    parts = [intro]
    head = ("computing", "memory", "answer")
    for kind, inputs in measured["inputs"].items():
        rows = [
            (name, *_size(cost["seconds"], cost["peak"]), cost["outcome"])
            for name, cost in inputs.items()
        ]
        parts.append(f"### {kind}\n\n" + table(("input", *head), rows))
    costs = measured["authenticated"]
    rows = [(name, *_size(c["seconds"], c["peak"]), c["outcome"]) for name, c in costs.items()]
    parts.append(
        f"## {len(costs)} mails whose author is dear to prove\n\n"
        "Signed ten times by their author's own domain, and the body is another. Asked in the\n"
        "service itself; the memory is what it grew by, the mail not counted.\n\n"
        + table(("mail", *head), rows)
    )
    classes = measured["corpora"]
    numbers = ("messages", "notes", "no_notes", "failed")
    rows = [
        (f"`{folder}`", *(str(found[n]) for n in numbers), *_size(found["slowest"], found["peak"]))
        for folder, found in classes.items()
    ]
    total = sum(found["messages"] for found in classes.values())
    columns = ("class", "messages", "notes found", "none found", "uncaught", "slowest", "memory")
    parts.append(
        f"## {total} messages of other programs' test suites\n\n"
        "Every file of the corpora, mailboxes message by message. None may fail in our code, or\n"
        "take 2 seconds or 300 MiB.\n\n" + table(columns, rows)
    )
    return parts
