"""What a GraphQL API takes, asked of the API itself before anything is sent to it.

Source: GraphQL specification s4 (introspection), s5 (validation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLSchema,
    IntrospectionQuery,
    OperationDefinitionNode,
    build_client_schema,
    get_introspection_query,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from margins.clients.graphql import GraphQL
from margins.errors import Refused
from margins.text.normal import one_line

__all__ = ["faults", "schema_of"]

_MOST_FAULTS = 20


def schema_of(client: GraphQL, account: str) -> GraphQLSchema:
    """The schema as the account sees it.

    Raises:
        Refused: the API does not tell.
        Unavailable: it did not answer.
    """
    query = get_introspection_query(descriptions=False)
    try:
        data: Any = client.execute(account, query, {}, operation="IntrospectionQuery")
        return build_client_schema(cast("IntrospectionQuery", data))
    except (Refused, TypeError, GraphQLError) as error:
        raise Refused(
            f"The API does not tell its schema: {error}",
            remedy="Switch introspection on for as long as you check.",
        ) from error


def faults(
    schema: GraphQLSchema, document: str, operation: str, variables: Mapping[str, object]
) -> list[str]:
    """What is wrong with a request, one sentence each, with line and column or the way to the
    value; empty when the API will understand it.

    Args:
        document: one that parses.
        operation: the name of one in it.
    """
    parsed = parse(document)
    if wrong := validate(schema, parsed, max_errors=_MOST_FAULTS):
        return [_sentence(error) for error in wrong]
    definitions = next(
        each.variable_definitions
        for each in parsed.definitions
        if isinstance(each, OperationDefinitionNode)
        and each.name is not None
        and each.name.value == operation
    )
    coerced = get_variable_values(
        schema, definitions or (), dict(variables), max_errors=_MOST_FAULTS
    )
    return [_sentence(e) for e in coerced] if isinstance(coerced, list) else []


def _sentence(error: GraphQLError) -> str:
    at = f"{error.locations[0].line}:{error.locations[0].column}: " if error.locations else ""
    return f"{at}{one_line(error.message, 400)}"
