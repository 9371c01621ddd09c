"""The way out over Amazon SES, which signs with the DKIM key of the verified domain and carries it.

SES knows no null reverse-path: it sends with an address of its own, takes the bounces there, and
forwards them to the From address, our import address, unless the domain's identity publishes them
elsewhere. They cannot make a circle: their author is not registered, and neither a bounce nor a
receipt is ever answered. SES also replaces Date and Message-ID, so that a letter that was sent
twice shows twice.
Sources: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable

from margins.clients.aws import Answer, Aws, environment_credentials
from margins.clients.sigv4 import Credentials
from margins.errors import Refused, Unavailable
from margins.ports import Letter

__all__ = ["SesMailer"]

_PATH = "/v2/email/outbound-emails"
_PERMANENT = frozenset({
    "AccountSuspendedException",
    "BadRequestException",
    "MailFromDomainNotVerifiedException",
    "MessageRejected",
    "NotFoundException",
})  # fmt: skip


class SesMailer:
    """margins.ports.Mailer over SES in one region. Threads may share it.

    Args:
        credentials: called for each request, since a session's keys change.

    Raises:
        ConfigError: there are no credentials.
    """

    def __init__(
        self, region: str, *, credentials: Callable[[], Credentials] = environment_credentials
    ) -> None:
        credentials()
        named = os.environ.get("AWS_ENDPOINT_URL_SESV2") or os.environ.get("AWS_ENDPOINT_URL", "")
        endpoint = named or f"https://email.{region}.amazonaws.com"
        self._aws = Aws("ses", region, endpoint=endpoint, credentials=credentials)
        self._place = f"ses:{region}"

    def send(self, letter: Letter) -> None:
        """Hand one message over; see margins.ports.Mailer.

        The recipient is the letter's alone, whatever its header says.
        """
        asked = {
            "Content": {"Raw": {"Data": b64encode(letter.content).decode("ascii")}},
            "Destination": {"ToAddresses": [letter.to]},
        }
        answer = self._aws.request(
            "POST",
            _PATH,
            headers={"content-type": "application/json"},
            body=json.dumps(asked).encode("ascii"),
        )
        if answer.status != 200:
            raise self._said_no(answer)

    def _said_no(self, answer: Answer) -> Refused | Unavailable:
        try:
            parsed = json.loads(answer.body)
        except ValueError:
            parsed = None
        said = parsed if isinstance(parsed, dict) else {}
        kind = answer.headers.get("x-amzn-errortype") or str(said.get("__type", ""))
        code = kind.partition(":")[0].rpartition("#")[2]
        text = str(said.get("message") or said.get("Message") or "").rstrip(".")
        what = f"SES said: {code or answer.status} {text}".rstrip() + "."
        if code in _PERMANENT:
            remedy = "Verify the import address's domain in SES, and leave its sandbox."
            return Refused(what, place=self._place, remedy=remedy)
        return Unavailable(what, place=self._place, remedy="Check what the role or key allows.")
