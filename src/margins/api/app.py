"""The notes API as a web application: who may come in, with how much, and what HTTP says of it."""

from __future__ import annotations

import json
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
from margins.api.faults import Code, Fault, rejected
from margins.api.settings import Settings
from margins.api.tokens import Verifier

__all__ = ["create_app"]


class _TooLarge(Exception):
    """The body is longer than any request may be."""


async def _body(request: HttpRequest, most: int) -> bytes:
    """The body, given up as soon as it is too long, whatever Content-Length says."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _status(answer: dict[str, Any]) -> int:
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    if Code.INTERNAL in codes:
        return 500
    return 200 if "data" in answer else 400


class _Endpoint:
    def __init__(self, settings: Settings, verifier: Verifier, executor: Executor) -> None:
        self._settings = settings
        self._verifier = verifier
        self._executor = executor

    async def post(self, request: HttpRequest) -> Response:
        try:
            caller = self._verifier.verify(request.headers.get("authorization", ""))
        except Fault as fault:
            invalid = ' error="invalid_token"' if "authorization" in request.headers else ""
            headers = {"WWW-Authenticate": f'Bearer realm="notes"{invalid}'}  # RFC 6750 s3
            return JSONResponse(rejected(fault.code, str(fault)), 401, headers)
        # Any other type could be posted by a form on somebody else's page.
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return JSONResponse(
                rejected(Code.BAD_USER_INPUT, "The body must be application/json."), 415
            )
        try:
            body = await _body(request, self._settings.limits.import_body)
            sent = Request.of(json.loads(body), size=len(body))
        except _TooLarge:
            return JSONResponse(rejected(Code.TOO_COMPLEX, "The body is too large."), 413)
        except Fault as fault:
            return JSONResponse(rejected(fault.code, str(fault)), 400)
        except (ValueError, RecursionError):
            return JSONResponse(rejected(Code.BAD_USER_INPUT, "The body is not JSON."), 400)
        answer = await run_in_threadpool(self._executor.run, sent, caller)
        return JSONResponse(answer, _status(answer))

    async def explorer(self, _request: HttpRequest) -> Response:
        return HTMLResponse(ExplorerGraphiQL(title="Margins").html(None))

    async def jwks(self, _request: HttpRequest) -> Response:
        return JSONResponse(dict(self._verifier.jwks), headers={"Cache-Control": "max-age=300"})

    async def health(self, _request: HttpRequest) -> Response:
        return PlainTextResponse("ok")


def create_app(settings: Settings) -> Starlette:
    """The application; its tables are brought up to date before it is returned.

    Raises:
        ConfigError: the settings cannot work.
    """
    database = Database(settings.database, statement_seconds=settings.limits.statement_seconds)
    database.migrate()
    verifier = Verifier(settings.issuers, audience=settings.audience)
    endpoint = _Endpoint(settings, verifier, Executor(database, settings))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        database.close()

    routes = [
        Route("/graphql", endpoint.post, methods=["POST"]),
        Route("/.well-known/jwks.json", endpoint.jwks),
        Route("/healthz", endpoint.health),
    ]
    if settings.development:
        routes.append(Route("/graphql", endpoint.explorer, methods=["GET"]))
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type"],
    )
    return Starlette(routes=routes, middleware=[cors], lifespan=lifespan)
