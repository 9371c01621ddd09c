"""One GraphQL request: parsed, measured, allowed, validated, run in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ariadne import make_executable_schema
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
)

from margins.api.call import Call
from margins.api.complexity import check, measure
from margins.api.database import Database
from margins.api.documents import Documents
from margins.api.faults import Code, Fault, describe
from margins.api.resolvers import BINDABLES
from margins.api.scopes import INGEST, may_ask
from margins.api.settings import Settings
from margins.api.tokens import Caller
from margins.errors import Unavailable

__all__ = ["Executor", "Request", "executable_schema"]

_IMPORTS = frozenset({*INGEST.fields, "__typename"})


@cache
def executable_schema() -> GraphQLSchema:
    """The schema of schema.graphql with its resolvers."""
    sdl = files("margins.api").joinpath("schema.graphql").read_text(encoding="utf-8")
    return make_executable_schema(sdl, *BINDABLES, convert_names_case=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A GraphQL request (https://graphql.github.io/graphql-over-http/draft/#sec-Request)."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    size: int

    @classmethod
    def of(cls, body: object, *, size: int) -> Request:
        """The request in a JSON body of `size` bytes.

        Raises:
            Fault: BAD_USER_INPUT when it is none; several in one list are refused too.
        """
        match body:
            case {"query": str(query), **others}:
                variables = others.get("variables") or {}
                name = others.get("operationName")
                if isinstance(variables, dict) and isinstance(name, str | None):
                    return cls(query=query, variables=variables, operation_name=name, size=size)
        raise Fault(
            Code.BAD_USER_INPUT,
            "This is not a GraphQL request.",
            remedy="Send one object with query and, if need be, variables and operationName.",
        )


class _Undone(Exception):
    """Leaves a transaction without committing it."""


class Executor:
    """Runs requests against one database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._limits = settings.limits
        self._schema = executable_schema()
        self._documents = Documents(
            self._schema, development=settings.development, tokens=settings.limits.tokens
        )

    def run(self, request: Request, caller: Caller) -> dict[str, Any]:
        """The answer: data, errors, or both. A mutation with errors has changed nothing.

        Raises:
            Unavailable: the database is not to be used; nothing was changed.
        """
        try:
            document, operation = self._admit(request, caller)
        except GraphQLError as error:
            return {"errors": [describe(error)]}
        except Fault as fault:
            return {"errors": [describe(GraphQLError(str(fault), original_error=fault))]}
        if errors := self._documents.errors(request.query):
            return {"errors": [describe(error) for error in errors]}
        return self._execute(request, caller, document, operation)

    def _admit(
        self, request: Request, caller: Caller
    ) -> tuple[DocumentNode, OperationDefinitionNode]:
        document = self._documents.parsed(request.query)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None or operation.operation is OperationType.SUBSCRIPTION:
            raise Fault(Code.BAD_USER_INPUT, "The document must name one query or mutation.")
        names: frozenset[str] = frozenset()
        for each in document.definitions:  # all are validated, though one is run
            if isinstance(each, OperationDefinitionNode):
                found = measure(document, each, request.variables)
                check(found, self._limits)
                names = found.names if each is operation else names
        if not may_ask(caller, document, operation):
            raise Fault(Code.FORBIDDEN, "This token does not allow that.")
        if request.size > self._limits.body and not names <= _IMPORTS:
            raise Fault(Code.TOO_COMPLEX, f"Only an import may exceed {self._limits.body} bytes.")
        return document, operation

    def _execute(
        self,
        request: Request,
        caller: Caller,
        document: DocumentNode,
        operation: OperationDefinitionNode,
    ) -> dict[str, Any]:
        writes = operation.operation is OperationType.MUTATION
        result = ExecutionResult(None, [])
        try:
            with self._database.transaction(caller.account, writes=writes) as connection:
                result = execute_sync(
                    self._schema,
                    document,
                    context_value=Call(caller, connection, self._limits),
                    variable_values=dict(request.variables),
                    operation_name=request.operation_name,
                )
                if writes and result.errors:
                    raise _Undone
        except _Undone:
            result = ExecutionResult(None, result.errors)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: the database failed us
            result = ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [describe(error) for error in result.errors]
        return answer
