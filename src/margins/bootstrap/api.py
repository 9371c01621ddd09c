"""The notes API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from margins.config import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from margins.api import Provider
    from margins.signer.file import FileSigner

__all__ = ["notes_api"]


def _providers(settings: Settings) -> dict[str, Provider]:
    from margins.api import Provider

    providers = {}
    for said in settings.api_issuers:
        name, _, rest = said.partition("=")
        keys, _, audience = rest.partition("#")
        providers[name] = Provider(keys=Path(keys), audience=audience or settings.audience)
    return providers


def _database(settings: Settings) -> str:
    """SQLAlchemy's URL of the database of notes."""
    if settings.api_database:
        return settings.api_database
    if settings.database and not settings.database.startswith("dynamodb:"):
        return f"postgresql+psycopg:{settings.database.partition(':')[2]}"
    return f"sqlite:///{(settings.data / 'notes.db').absolute()}"


def notes_api(settings: Settings, signer: FileSigner) -> Starlette:
    """The web application that keeps notes and answers GraphQL."""
    from margins import api

    return api.create_app(
        api.Settings(
            database=_database(settings),
            issuers={settings.issuer: signer.jwks},
            audience=settings.audience,
            providers=_providers(settings),
            development=settings.api_development,
            origins=settings.api_origins,
            hook_secret=settings.api_hook_secret,
        )
    )
