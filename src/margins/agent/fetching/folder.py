"""What mail is fetched from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from margins.mail.reply import Filing

__all__ = ["Fetching", "Folder", "Glance", "Stopped"]

Key = TypeVar("Key", bound=Hashable)


class Stopped(Exception):
    """We were told to stop while waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What is looked at before a mail is fetched.

    Attributes:
        size: of the content, bytes.
        arrived: when it was delivered there, seconds since 1970, if that is known.
        fields: those that name recipients, as the beginning of a header; it may be cut off.
    """

    size: int
    arrived: float | None
    fields: bytes


class Fetching(Protocol):
    """The operator's choices. Times are in seconds, sizes in bytes."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def folder(self) -> str:
        """Its name, for people."""
        ...

    @property
    def addresses(self) -> Sequence[str]:
        """Served addresses, "name@domain" or "@domain"."""
        ...

    @property
    def max_bytes(self) -> int:
        """Largest content; what is larger is not fetched."""
        ...

    @property
    def seconds(self) -> float:
        """From one look to the next."""
        ...

    @property
    def retry_seconds(self) -> float:
        """The wait after the first failure; it doubles from there."""
        ...


class Folder(Protocol[Key]):
    """A folder that is open. Methods raise Unavailable when it is not there any more, and Stopped.

    Attributes:
        ingress: what the envelope of its mails says.
    """

    ingress: str

    @property
    def validity(self) -> object:
        """Another one when mails have got other keys."""
        ...

    def search(self) -> Sequence[Key]:
        """Keys of the mails that are not done with, the oldest first."""
        ...

    def look(self, keys: Sequence[Key]) -> Mapping[Key, Glance]:
        """A glance at each mail that is still there."""
        ...

    def content(self, key: Key) -> bytes | None:
        """The whole mail; None when it is gone."""
        ...

    def file(self, key: Key, filing: Filing) -> bool:
        """Put it where it is not found again: among those that are done, or refused.

        Returns:
            True when it is gone for certain: a mail that is found under this key is another one, or
            put back by somebody.
        """
        ...

    def wait(self, seconds: float) -> None:
        """Return when mail has come, or after so long."""
        ...
