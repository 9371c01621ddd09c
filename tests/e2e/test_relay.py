"""Mail that is posted: a whole service, a name server, and real HTTP for every provider."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from running import IMPORT, READER, Running, free_port, mail, notebook_html, own_address, wait_for

from margins.testing.nameserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "authentication"))
sys.path.insert(0, str(Path(__file__).parents[1] / "ingress" / "relay"))

from posting import multipart, signed
from signing import rsa_key, sign
from test_mailgun import fields
from worker import End, run_worker

pytestmark = pytest.mark.slow

NAME_SERVER = own_address(53)
PASSWORD = "a-long-password-of-postmark"
KEY = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
SECRET = "tide-and-time-wait-for-no-reader"
WORKER = "the-worker-of-cloudflare-has-its-own"
PRIVATE = ec.generate_private_key(ec.SECP256R1())
DKIM = rsa_key("example.org")
ZONE = {
    "mail._domainkey.example.org": [("TXT", DKIM.record())],
    "_dmarc.example.org": [("TXT", b"v=DMARC1; p=reject")],
    "example.org": [("TXT", b"v=spf1 ip4:192.0.2.25 -all")],
}


@pytest.fixture(scope="module", autouse=True)
def names() -> Iterator[None]:
    """A name server where name servers are: port 53."""
    if os.geteuid() != 0:
        pytest.skip("only root may be a name server")
    with serve(ZONE, address=(NAME_SERVER, 53)):
        yield


class Relaying(Running):
    """A service with the relay; `relay_port` is where."""

    relay_port: int = 0

    def start(self) -> None:
        """Start it and wait until the relay answers too."""
        super().start()
        wait_for(self._relays, "the relay to answer", 30)

    def _relays(self) -> bool:
        try:
            urlopen(f"http://127.0.0.1:{self.relay_port}/healthz", timeout=5).close()
        except OSError:
            return False
        return True

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """One request: the status, and the outcome as its header field says."""
        url = f"http://127.0.0.1:{self.relay_port}/relay/{path}"
        try:
            with urlopen(Request(url, body, dict(headers)), timeout=60) as answer:
                return answer.status, answer.headers["Margins-Outcome"]
        except HTTPError as error:
            with error:
                return error.code, error.headers["Margins-Outcome"] or ""

    def by_margins(self, content: bytes, **envelope: object) -> tuple[int, str]:
        """In our own dialect."""
        head = signed(SECRET, content, at=int(time.time()), **{"to": [IMPORT]} | envelope)
        return self.post("margins", head, content)

    def by_postmark(self, content: bytes) -> tuple[int, str]:
        """As Postmark."""
        sent = {"OriginalRecipient": IMPORT, "RawEmail": content.decode()}
        credentials = b64encode(f"postmark:{PASSWORD}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
        return self.post("postmark", headers, json.dumps(sent).encode())

    def by_mailgun(self, content: bytes) -> tuple[int, str]:
        """As Mailgun."""
        now = int(time.time())
        form = fields(f"token {time.time_ns()}", at=now, recipient=IMPORT, **{"body-mime": content})
        content_type, body = multipart(form)
        return self.post("mailgun/mime", {"Content-Type": content_type}, body)

    def by_sendgrid(self, content: bytes) -> tuple[int, str]:
        """As SendGrid."""
        envelope = json.dumps({"to": [IMPORT], "from": READER})
        content_type, body = multipart(
            {"email": content, "envelope": envelope, "sender_ip": "192.0.2.25"}
        )
        now = str(int(time.time()))
        signature = PRIVATE.sign(now.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "Content-Type": content_type,
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": now,
        }
        return self.post("sendgrid", headers, body)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Relaying]:
    """The whole service with a secret for every provider, and one registered reader."""
    running = Relaying(tmp_path / "data")
    running.relay_port = free_port()
    public = PRIVATE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    running.settings = {
        "MARGINS_NAMESERVERS": NAME_SERVER,
        "MARGINS_RELAY_PORT": str(running.relay_port),
        "MARGINS_RELAY_POSTMARK_PASSWORDS": PASSWORD,
        "MARGINS_RELAY_MAILGUN_KEYS": KEY,
        "MARGINS_RELAY_SENDGRID_KEYS": b64encode(public).decode(),
        "MARGINS_RELAY_CLOUDFLARE_SECRETS": WORKER,
        "MARGINS_RELAY_MARGINS_SECRETS": SECRET,
    }
    running.command("accounts", "add", READER)
    try:
        running.start()
        yield running
    finally:
        if running.process is not None:
            running.stop()


def proven(title: str) -> bytes:
    """An export from the reader, with the signature of his domain."""
    return sign(mail(notebook_html(2, title=title)), DKIM, "example.org")


def test_every_provider_brings_notes(service: Relaying, tmp_path: Path) -> None:
    """A signed export by each of the five becomes notes, and is durable when 200 is said."""
    accepted = (200, "accepted, durable")
    assert service.by_postmark(proven("Postmark")) == accepted
    assert service.by_mailgun(proven("Mailgun")) == accepted
    assert service.by_sendgrid(proven("SendGrid")) == accepted
    assert service.by_margins(proven("Margins")) == accepted
    url = f"http://127.0.0.1:{service.relay_port}/relay/cloudflare"
    end = run_worker(tmp_path, url, WORKER, proven("Cloudflare"), sender=READER, to=IMPORT)
    assert end == End(rejected="", thrown="")
    assert len(service.inbox()) == 5
    assert {state for _, state, _ in service.settled(5)} == {"delivered"}
    shelf = service.graphql("{ publications(first: 9) { nodes { title } } }")["publications"]
    titles = sorted(book["title"] for book in shelf["nodes"])
    assert titles == ["Cloudflare", "Mailgun", "Margins", "Postmark", "SendGrid"]


def test_a_mail_that_is_posted_again_is_known(service: Relaying) -> None:
    """The same mail by another provider, or again, is 200 and imported once."""
    content = proven("Twice")
    assert service.by_mailgun(content)[1] == "accepted, durable"
    assert service.by_mailgun(content) == (200, "duplicate")
    assert service.by_sendgrid(content) == (200, "duplicate")
    assert len(service.settled()) == 1


def test_no_provider_vouches_for_an_author(service: Relaying, tmp_path: Path) -> None:
    """A genuine request with an author whom nothing proves ends the provider's tries."""
    forged = mail(notebook_html(1))
    assert service.by_postmark(forged) == (403, "unauthenticated")
    assert service.by_mailgun(forged) == (406, "unauthenticated")
    assert service.by_sendgrid(forged) == (403, "unauthenticated")
    assert service.by_margins(forged, client="127.0.0.1") == (403, "unauthenticated")
    url = f"http://127.0.0.1:{service.relay_port}/relay/cloudflare"
    end = run_worker(tmp_path, url, WORKER, forged, sender=READER, to=IMPORT)
    assert end == End(rejected="Author could not be verified", thrown="")


