"""Settings: one frozen value, read from a TOML file and MARGINS_* variables.

An unknown key is an error: a typing mistake must never switch a safeguard off silently.
"""

from margins.config.loading import load
from margins.config.settings import Settings

__all__ = ["Settings", "load"]
