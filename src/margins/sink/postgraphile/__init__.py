"""Notes in a PostGraphile 4 API over the tables that docs/sinks.md describes."""

from margins.sink.postgraphile.sink import PostgraphileSink

__all__ = ["PostgraphileSink"]
