"""Raw mail in an S3 bucket: `PREFIX/ab/abcd...`, named by SHA-256.

S3 answers a PUT when the object is durable, and compares the bytes with the digest that signs the
request. Any S3-compatible store will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote
from xml.sax.saxutils import unescape

from margins.clients.aws import Answer, Aws
from margins.errors import Unavailable
from margins.mail.envelope import digest as digest_of

__all__ = ["Bucket", "Object", "S3Store"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"<Key>([^<]*)</Key>")
_NEXT = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """An object as it is now.

    Attributes:
        modified: when it was last put, in seconds since 1970.
        version: empty in a bucket that keeps none.
    """

    modified: float
    version: str


class Bucket:
    """Objects by key. Threads may share it."""

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self.name = name

    def _request(
        self, method: str, key: str = "", *, query: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        path = "/" + quote(key, safe="/~")
        # AWS wants the bucket in the host name, everybody else wants it in the path.
        host = f"{self.name}.{self._aws.url.netloc}" if self._aws.own else ""
        path = path if self._aws.own else f"/{self.name}{path}"
        answer = self._aws.request(method, path, query=query, body=body, host=host)
        if answer.status == 404 and b"<Code>NoSuchBucket" not in answer.body:
            raise KeyError(key)
        if answer.status >= 300:
            raise Unavailable(
                f"S3 refused {method}: {answer.status} {_code(answer.body)}".rstrip(),
                place=f"s3://{self.name}/{key}",
                remedy="Check the bucket's name and what the credentials allow.",
            )
        return answer

    def get(self, key: str) -> bytes:
        """The object.

        Raises:
            KeyError: there is none.
            Unavailable
        """
        return self._request("GET", key).body

    def put(self, key: str, content: bytes) -> None:
        """Keep the object; durable when this returns."""
        self._request("PUT", key, body=content)

    def head(self, key: str) -> Object | None:
        """What is known about the object; None when there is none."""
        try:
            headers = self._request("HEAD", key).headers
        except KeyError:
            return None
        modified = parsedate_to_datetime(headers["last-modified"]).timestamp()
        return Object(modified=modified, version=headers.get("x-amz-version-id", ""))

    def delete(self, key: str, *, version: str = "") -> None:
        """Forget the object, if there is one; only that version of it, when one is named."""
        self._request("DELETE", key, query={"versionId": version} if version else None)

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys that begin so, ascending."""
        query = {"list-type": "2", "prefix": prefix}
        while True:
            listed = self._request("GET", query=query).body.decode()
            yield from map(unescape, _KEY.findall(listed))
            following = _NEXT.search(listed)
            if following is None:
                return
            query["continuation-token"] = unescape(following[1])


def _code(body: bytes) -> str:
    found = re.search(rb"<Code>(\w{1,80})</Code>", body[:2000])
    return found[1].decode() if found else ""


class S3Store:
    """margins.ports.BatchStore and Retention over a bucket. Threads may share it.

    Args:
        prefix: of every key; ends with "/".
        part: the first two digits of the digests that are listed; empty lists them all.
    """

    def __init__(self, bucket: Bucket, *, prefix: str = "mail/", part: str = "") -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._part = part
        self._last = ("", b"")

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest[:2]}/{digest}"

    def put(self, content: bytes) -> str:
        """Keep the content; see margins.ports.Store."""
        digest = digest_of(content)
        self._bucket.put(self._key(digest), content)
        self._last = digest, content
        return digest

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep every content, one after the other; see margins.ports.BatchStore."""
        return [self.put(content) for content in contents]

    def get(self, digest: str) -> bytes:
        """The content; see margins.ports.Store. What was put last is still at hand."""
        if not _DIGEST.fullmatch(digest):
            raise KeyError(digest)
        known, content = self._last
        if known != digest:
            content = self._bucket.get(self._key(digest))
        if digest_of(content) != digest:
            raise Unavailable(
                "The bytes do not match their digest: the object was changed.",
                place=f"s3://{self._bucket.name}/{self._key(digest)}",
                remedy="Restore an earlier version of it, or have the mail sent again.",
            )
        return content

    def digests(self) -> Iterator[str]:
        """Every digest, ascending; see margins.ports.Retention."""
        names = (key.rpartition("/")[2] for key in self._bucket.keys(self._prefix + self._part))
        return (name for name in names if _DIGEST.fullmatch(name))

    def remove(self, digest: str, *, before: float | None = None) -> bool:
        """Forget the content, in every version; see margins.ports.Retention.

        In a bucket with versions only those that were looked at are deleted, so that a content that
        is put at the same time stays. Without versions S3 has no way to promise that.
        """
        if not _DIGEST.fullmatch(digest):
            return False
        removed = False
        while (found := self._bucket.head(self._key(digest))) is not None:
            if before is not None and found.modified >= before:
                return False
            self._bucket.delete(self._key(digest), version=found.version)
            removed = True
        if self._last[0] == digest:
            self._last = ("", b"")
        return removed
