"""Settings out of a TOML file and MARGINS_* variables."""

from __future__ import annotations

import os
import tomllib
import types
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

from margins.config.checks import wrong
from margins.config.settings import Settings
from margins.errors import ConfigError

__all__ = ["load"]


def _from_text(name: str, kind: object, text: str) -> object:
    """A setting out of an environment variable."""
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise wrong(name, text, "true or false")
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind in {int, float}:
        try:
            return int(text) if kind is int else float(text)
        except ValueError:
            raise wrong(name, text, "a number") from None
    return Path(text) if Path in {kind, *get_args(kind)} else text


def _from_toml(name: str, kind: object, value: object) -> object:
    """A setting out of the TOML file, its type checked."""
    if get_origin(kind) is tuple and isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
        raise wrong(name, value, "a list of strings")
    if isinstance(kind, types.UnionType) or kind is Path:
        if isinstance(value, str):
            return Path(value)
        raise wrong(name, value, "a path")
    if kind is float and type(value) in {int, float}:
        return value
    if type(value) is not kind:
        raise wrong(name, value, f"of type {getattr(kind, '__name__', kind)}")
    return value


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the file, then MARGINS_* variables over it.

    Args:
        path: a TOML file; `margins.toml` in the working directory when None and present.
        environ: the variables; the process's own when None.

    Raises:
        ConfigError: an unknown key, a wrong value, an unreadable file; names which.
    """
    environ = os.environ if environ is None else environ
    if path is None and Path("margins.toml").is_file():
        path = Path("margins.toml")
    chosen: dict[str, object] = {}
    hints = get_type_hints(Settings)
    kinds = {f.name: hints[f.name] for f in fields(Settings)}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(
                f"It cannot be read: {error}.", place=str(path), remedy="Mend or remove it."
            ) from error
        for name, value in table.items():
            if name not in kinds:
                raise ConfigError(
                    f"There is no setting {name!r}.",
                    place=str(path),
                    remedy=f"The settings are: {', '.join(kinds)}.",
                )
            chosen[name] = _from_toml(name, kinds[name], value)
    for name, kind in kinds.items():
        if (text := environ.get(f"MARGINS_{name.upper()}")) is not None:
            chosen[name] = _from_text(name, kind, text)
    return Settings(**chosen)  # type: ignore[arg-type]  # each value was checked against its field
