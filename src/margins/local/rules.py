"""Receipt rules of Amazon SES: which mails they are for, and what their functions may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from margins.local.function import Function
from margins.local.settings import Outcome

__all__ = ["Action", "Received", "Rule", "disposition_of"]

_LAMBDA_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a rule: a function to ask, a bucket to write to, or the end of all rules."""

    function: Function | None = None
    synchronous: bool = False
    bucket: str = ""
    prefix: str = ""
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A receipt rule.

    Attributes:
        recipients: addresses and domains; none means every address. An address without a label
            is meant with any (`import@d` takes `import+label@d`), one with a label for this only.
            Source: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules-console-walkthrough.html
    """

    name: str
    recipients: tuple[str, ...]
    actions: tuple[Action, ...]

    def matching(self, recipients: Sequence[str]) -> list[str]:
        """Those of the recipients the rule is for."""
        return [r for r in recipients if not self.recipients or any(map(_is(r), self.recipients))]


def _is(address: str) -> Callable[[str], bool]:
    folded = address.lower()
    local, _, domain = folded.rpartition("@")
    unlabelled = f"{local.partition('+')[0]}@{domain}"

    def matches(pattern: str) -> bool:
        pattern = pattern.lower()
        if pattern.startswith("."):
            return domain.endswith(pattern)
        return pattern in ({folded, unlabelled} if "@" in pattern else {domain})

    return matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A mail SES has said 250 to.

    Attributes:
        verdicts: what SES found, by name.
    """

    id: str
    source: str
    recipients: tuple[str, ...]
    content: bytes
    verdicts: Mapping[str, str]


def disposition_of(outcome: Outcome) -> str:
    """What SES makes of a function's answer: anything it does not know is CONTINUE.

    Raises:
        RuntimeError: the function failed, or took longer than SES waits, and nobody debugged it.
    """
    if outcome.failed:
        raise RuntimeError(outcome.answer.decode("utf-8", "replace"))
    if outcome.duration + outcome.init > _LAMBDA_SECONDS and not outcome.lifted:
        raise RuntimeError(f"no answer within {_LAMBDA_SECONDS:.0f} seconds")
    answer: Any = outcome.value()
    said = answer.get("disposition") if isinstance(answer, dict) else None
    return said if said in {"STOP_RULE", "STOP_RULE_SET"} else "CONTINUE"
