#!/usr/bin/env python3
"""Post one mail from the standard input to the HTTP relay, for the pipe of any mail server.

    post.py URL SECRET_FILE SENDER CLIENT HELO RECIPIENT...

Needs nothing but Python. The exit status is one of sysexits(3), as mail servers understand it: 0
taken, 69 refused for good, 75 try again. A line on the standard error says why.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SECONDS = 60.0


def signed(secret: bytes, envelope: dict[str, object], content: bytes) -> dict[str, str]:
    """The header fields of a request; src/margins/ingress/relay/signed.py says what they hold."""
    timestamp = str(int(time.time()))
    said = b64encode(json.dumps(envelope).encode()).decode()
    digest = f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"
    text = f"{timestamp}\n{said}\n{digest}".encode()
    return {
        "Content-Type": "message/rfc822",
        "Content-Digest": digest,
        "Margins-Timestamp": timestamp,
        "Margins-Envelope": said,
        "Margins-Signature": hmac.digest(secret, text, "sha256").hex(),
    }


def post(url: str, headers: dict[str, str], content: bytes) -> tuple[int, str, str]:
    """Status, outcome and text of the answer."""
    request = Request(url, content, headers)  # noqa: S310  the operator's own URL
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return answer.status, answer.headers.get("Margins-Outcome", ""), ""
    except HTTPError as error:
        outcome = error.headers.get("Margins-Outcome", "")
        return error.code, outcome, error.read(1000).decode(errors="replace").strip()


def main(url: str, secret_file: str, sender: str, client: str, helo: str, *to: str) -> int:
    """Post what stands on the standard input."""
    secret = Path(secret_file).read_bytes().strip()
    content = sys.stdin.buffer.read()
    envelope: dict[str, object] = {"from": sender, "to": to, "client": client, "helo": helo}
    status, outcome, text = post(url, signed(secret, envelope, content), content)
    if status == 200 and outcome:
        return os.EX_OK
    sys.stderr.write(f"{status} {text}\n")
    # Without an outcome it is not Margins that speaks, or not about the mail.
    return os.EX_UNAVAILABLE if outcome and status < 500 else os.EX_TEMPFAIL


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(os.EX_TEMPFAIL)
