"""Notes in any GraphQL API: the operator says with which mutation, and what goes into it."""

from margins.sink.custom.mapping import NoteMapping, load_mapping
from margins.sink.custom.memory import Memory
from margins.sink.custom.sink import CustomSink

__all__ = ["CustomSink", "Memory", "NoteMapping", "load_mapping"]
