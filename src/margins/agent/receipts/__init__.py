"""The reply a reader gets when a mail has come to its end: pure, from facts to message bytes."""

from margins.agent.receipts.compose import Report, compose
from margins.agent.receipts.rules import may_reply, may_tell

__all__ = ["Report", "compose", "may_reply", "may_tell"]
