"""What every store promises."""

from __future__ import annotations

import time
from secrets import token_bytes
from typing import Protocol

import pytest

from margins.mail.envelope import digest as digest_of
from margins.ports import BatchStore, Retention

__all__ = ["StoreContract"]


class _Store(BatchStore, Retention, Protocol):
    """All that a store of Margins can do."""


class StoreContract:
    """Wants a fixture `store`."""

    def test_content_comes_back_byte_for_byte(self, store: _Store) -> None:
        """Nothing is changed on the way: no line ending, no NUL, no encoding."""
        content = b"From: a\r\n\r\n\x00\xff\n\r" + token_bytes(100)
        assert store.get(store.put(content)) == content

    def test_the_name_is_the_sha_256(self, store: _Store) -> None:
        """Anybody can compute it, and check it."""
        content = token_bytes(50)
        assert store.put(content) == digest_of(content)

    def test_the_empty_content_is_content(self, store: _Store) -> None:
        """Zero bytes are kept like any other number."""
        assert store.get(store.put(b"")) == b""

    def test_putting_twice_is_putting_once(self, store: _Store) -> None:
        """A mail that is taken again has one copy."""
        content = token_bytes(50)
        digest = store.put(content)
        assert store.put(content) == digest
        assert list(store.digests()).count(digest) == 1

    def test_many_at_once_come_back_in_order(self, store: _Store) -> None:
        """A batch answers for each of its members, repeated ones too."""
        contents = [token_bytes(20) for _ in range(70)]
        contents.append(contents[0])
        digests = store.put_many(contents)
        assert digests == [digest_of(content) for content in contents]
        assert [store.get(digest) for digest in digests] == contents

    def test_an_empty_batch_is_nothing(self, store: _Store) -> None:
        """No members, no digests."""
        assert store.put_many([]) == []

    @pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "A" * 64, "\0"])
    def test_what_was_never_put_is_not_there(self, store: _Store, digest: str) -> None:
        """An unknown digest is a KeyError, and so is what is no digest at all."""
        with pytest.raises(KeyError):
            store.get(digest)
        assert not store.remove(digest)

    def test_every_digest_is_listed_in_order(self, store: _Store) -> None:
        """Retention walks over everything there is."""
        put = {store.put(token_bytes(20)) for _ in range(5)}
        listed = list(store.digests())
        assert put <= set(listed)
        assert listed == sorted(listed)

    def test_what_is_removed_is_gone(self, store: _Store) -> None:
        """After removal the content is neither there nor listed, and can be put again."""
        content = token_bytes(50)
        digest = store.put(content)
        assert store.remove(digest)
        assert digest not in list(store.digests())
        with pytest.raises(KeyError):
            store.get(digest)
        assert not store.remove(digest)
        assert store.get(store.put(content)) == content

    def test_what_was_put_lately_is_left_alone(self, store: _Store) -> None:
        """Removal may be limited to what was last put before some moment."""
        digest = store.put(token_bytes(50))
        assert not store.remove(digest, before=time.time() - 3600)
        assert store.get(digest)
        assert store.remove(digest, before=time.time() + 3600)
        assert not store.remove(digest, before=time.time() + 3600)
