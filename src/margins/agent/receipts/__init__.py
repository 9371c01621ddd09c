"""The reply a reader gets when a mail has come to its end: pure, from facts to message bytes."""

from margins.agent.receipts.compose import Report, compose, compose_notice
from margins.agent.receipts.rules import may_reply, may_tell

__all__ = ["Report", "compose", "compose_notice", "may_reply", "may_tell"]