def test_spf_needs_a_client_that_is_known(service: Relaying) -> None:
    """Together with the secret address it proves the author, if the provider names the client."""
    secret = service.command("accounts", "secret", READER).stdout.split()[0]
    sent = {"from": READER, "to": [secret]}
    unsigned = [mail(notebook_html(1, title=f"Unsigned {n}")) for n in range(3)]
    assert service.by_margins(unsigned[0], **sent, client="192.0.2.25")[0] == 200
    assert service.by_margins(unsigned[1], **sent, client="192.0.2.99")[0] == 403
    assert service.by_margins(unsigned[2], **sent)[0] == 403


@pytest.mark.slow
def test_what_was_answered_200_survives_kill_9(service: Relaying) -> None:
    """It is delivered by the next start."""
    service.settings |= {"MARGINS_LEASE_SECONDS": "3", "MARGINS_API_SECONDS": "2"}
    service.stop()
    service.start()
    content = sign(mail(notebook_html(400)), DKIM, "example.org")
    assert service.by_sendgrid(content)[0] == 200
    service.stop(signal.SIGKILL)
    service.start()
    assert service.settled()[0][1] == "delivered"


def test_no_secret_is_in_the_log(service: Relaying) -> None:
    """After good requests and bad ones the log has none of them."""
    service.by_postmark(proven("Log"))
    service.by_mailgun(proven("Log too"))
    service.post("margins", signed("x" * 32), b"")
    service.post("postmark", {"Content-Type": "application/json", "Authorization": "Basic x"}, b"")
    service.stop()
    log = (service.data.parent / f"{service.data.name}.log").read_text()
    assert "margins: 401" in log
    for secret in (PASSWORD, KEY, SECRET, WORKER, b64encode(PASSWORD.encode()).decode()[:20]):
        assert secret not in log


def test_without_secrets_there_is_no_relay(tmp_path: Path) -> None:
    """Nothing listens on its port."""
    running = Running(tmp_path / "bare", settings={"MARGINS_RELAY_PORT": str(free_port())})
    try:
        running.start()
        with pytest.raises(OSError, match="refused"):
            urlopen(f"http://127.0.0.1:{running.settings['MARGINS_RELAY_PORT']}/healthz", timeout=5)
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["postmark_passwords", "mailgun_keys", "margins_secrets"])
def test_a_short_secret_does_not_start(tmp_path: Path, name: str) -> None:
    """The service says which setting, and how to make a good one."""
    running = Running(tmp_path / "data", settings={f"MARGINS_RELAY_{name.upper()}": "short"})
    ran = running.command("serve", check=False)
    assert ran.returncode == 78
    assert f"relay_{name}" in ran.stderr
    assert "openssl rand" in ran.stderr
