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


def notebooks(*annotations: dict[str, Any], key: str = "k1", book: Any = None) -> dict[str, Any]:
    """Variables of IMPORT for one book."""
    filed = {"publication": book or BOOK, "annotations": list(annotations)}
    return {"input": {"idempotencyKey": key, "publications": [filed]}}
