"""A stolen token of the pipeline is worth an import, and nothing else."""

from __future__ import annotations

from importlib.resources import files

import pytest
from graphql import GraphQLObjectType, OperationDefinitionNode, get_named_type, parse

from margins.api.execution import executable_schema
from margins.api.scopes import INGEST, is_ingest

from ..documents import BOOK, highlight, imported, notebooks, notes

PIPELINE = {"scope": "notes:import"}
OPERATIONS = files("margins.sink").joinpath("operations.graphql").read_text("utf-8")
STORED, IMPORTED = (
    OPERATIONS[each.loc.start : each.loc.end] for each in parse(OPERATIONS).definitions
)


def test_the_pipeline_may_import(api):
    """A token for imports may send what the pipeline sends, whatever that will be."""
    assert api.ask(IMPORTED, notebooks(highlight("One.")), **PIPELINE)
    stored = api.ask(STORED, {"publications": [BOOK]}, **PIPELINE)
    assert [a["quote"] for a in stored["storedNotebooks"][0]["annotations"]] == ["One."]


def test_the_pipeline_may_ask_for_no_field_it_does_not_need():
    """The table of what it may is that of what it does; stored words are there as a whole."""
    asked = {
        root.name.value: {f.name.value for f in root.selection_set.selections}
        for operation in parse(OPERATIONS).definitions
        for root in operation.selection_set.selections
        if isinstance(operation, OperationDefinitionNode)
    }
    assert {name: set(tree.fields) for name, tree in INGEST.fields.items()} == asked
    stored = executable_schema().type_map["StoredAnnotation"]
    assert not any(
        isinstance(get_named_type(f.type), GraphQLObjectType) for f in stored.fields.values()
    )


WAYS_TO_A_PERSONS_WORDS = [
    "publications { annotations { nodes { note } } }",
    "publications { title }",
    "...on ImportNotebookPayload { publications { annotations { nodes { note } } } }",
    "...f",
    "created ...f",
    "created: publications { annotations { nodes { note } } }",
]
F = "fragment f on ImportNotebookPayload { publications { annotations { nodes { note } } } }"


@pytest.mark.parametrize("way", WAYS_TO_A_PERSONS_WORDS)
def test_an_import_is_no_way_to_what_a_person_wrote(api, way):
    """The answer to an import goes no deeper than its counts, and nothing is imported."""
    document = "mutation($input: ImportNotebookInput!) { importNotebook(input: $input) { %s } }"
    document = document % way + (F if "...f" in way else "")
    assert api.refused(document, notebooks(highlight("One.")), **PIPELINE) == "FORBIDDEN"
    assert notes(api) == []


@pytest.mark.parametrize(
    "way",
    [
        "publication { annotations { nodes { note } } }",
        "revision publication { id }",
        "annotations { quote ...on StoredAnnotation { tags { name } } }",
        "...g",
    ],
)
def test_what_is_stored_is_no_way_to_what_a_person_wrote(api, way):
    """Only the words of the exports, and which of them were edited, are told."""
    imported(api, highlight("One."))
    document = (
        f"query($p: [PublicationInput!]!) {{ storedNotebooks(publications: $p) {{ {way} }} }}"
    )
    if "...g" in way:
        document += "fragment g on StoredNotebook { publication { annotations { totalCount } } }"
    assert api.refused(document, {"p": [BOOK]}, **PIPELINE) == "FORBIDDEN"
    document = document.replace("tags { name }", "tags")
    assert api.ask(document, {"p": [BOOK]})


def test_fragments_are_looked_at_once():
    """Each spreads the next one twice, which is 2**60 fields to whoever follows them all."""
    links = " ".join(
        f"fragment F{n} on StoredNotebook {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60)
    )
    document = parse(f"{{ storedNotebooks {{ ...F0 }} }} {links} fragment F60 on X {{ revision }}")
    assert is_ingest(document, document.definitions[0])


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { id } }",
        "{ annotations { nodes { quote } } }",
        '{ a: search(query: "x") { totalCount } }',
        "{ ...on Query { viewer { id } } }",
        "{ ...f } fragment f on Query { tags { totalCount } }",
        '{ node(id: "acc_ada") { id } }',
        "{ export(format: CSV) { content } }",
        "mutation { deleteAnnotations(ids: []) { annotations { id } } }",
        "query A { storedNotebooks(publications: []) { __typename } viewer { id } }",
        "{ __schema { types { name } } }",
    ],
)
def test_the_pipeline_may_do_nothing_else(api, document):
    """Whatever way it is asked, a token for imports is refused everything else."""
    assert api.refused(document, **PIPELINE) == "FORBIDDEN"


@pytest.mark.parametrize("scope", [None, "", "openid", "notes:read", "NOTES", "notesx", ["notes"]])
def test_a_token_needs_a_scope(api, scope):
    """A token without one of the scopes may do nothing."""
    assert api.refused("{ viewer { id } }", scope=scope) == "FORBIDDEN"
    assert api.refused(STORED, {"publications": []}, scope=scope) == "FORBIDDEN"
