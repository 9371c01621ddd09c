"""The notes API as a web application: its routes, and what HTTP says of each answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ariadne.explorer import ExplorerGraphiQL
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from margins.api.database import Database
from margins.api.execution import Executor, Request
from margins.api.faults import Code, Fault
from margins.api.hooks import AccountConfirmed
from margins.api.settings import Settings
from margins.api.tokens import Verifier
from margins.api.web import Rejected, answer_rejected, answer_unavailable, json_body
from margins.errors import Unavailable

__all__ = ["create_app"]


def _status(answer: dict[str, Any]) -> int:
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    if Code.INTERNAL in codes:
        return 500
    return 200 if "data" in answer else 400


class _GraphQL:
    def __init__(self, verifier: Verifier, executor: Executor, *, most: int) -> None:
        self._verifier = verifier
        self._executor = executor
        self._most = most

    async def post(self, request: HttpRequest) -> Response:
        try:
            caller = self._verifier.verify(request.headers.get("authorization", ""))
        except Fault as fault:
            raise Rejected(401, fault.code, str(fault)) from fault
        body, size = await json_body(request, most=self._most)
        try:
            sent = Request.of(body, size=size)
        except Fault as fault:
            raise Rejected(400, fault.code, str(fault)) from fault
        answer = await run_in_threadpool(self._executor.run, sent, caller)
        return JSONResponse(answer, _status(answer))


async def _health(_request: HttpRequest) -> Response:
    return PlainTextResponse("ok")


async def _graphiql(_request: HttpRequest) -> Response:
    return HTMLResponse(ExplorerGraphiQL(title="Margins").html(None))


def _routes(settings: Settings, database: Database) -> list[Route]:
    verifier = Verifier(settings.issuers, audience=settings.audience, providers=settings.providers)
    executor = Executor(database, settings)

    async def jwks(_request: HttpRequest) -> Response:
        return JSONResponse(dict(verifier.jwks), headers={"Cache-Control": "max-age=300"})

    graphql = _GraphQL(verifier, executor, most=settings.limits.import_body)
    routes = [
        Route("/graphql", graphql.post, methods=["POST"]),
        Route("/.well-known/jwks.json", jwks),
        Route("/healthz", _health),
    ]
    if settings.hook_secret:
        hook = AccountConfirmed(database, settings.hook_secret)
        routes.append(Route("/hooks/account-confirmed", hook.post, methods=["POST"]))
    if settings.development:
        routes.append(Route("/graphql", _graphiql, methods=["GET"]))
    return routes


def create_app(settings: Settings) -> Starlette:
    """The application; its tables are brought up to date before it is returned.

    Raises:
        ConfigError: the settings cannot work.
        Unavailable: the database cannot be used, or its disk not be trusted.
    """
    database = Database(settings.database, statement_seconds=settings.limits.statement_seconds)
    database.migrate()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        database.close()

    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type"],
    )
    return Starlette(
        routes=_routes(settings, database),
        middleware=[cors],
        exception_handlers={Rejected: answer_rejected, Unavailable: answer_unavailable},
        lifespan=lifespan,
    )
