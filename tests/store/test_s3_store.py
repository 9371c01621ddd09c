"""Raw mail in an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.errors import Unavailable
from margins.local.cloud import Cloud
from margins.mail.envelope import digest
from margins.store.s3 import Bucket, S3Store
from margins.testing.contracts import StoreContract


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """S3 in this process."""
    with Cloud() as running:
        yield running


@pytest.fixture
def bucket(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket."""
    for name, value in cloud.environ.items():
        monkeypatch.setenv(name, value)
    name = f"raw-{uuid4()}"
    where = {"LocationConstraint": cloud.region}
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return Bucket(Aws("s3", cloud.region), name)


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture
    def store(self, bucket: Bucket) -> S3Store:
        return S3Store(bucket)


def test_keys_come_back_as_they_are(bucket: Bucket) -> None:
    """Spaces, plus signs, ampersands and letters beyond ASCII survive the URL and the listing."""
    keys = ["in/a b+c&d<é>~.eml", "in/plain"]
    for key in keys:
        bucket.put(key, key.encode())
    assert sorted(bucket.keys("in/")) == sorted(keys)
    assert [bucket.get(key) for key in keys] == [key.encode() for key in keys]


def test_a_listing_goes_on_after_a_page(bucket: Bucket) -> None:
    """More than a thousand objects are all listed."""
    for number in range(1001):
        bucket.put(f"many/{number:04}", b"")
    assert len(list(bucket.keys("many/"))) == 1001


def test_a_changed_object_is_never_returned(bucket: Bucket) -> None:
    """Bytes that do not match their digest are a fault, not a mail."""
    name = digest(b"one")
    bucket.put(f"mail/{name[:2]}/{name}", b"another")
    with pytest.raises(Unavailable, match="do not match"):
        S3Store(bucket).get(name)


def test_with_versions_everything_is_removed(cloud: Cloud, bucket: Bucket) -> None:
    """Not even an earlier version of a removed mail is left."""
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    store = S3Store(bucket)
    digests = {store.put(b"content") for _ in range(3)}
    assert [store.remove(name) for name in digests] == [True]
    left = s3.list_object_versions(Bucket=bucket.name)
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


def test_a_missing_bucket_is_not_a_missing_mail(cloud: Cloud, bucket: Bucket) -> None:
    """A wrong name in the settings must not make every mail look as if it had never been."""
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        S3Store(Bucket(Aws("s3", cloud.region), "no-such-bucket")).get("0" * 64)


def test_what_was_put_last_is_not_fetched(bucket: Bucket) -> None:
    """A mail is stored and read again by the same invocation: that costs no second request."""
    store = S3Store(bucket)
    name = store.put(b"content")
    bucket.delete(f"mail/{name[:2]}/{name}")
    assert store.get(name) == b"content"
