"""The way out over an SMTP relay of the operator's (RFC 5321), which signs and carries it."""

from __future__ import annotations

import smtplib
import ssl

from margins.errors import Refused, Unavailable
from margins.ports import Letter

__all__ = ["SmtpMailer"]

_SECONDS = 30.0
_LOCAL = ("127.", "localhost", "::1", "[::1]")


class SmtpMailer:
    """margins.ports.Mailer over one server. Threads may share it.

    A relay that offers STARTTLS is used with it, its certificate checked, unless it is on this
    machine.

    Args:
        helo: the name we greet with.
    """

    def __init__(self, host: str, port: int, *, helo: str) -> None:
        self._host = host.strip("[]")
        self._port = port
        self._helo = helo

    def send(self, letter: Letter) -> None:
        """Hand one message over, with the null reverse-path; see margins.ports.Mailer."""
        place = f"{self._host}:{self._port}"
        try:
            with smtplib.SMTP(self._host, self._port, self._helo, timeout=_SECONDS) as client:
                client.ehlo_or_helo_if_needed()
                if client.has_extn("starttls") and not self._host.startswith(_LOCAL):
                    client.starttls(context=ssl.create_default_context())
                client.sendmail("", [letter.to], letter.content)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _answered(code, text, place) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error, place) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(
                f"The relay did not take it: {error}.",
                place=place,
                remedy="Check that it runs and that receipts_relay names it.",
            ) from error


def _answered(code: int, text: bytes | str, place: str) -> Refused | Unavailable:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind = Refused if 500 <= code < 600 else Unavailable
    return kind(f"The relay said: {code} {said}.", place=place)
