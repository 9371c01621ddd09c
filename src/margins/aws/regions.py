"""Where Amazon SES receives mail."""

__all__ = ["RECEIVING"]

RECEIVING = frozenset(
    {
        "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1",
        "eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2",
    }
)  # fmt: skip
"""Regions in which Amazon SES receives mail (AWS's table of endpoints, as of 2026)."""
