"""The sentences a reader may be told, as they stand in the source: with slots for what is held."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import margins

ROOT = Path(margins.__file__).parent
ROOMS = ("formats/**/*.py", "text/*.py", "annotation/*.py")
MODULES = (
    "plugins.py", "errors.py", "mail/unpack.py", "mail/container.py", "mail/tnef.py",
    "mail/header.py", "mail/structure.py", "agent/reading.py", "agent/reading_process.py",
    "agent/isolation.py", "agent/deliver.py",
)  # fmt: skip

# Where a module tells others things too: only what stands in these functions, or is raised.
_ONLY = {
    "plugins.py": {"_broken"},
    "mail/header.py": set[str](),
    "mail/structure.py": set[str](),
    "agent/deliver.py": {"_for_reader"},
    "agent/isolation.py": {"read", "_last_words"},
}
_APPS_OWN = {"formats/apple_books/words.py", "formats/boox_txt.py:page no."}
_UNTOLD = {"steps"}  # of About, which the documentation prints


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and where it is written, "formats/tolino.py:134"."""

    sentence: str
    place: str


def slot(value: ast.expr) -> str:
    """What a value in an f-string is called: the last name in it that is not called."""
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
    names = [(0, 0, "")]
    for node in ast.walk(value):
        if id(node) in called:
            continue
        if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
            names.append((node.end_lineno or 0, node.end_col_offset or 0, node.attr))
        elif isinstance(node, ast.Name):
            names.append((node.end_lineno or 0, node.end_col_offset or 0, node.id))
    return max(names)[2].strip("_").lower()


def template(node: ast.expr) -> str | None:
    """A literal as it stands in the tables; None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        f"{{{slot(part.value)}}}" if isinstance(part, ast.FormattedValue) else str(part.value)
        for part in node.values
        if isinstance(part, ast.FormattedValue | ast.Constant)
    )


def _left_out(tree: ast.Module) -> set[int]:
    """Docstrings, the parts of f-strings, and what is told elsewhere."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            found |= {id(part) for part in ast.walk(node)} - {id(node)}
        elif isinstance(node, ast.keyword) and node.arg in _UNTOLD:
            found |= {id(part) for part in ast.walk(node.value)}
    return found


def _roots(tree: ast.Module, module: str) -> Iterator[ast.AST]:
    only = _ONLY.get(module)
    if only is None:
        yield tree
        return
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef) and node.name in only
        constant = isinstance(node, ast.Assign) and module == "agent/isolation.py"
        if named or constant or (isinstance(node, ast.Raise) and not only):
            yield node


def said_in(source: str, module: str) -> list[Said]:
    """The sentences of one module: literals of several words that end in a full stop."""
    tree = ast.parse(source)
    left_out, found = _left_out(tree), {}
    for root in _roots(tree, module):
        for node in ast.walk(root):
            if id(node) in left_out or not isinstance(node, ast.expr):
                continue
            text = template(node)
            if text and text.endswith(".") and " " in text.strip() and text[0] != " ":
                found[text] = Said(text, f"{module}:{node.lineno}")
    return list(found.values())


def all_said() -> list[Said]:
    """Of every module whose sentences reach a reader."""
    paths = [path for room in ROOMS for path in ROOT.glob(room)]
    modules = sorted({path.relative_to(ROOT).as_posix() for path in paths} | set(MODULES))
    return [
        said
        for module in modules
        if module not in _APPS_OWN
        for said in said_in((ROOT / module).read_text("utf-8"), module)
        if f"{module}:{said.sentence}" not in _APPS_OWN and "{none}" not in said.sentence
    ]


def handed_over() -> Iterator[tuple[str, str]]:
    """Literals that formats give to errors, warnings and skipped entries, after their places."""
    for path in sorted(path for room in ROOMS for path in ROOT.glob(room)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            told = node.args[:1] if name == "FormatError" else []
            told += node.args[1:2] if name == "warn" else []
            for keyword in node.keywords:
                several = isinstance(keyword.value, ast.Tuple) and keyword.arg == "warnings"
                told += keyword.value.elts if several else []
                told += [keyword.value] if keyword.arg in {"reason", "remedy"} else []
            where = path.relative_to(ROOT).as_posix()
            yield from (
                (f"{where}:{each.lineno}", text) for each in told if (text := template(each))
            )
