"""The notes API: accounts, publications and annotations over GraphQL.

A program of its own. The pipeline reaches it over GraphQL only, even on one machine.
"""

from margins.api.app import create_app
from margins.api.settings import Limits, Provider, Settings

__all__ = ["Limits", "Provider", "Settings", "create_app"]
