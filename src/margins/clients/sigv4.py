"""Signature Version 4 of requests to AWS. Pure.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

__all__ = ["Credentials", "Scope", "signed_headers"]

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Whose request it is; never logged.

    Attributes:
        token: of a session; empty for long-lived keys.
    """

    key_id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return f"Credentials(key_id={self.key_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signature is good for: one service in one region."""

    service: str
    region: str


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _canonical_query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))


def _signing_key(credentials: Credentials, scope: Scope, day: str) -> bytes:
    key = f"AWS4{credentials.secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def signed_headers(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: Credentials,
    scope: Scope,
    now: float,
) -> dict[str, str]:
    """The headers to send: those given, and the ones that sign the request.

    Args:
        path: percent-encoded, as it is sent.
        query: not encoded.
        headers: names in lower case; `host` among them.
        now: seconds since 1970; AWS refuses what is more than five minutes off.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = sha256(body).hexdigest()
    signed = {**headers, "x-amz-date": moment}
    if scope.service == "s3":
        signed["x-amz-content-sha256"] = payload
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    # Every service but S3 encodes the path once more before it signs it.
    canonical_path = path if scope.service == "s3" else quote(path, safe="/~")
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
    canonical = "\n".join((method, canonical_path, _canonical_query(query), lines, names, payload))
    day = moment[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    to_sign = "\n".join((_ALGORITHM, moment, place, sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_signing_key(credentials, scope, day), to_sign).hex()
    signed["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.key_id}/{place}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed
