"""What delivering a mail would change, in words. Reads the sink, writes nothing."""

from __future__ import annotations

from margins.agent.agent import Agent
from margins.agent.deliver import prepare
from margins.annotation import Annotation
from margins.plan import Plan
from margins.ports import Entry
from margins.text.normal import one_line

__all__ = ["preview", "summary"]


def _text(annotation: Annotation) -> str:
    return one_line(annotation.target.quote or annotation.note or annotation.motivation, 60)


def summary(plan: Plan) -> str:
    """A plan as lines: "+" created, "~" updated, and a count of what stays."""
    counts = f"{len(plan.create)} new, {len(plan.update)} updated, {len(plan.unchanged)} unchanged"
    lines = [f"{plan.publication.title}: {counts}"]
    lines += [f"  + {_text(annotation)}" for annotation in plan.create]
    for change in plan.update:
        lines.append(f"  ~ {_text(change.before)}")
        lines.append(f"    {_text(change.after)}")
        if change.before.note != change.after.note:
            lines.append(f"    note: {one_line(change.after.note, 60)}")
    return "\n".join(lines)


def preview(agent: Agent, entry: Entry) -> str:
    """The plans of a mail as text.

    Raises:
        MailError, NoNotes, Unavailable, Refused
    """
    _, plans = prepare(agent, entry)
    return "\n".join(summary(plan) for plan in plans)
