"""The one outcome table: every way in speaks it in its own dialect.

SMTP, LMTP, HTTP, SES, a mailbox, the pipe's exit status and docs/outcomes.md are all read from
here.
Sources: RFC 5321 s4.2, RFC 3463, RFC 7372 s3.2, sysexits(3), the SES Lambda action's dispositions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

__all__ = ["TABLE", "Disposition", "Filing", "Outcome", "Reply"]


class Disposition(StrEnum):
    """What a receipt-rule Lambda may answer SES; anything else counts as CONTINUE there."""

    CONTINUE = "CONTINUE"
    STOP_RULE_SET = "STOP_RULE_SET"


class Filing(StrEnum):
    """What becomes of a mail in the mailbox it was fetched from; it is never deleted."""

    DONE = "moved, or marked as taken"
    REFUSED = "stays, marked as refused"
    LEFT = "stays, tried again"


class Outcome(Enum):
    """How the handing over of one mail ended."""

    ACCEPTED = "accepted, durable"
    DUPLICATE = "duplicate"
    HELD = "held for the owner's approval"
    CONFIRMED = "an address confirmed by its code"
    UNKNOWN_SENDER = "unknown sender"
    UNAUTHENTICATED = "unauthenticated"
    UNKNOWN_RECIPIENT = "unknown recipient"
    MALFORMED = "malformed"
    BARE_LINE_ENDINGS = "bare CR, bare LF or NUL"
    TOO_LARGE = "too large"
    TOO_MANY_HOPS = "too many hops"
    NO_SPACE = "no space left to store it"
    UNAVAILABLE = "a dependency unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One outcome in every dialect.

    Attributes:
        code: SMTP and LMTP reply code.
        enhanced: enhanced status code (RFC 3463).
        text: what the peer is told; never which check failed.
        names: it names the mail, as the ledger does, so that the peer's log can be matched.
        http: status for the HTTP relay; 200 for all that is durable, since services that post mail
            take no other for success.
        ses: disposition for a receipt-rule Lambda.
        exit: sysexits status for the pipe.
    """

    code: int
    enhanced: str
    text: str
    http: int
    ses: Disposition
    exit: int
    names: bool

    @property
    def filing(self) -> Filing:
        """What becomes of the mail in the mailbox it was fetched from."""
        if self.code < 300:
            return Filing.DONE
        return Filing.LEFT if self.code < 500 else Filing.REFUSED

    def said(self, mail: str = "") -> str:
        """What the peer is told.

        Args:
            mail: its id, or that of the mail it is a duplicate of; empty when it has none.
        """
        return f"{self.text} as {mail}" if self.names and mail else self.text

    def smtp(self, mail: str = "") -> str:
        """The reply line as SMTP and LMTP speak it, without the line ending; `mail` as in said."""
        return f"{self.code} {self.enhanced} {self.said(mail)}"


_GO, _STOP = Disposition.CONTINUE, Disposition.STOP_RULE_SET


def _row(
    code: int,
    enhanced: str,
    http: int,
    ses: Disposition,
    exit: int,  # noqa: A002
    text: str,
    *,
    names: bool = False,
) -> Reply:
    return Reply(
        code=code, enhanced=enhanced, text=text, http=http, ses=ses, exit=exit, names=names
    )


TABLE: dict[Outcome, Reply] = {
    Outcome.ACCEPTED: _row(250, "2.6.0", 200, _GO, 0, "Message accepted", names=True),
    Outcome.DUPLICATE: _row(250, "2.6.0", 200, _STOP, 0, "Message already accepted", names=True),
    Outcome.HELD: _row(250, "2.6.0", 200, _GO, 0, "Message held for approval", names=True),
    Outcome.CONFIRMED: _row(250, "2.6.0", 200, _STOP, 0, "Message accepted"),
    Outcome.UNKNOWN_SENDER: _row(550, "5.7.1", 403, _STOP, 77, "Sender not registered here"),
    Outcome.UNAUTHENTICATED: _row(550, "5.7.26", 403, _STOP, 77, "Author could not be verified"),
    Outcome.UNKNOWN_RECIPIENT: _row(550, "5.1.1", 404, _STOP, 67, "No such address here"),
    Outcome.MALFORMED: _row(554, "5.6.0", 422, _STOP, 65, "Message is not valid mail"),
    Outcome.BARE_LINE_ENDINGS: _row(
        550, "5.6.11", 422, _STOP, 65, "Bare CR, bare LF or NUL in the message"
    ),
    Outcome.TOO_LARGE: _row(552, "5.3.4", 413, _STOP, 65, "Message is too large"),
    Outcome.TOO_MANY_HOPS: _row(554, "5.4.6", 422, _STOP, 65, "Too many hops, it goes in circles"),
    Outcome.NO_SPACE: _row(452, "4.3.1", 507, _GO, 75, "No room to store it, try again later"),
    Outcome.UNAVAILABLE: _row(451, "4.3.0", 503, _GO, 75, "Try again later"),
}
