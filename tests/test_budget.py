"""Small pieces: no module grows past a page of rules and code, no function past a screen."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "margins"
MODULE_LINES, FUNCTION_LINES = 300, 40


def test_no_module_is_longer_than_300_lines() -> None:
    """A module that grows past it has more than one idea."""
    lengths = {
        p.relative_to(SOURCE): p.read_text("utf-8").count("\n") for p in SOURCE.rglob("*.py")
    }
    assert len(lengths) > 100
    assert {str(p): n for p, n in lengths.items() if n > MODULE_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    """Decorators do not count, docstrings do."""
    long = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    long[f"{path.relative_to(SOURCE)}:{node.name}"] = length
    assert long == {}
