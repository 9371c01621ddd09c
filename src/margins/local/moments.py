"""Moments as SES and S3 write them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["stamp"]


def stamp(now: float) -> str:
    """Seconds since 1970 as `2026-11-01T10:00:00.000Z`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
