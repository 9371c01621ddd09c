"""Calls of other services as X-Ray's subsegments, where a Lambda function is traced.

X-Ray takes a datagram per call at an address in the environment, without an answer; nowhere else is
there such an address, and nothing is sent.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from secrets import token_hex

__all__ = ["Call", "calling"]

_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
_HEADER = b'{"format": "json", "version": 1}\n'


class Call:
    """What is learned of a call while it is made.

    Attributes:
        status: of the answer; 0 when there was none.
    """

    def __init__(self) -> None:
        self.status = 0


@contextmanager
def calling(name: str, *, operation: str = "", aws: bool = False) -> Iterator[Call]:
    """Tell X-Ray of the call made within.

    Args:
        name: of the service.
        operation: that is asked of it.
        aws: it is one of AWS's.
    """
    call = Call()
    header, address = os.environ.get("_X_AMZN_TRACE_ID", ""), os.environ.get(_ADDRESS, "")
    if "Sampled=1" not in header or not address:
        yield call
        return
    began, failed = time.time(), True
    try:
        yield call
        failed = False
    finally:
        said: dict[str, object] = {
            "name": name,
            "namespace": "aws" if aws else "remote",
            "start_time": began,
            "end_time": time.time(),
            "fault": failed or call.status >= 500,
            "error": 400 <= call.status < 500,
            "throttle": call.status == 429,
            "http": {"response": {"status": call.status}},
        }
        if operation:
            said["aws"] = {"operation": operation}
        _send(header, address, said)


def _send(header: str, address: str, said: Mapping[str, object]) -> None:
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    document = {
        "type": "subsegment",
        "id": token_hex(8),
        "trace_id": parts.get("Root", ""),
        "parent_id": parts.get("Parent", ""),
        **said,
    }
    host, _, port = address.rpartition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(_HEADER + json.dumps(document).encode(), (host, int(port)))
    except (OSError, ValueError, OverflowError):
        pass  # a mail is worth more than its trace
