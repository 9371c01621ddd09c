"""What a function says about its work: log lines, and metrics that CloudWatch reads out of them.

Lambda's JSON log format makes an object of every record; a metric is a line of its own.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

__all__ = ["emit"]

_NAMESPACE = "Margins"


def emit(counts: Mapping[str, float], *, now: float, **dimensions: str) -> None:
    """Write metrics, all with these dimensions and the stage; zeros are left out."""
    if stage := os.environ.get("MARGINS_STAGE"):  # an account may have several
        dimensions["Stage"] = stage
    told = {name: count for name, count in counts.items() if count}
    if not told:
        return
    definition = {
        "Namespace": _NAMESPACE,
        "Dimensions": [sorted(dimensions)],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in told],
    }
    line = {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [definition]},
        **dimensions,
        **told,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
