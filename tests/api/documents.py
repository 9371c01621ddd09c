"""GraphQL documents that many tests send, and short ways to write what they send."""

from __future__ import annotations

from typing import Any

IMPORT = """
mutation Import($input: ImportNotebookInput!) {
  importNotebook(input: $input) { created updated unchanged publications { id title } }
}
"""

STORED = """
query Stored($publications: [PublicationInput!]!) {
  storedNotebooks(publications: $publications) {
    revision
    publication { id title }
    annotations {
      id edited motivation quote note tags colour style page locationStart locationEnd headings
      fragment conformsTo progress created modified truncated
    }
  }
}
"""

BOOK = {"title": "On the Keeping of Notes", "creators": [{"name": "Ada Example"}]}
OTHER_BOOK = {"title": "A Second Shelf", "creators": [{"name": "Ben Sample"}]}


def highlight(quote: str, **fields: Any) -> dict[str, Any]:
    """An AnnotationInput."""
    return {"motivation": "HIGHLIGHTING", "quote": quote, "page": "1", **fields}


def notebooks(
    *annotations: dict[str, Any], key: str = "k1", book: Any = None, revision: int | None = None
) -> dict[str, Any]:
    """Variables of IMPORT for one book."""
    filed = {
        "publication": book or BOOK,
        "annotations": list(annotations),
        "revision": revision,
    }
    return {"input": {"idempotencyKey": key, "publications": [filed]}}


def imported(api: Any, *annotations: dict[str, Any], key: str = "k1", **others: Any) -> None:
    """Import annotations of one book."""
    who = {name: others.pop(name) for name in ("account",) if name in others}
    api.ask(IMPORT, notebooks(*annotations, key=key, **others), **who)


def notes(api: Any, fields: str = "quote", arguments: str = "", **who: Any) -> list[Any]:
    """Nodes of the annotations connection; single values when one field is asked for."""
    nodes = api.ask(f"{{ annotations{arguments} {{ nodes {{ {fields} }} }} }}", **who)
    found = nodes["annotations"]["nodes"]
    return [node[fields] for node in found] if fields.isidentifier() else found
