"""The one tree of exceptions.

```
MarginsError
├── InputError      permanent: what was given is wrong, and trying again changes nothing
│   ├── MailError       the message cannot be read
│   ├── FormatError     a claimed export cannot be read
│   ├── Ambiguous       more than one format claims the same file
│   └── NoNotes         a readable mail that brings nothing to import
├── Refused         permanent: another system understood the request and said no
│   └── TooLarge        it would have taken less at a time
├── Unavailable     temporary: a dependency did not answer; try again later
│   └── NoSpace         a disk is full, or a quota used up
└── ConfigError     the operator's settings are wrong
```

Each carries three parts, so that every message can name the file, the place and the remedy.
"""

from collections.abc import Sequence

__all__ = [
    "Ambiguous",
    "ConfigError",
    "FormatError",
    "InputError",
    "MailError",
    "MarginsError",
    "NoNotes",
    "NoSpace",
    "Refused",
    "TooLarge",
    "Unavailable",
]


class MarginsError(Exception):
    """Base of everything Margins raises on purpose.

    Attributes:
        what: one sentence that says what is wrong.
        place: the file, field, line or entry it was found at; empty when it is the whole input.
        remedy: one sentence that says what to do about it; empty when nothing can be done.
    """

    def __init__(self, what: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(what, place, remedy)
        self.what = what
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        located = f"{self.place}: {self.what}" if self.place else self.what
        return f"{located} {self.remedy}" if self.remedy else located


class InputError(MarginsError):
    """What was given is wrong; trying again changes nothing."""


class MailError(InputError):
    """The message cannot be read as RFC 5322 / MIME within the limits."""


class FormatError(InputError):
    """A format claimed the file and then could not read it."""


class Ambiguous(InputError):
    """More than one format claims the same file.

    Attributes:
        formats: the names of the claiming formats, sorted.
    """

    def __init__(self, formats: tuple[str, ...], *, place: str = "") -> None:
        number, names = len(formats), ", ".join(formats)
        super().__init__(
            f"{number} formats claim this file: {names}.",
            place=place,
            remedy="Please report it; the mail is kept and can be imported once this is settled.",
        )
        self.formats = formats


class NoNotes(InputError):
    """A readable mail that brings nothing to import.

    Attributes:
        reasons: what was wrong with each file and entry, "place: sentences"; empty when `what`
            says it all.
    """

    def __init__(
        self, what: str, *, place: str = "", remedy: str = "", reasons: Sequence[str] = ()
    ) -> None:
        super().__init__(what, place=place, remedy=remedy)
        self.reasons = tuple(reasons)


class Refused(MarginsError):
    """Another system understood the request and said no; asking again gets the same answer."""


class TooLarge(Refused):
    """It would have taken less at a time."""


class Unavailable(MarginsError):
    """A dependency did not answer, or asked to be left alone for a while.

    Attributes:
        retry_after: seconds the other side asked us to wait, or None.
    """

    def __init__(
        self, what: str, *, place: str = "", remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(what, place=place, remedy=remedy)
        self.retry_after = retry_after


class NoSpace(Unavailable):
    """A disk is full, or a quota used up: temporary, and the operator's to mend."""


class ConfigError(MarginsError):
    """The operator's settings are wrong."""
