"""Raw mail in an S3 bucket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.errors import Unavailable
from margins.local.cloud import Cloud
from margins.mail.envelope import digest
from margins.store.s3 import Bucket, Object, S3Store
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


def test_what_is_put_while_it_is_removed_stays(
    cloud: Cloud, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the version that was looked at is deleted: a mail that comes again is not lost."""
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    store, soon = S3Store(bucket), time.time() + 2
    name = store.put(b"content")
    looked = bucket.head

    def look(key: str) -> Object | None:
        found = looked(key)
        if found is not None and found.modified < soon:
            time.sleep(max(0.0, soon + 1 - time.time()))
            store.put(b"content")
        return found

    monkeypatch.setattr(bucket, "head", look)
    assert not store.remove(name, before=soon)
    assert S3Store(bucket).get(name) == b"content"
    assert len(s3.list_object_versions(Bucket=bucket.name)["Versions"]) == 1


def test_putting_again_begins_its_time_anew(bucket: Bucket) -> None:
    """So a PUT is never made conditional on the object's absence."""
    store = S3Store(bucket)
    name = store.put(b"content")
    time.sleep(1.1)  # S3 tells times by the second
    between = time.time()
    time.sleep(1.1)
    store.put(b"content")
    assert not store.remove(name, before=between)
    assert store.remove(name, before=between + 3600)


def test_a_part_of_the_digests_is_listed_alone(bucket: Bucket) -> None:
    """All parts together are all of them."""
    put = {S3Store(bucket).put(f"mail {number}".encode()) for number in range(40)}
    parts = {part: list(S3Store(bucket, part=part).digests()) for part in {d[:2] for d in put}}
    assert {name for listed in parts.values() for name in listed} == put
    assert all(name.startswith(part) for part, listed in parts.items() for name in listed)
