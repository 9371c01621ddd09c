"""The directory of everything Margins keeps on this machine."""

from __future__ import annotations

from pathlib import Path

from margins.config import Settings
from margins.errors import ConfigError

__all__ = ["data_directory"]


def data_directory(settings: Settings) -> Path:
    """The data directory, made where there was none.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data directory cannot be made: {error.strerror}.",
            place=str(settings.data),
            remedy="Choose another with MARGINS_DATA.",
        ) from error
    return settings.data
