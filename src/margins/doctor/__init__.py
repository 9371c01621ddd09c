"""What is right and wrong with an installation, in sentences; on one machine and on AWS.

A check asks and never changes anything, but for the canary, which is a mail.
"""

from margins.doctor.finding import Check, Finding, Level, examine, failed, ok, warning

__all__ = ["Check", "Finding", "Level", "examine", "failed", "ok", "warning"]
