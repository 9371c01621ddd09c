"""Receipt rules of Amazon SES: which mails they are for, and what their functions may answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from margins.local.function import Function
from margins.local.settings import Outcome

__all__ = ["Action", "Received", "Rule", "disposition_of"]

_LAMBDA_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a rule: a function to ask, or a bucket to write to."""

    function: Function | None = None
    synchronous: bool = False
    bucket: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A receipt rule.

    Attributes:
        recipients: addresses and domains; none means every address.
    """

    name: str
    recipients: tuple[str, ...]
    actions: tuple[Action, ...]

    def matching(self, recipients: Sequence[str]) -> list[str]:
        """Those of the recipients the rule is for."""
        return [r for r in recipients if not self.recipients or any(map(_is(r), self.recipients))]


def _is(address: str) -> Callable[[str], bool]:
    folded = address.lower()
    domain = folded.rpartition("@")[2]

    def matches(pattern: str) -> bool:
        pattern = pattern.lower()
        if pattern.startswith("."):
            return domain.endswith(pattern)
        return pattern == (folded if "@" in pattern else domain)

    return matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A mail SES has said 250 to."""

    id: str
    source: str
    recipients: tuple[str, ...]
    content: bytes


def disposition_of(outcome: Outcome) -> str:
    """What SES makes of a function's answer: anything it does not know is CONTINUE.

    Raises:
        RuntimeError: the function failed, or took longer than SES waits.
    """
    if outcome.failed:
        raise RuntimeError(outcome.answer.decode("utf-8", "replace"))
    if outcome.duration + outcome.init > _LAMBDA_SECONDS:
        raise RuntimeError(f"no answer within {_LAMBDA_SECONDS:.0f} seconds")
    answer: Any = outcome.value()
    said = answer.get("disposition") if isinstance(answer, dict) else None
    return said if said in {"STOP_RULE", "STOP_RULE_SET"} else "CONTINUE"
