"""The operator's mapping: which mutation takes notes, and what goes into its variables.

A TOML file that names a GraphQL document; docs/sinks.md describes every key.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from margins.errors import ConfigError
from margins.sink.custom.document import Document
from margins.sink.custom.expression import Expression
from margins.sink.custom.operation import Operation

__all__ = ["NoteMapping", "load_mapping"]

_MOST_PER_REQUEST = 10_000
_KEYS = {"per_request", "update", "headers", "create"}
_OPERATION_KEYS = {"document", "operation", "repeat", "variables", "remember", "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMapping:
    """How notes become requests.

    Attributes:
        create: takes new notes.
        update: takes notes that have changed; None sends no changes.
        per_request: notes.
        headers: sent with every request.
    """

    create: Operation
    update: Operation | None
    per_request: int
    headers: Mapping[str, str]


def load_mapping(path: Path, environ: Mapping[str, str] | None = None) -> NoteMapping:
    """Read the TOML file and the documents it names.

    Args:
        environ: for headers that name a variable, "$NAME"; the process's own when None.

    Raises:
        ConfigError: names the file and the key that is wrong.
    """
    table = _read(path)
    _know(table, _KEYS, str(path))
    create = _operation(table.get("create"), path, "create")
    update: Operation | None = None
    if table.get("update") == "create":
        update = create
    elif "update" in table:
        update = _operation(table["update"], path, "update")
    per_request = table.get("per_request", 100)
    if type(per_request) is not int or not 0 < per_request <= _MOST_PER_REQUEST:
        raise ConfigError(
            f"per_request is {per_request!r}.",
            place=str(path),
            remedy=f"It must be a number from 1 to {_MOST_PER_REQUEST}.",
        )
    headers = _headers(table.get("headers", {}), path, os.environ if environ is None else environ)
    return NoteMapping(create=create, update=update, per_request=per_request, headers=headers)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"It cannot be read: {error}.",
            place=str(path),
            remedy="Set sink_path to the TOML file that says how notes are sent.",
        ) from error


def _know(table: Mapping[str, object], keys: set[str], place: str) -> None:
    for name in table:
        if name not in keys:
            raise ConfigError(
                f"There is no {name!r} here.",
                place=place,
                remedy=f"There may be: {', '.join(sorted(keys))}.",
            )


def _operation(said: object, path: Path, name: str) -> Operation:
    place = f"{path}, [{name}]"
    if not isinstance(said, dict):
        raise ConfigError("It is missing.", place=place, remedy="See docs/sinks.md.")
    _know(said, _OPERATION_KEYS, place)
    variables, repeat = said.get("variables"), said.get("repeat", False)
    if not isinstance(variables, dict) or not isinstance(repeat, bool):
        raise ConfigError(
            "variables is no table, or repeat is neither true nor false.",
            place=place,
            remedy="See docs/sinks.md.",
        )
    document = Document.load(
        path.parent / str(said.get("document", "")), str(said.get("operation", ""))
    )
    _know(variables, set(document.variables), f"{place}, variables")
    if repeat:
        document.check_repeatable()
    optional = {
        key: Expression.parse(said[key], f"{path}, {name}.{key}")
        for key in ("remember", "refused")
        if key in said
    }
    return Operation(
        document=document,
        repeat=repeat,
        variables={
            key: Expression.parse(text, f"{path}, {name}.variables.{key}")
            for key, text in variables.items()
        },
        **optional,
    )


def _headers(said: object, path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(v, str) for v in said.values()):
        raise ConfigError("headers is no table of texts.", place=str(path), remedy="Mend it.")
    headers = {}
    for name, value in said.items():
        if value.startswith("$"):
            if (found := environ.get(value[1:])) is None:
                raise ConfigError(
                    f"The variable {value[1:]} is not set.",
                    place=f"{path}, headers.{name}",
                    remedy="Set it in the environment of Margins.",
                )
            value = found  # noqa: PLW2901 - the file names it, the environment holds it
        headers[name] = value
    return headers
