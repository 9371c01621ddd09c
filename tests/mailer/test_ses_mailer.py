"""Letters over Amazon SES, as moto plays it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("moto")

from moto.core.exceptions import JsonRESTError
from moto.ses.models import SESBackend, ses_backends

from margins.clients.sigv4 import Credentials
from margins.errors import ConfigError, Refused, Unavailable
from margins.local.cloud import ACCOUNT, Cloud
from margins.mailer.ses import SesMailer
from margins.testing.contracts import MailerContract
from margins.testing.contracts.mailer import LETTER
from margins.testing.webserver import Answer, serving


@dataclass
class Ses:
    """The other end.

    Attributes:
        patch: puts errors that moto does not know into it.
    """

    backend: Any
    patch: pytest.MonkeyPatch

    def taken(self) -> Sequence[tuple[str, bytes]]:
        return [(m.destinations[0], m.raw_data.encode()) for m in self.backend.sent_messages]

    def _fail(self, status: int, code: str, text: str) -> None:
        class Failure(JsonRESTError):
            pass

        Failure.code = status

        def send(*_: object, **__: object) -> None:
            raise Failure(code, text)

        self.patch.setattr(SESBackend, "send_raw_email", send)

    def refuse(self) -> None:
        self._fail(400, "MessageRejected", "not from you")

    def be_busy(self) -> None:
        self._fail(429, "TooManyRequestsException", "Maximum sending rate exceeded.")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """SES in this process."""
    with Cloud() as running:
        yield running


@pytest.fixture
def carrier(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Ses:
    for name, value in cloud.environ.items():
        monkeypatch.setenv(name, value)
    backend = ses_backends[ACCOUNT][cloud.region]
    backend.reset()
    cloud.client("sesv2").create_email_identity(EmailIdentity="notes.example")
    return Ses(backend, monkeypatch)


class TestContract(MailerContract):
    """What every way out promises."""

    @pytest.fixture
    def mailer(self, carrier: Ses, cloud: Cloud) -> SesMailer:  # noqa: ARG002  it is ready first
        return SesMailer(cloud.region)

    @pytest.fixture
    def astray(self, monkeypatch: pytest.MonkeyPatch) -> SesMailer:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        return SesMailer("eu-west-1", credentials=lambda: Credentials(key_id="k", secret="s"))


def test_a_domain_nobody_verified_sends_nothing(carrier: Ses, cloud: Cloud) -> None:
    """SES refuses the letter, and the reason says what to do."""
    cloud.client("sesv2").delete_email_identity(EmailIdentity="notes.example")
    with pytest.raises(Refused, match=r"MessageRejected.*Verify the import address's domain"):
        SesMailer(cloud.region).send(LETTER)


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "MessageRejected", Refused),
        (400, "AccountSuspendedException", Refused),
        (400, "MailFromDomainNotVerifiedException", Refused),
        (404, "NotFoundException", Refused),
        (400, "SendingPausedException", Unavailable),
        (400, "LimitExceededException", Unavailable),
        (403, "AccessDeniedException", Unavailable),
        (429, "TooManyRequestsException", Unavailable),
        (400, "ThrottlingException", Unavailable),
        (500, "InternalFailure", Unavailable),
        (200, "", None),
    ],
)
def test_answers_of_the_api(
    status: int, kind: str, expected: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The type stands in a header, as AWS sends it; what an operator can mend is tried again."""
    with serving() as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", script.url.rpartition("/")[0])
        body = f'{{"message":"{kind} it is"}}'.encode()
        headers = {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/"}
        script.answers = [Answer(status, body, headers)]
        mailer = SesMailer("eu-west-1", credentials=lambda: Credentials(key_id="k", secret="s"))
        if expected is None:
            mailer.send(LETTER)
        else:
            with pytest.raises(expected):
                mailer.send(LETTER)
        assert {request.path for request in script.requests} == {"/v2/email/outbound-emails"}


def test_no_credentials_are_an_error_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found when the service starts, not with the first letter."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID"):
        SesMailer("eu-west-1")
