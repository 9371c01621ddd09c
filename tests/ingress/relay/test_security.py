"""What is posted by those who are not the provider, and what must not come out of the relay."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest
from posting import CONTENT, MAX_BYTES, NOW, TO, Posting, multipart, posting, signed

from margins.ingress.relay import Mailgun, Postmark, Signed
from margins.ingress.relay.intake import Intake
from margins.mail import Outcome

SECRET = "tide-and-time-wait-for-no-reader"
PASSWORD = "a-long-password-of-postmark"
KEY = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
PART = b'--x\r\nContent-Disposition: form-data; name="a"'
FIRST, SECOND = (f"u-{letter * 32}@secret.example" for letter in "ab")
LARGEST = MAX_BYTES + 1024 * 1024  # a body: message and overhead


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay for three providers."""
    with posting(Signed("margins", [SECRET]), Postmark([PASSWORD]), Mailgun([KEY])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new."""
    return running.begin()


@pytest.mark.parametrize(
    "path", ["sendgrid", "cloudflare", "", "margins/", "mailgun", "../healthz"]
)
def test_a_provider_without_a_secret_is_not_there(relay: Posting, path: str) -> None:
    """It is 404, as is every other path: nothing tells which providers there might be."""
    assert relay.post(path, signed(SECRET), CONTENT).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_posted(relay: Posting, method: str) -> None:
    """Any other method is 405."""
    assert relay.post("margins", signed(SECRET), CONTENT, method=method).status == 405
    assert relay.mails == []


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("margins", "text/plain"),
        ("margins", "message/rfc822x"),
        ("margins", ""),
        ("postmark", "text/json"),
        ("mailgun/mime", "application/json"),
        ("mailgun/mime", "multipart/mixed; boundary=x"),
        ("mailgun/mime", "multipart/form-data"),
        ("mailgun/mime", f"multipart/form-data; boundary={'x' * 71}"),
    ],
)
def test_content_types_are_strict(relay: Posting, path: str, content_type: str) -> None:
    """Another type than the provider posts is 415; no form on a web page can post those."""
    credentials = b64encode(f"x:{PASSWORD}".encode()).decode()
    headers = signed(SECRET) | {
        "Content-Type": content_type,
        "Authorization": f"Basic {credentials}",
    }
    assert relay.post(path, headers, CONTENT).status == 415


def test_compressed_bodies_are_not_opened(relay: Posting) -> None:
    """A request cannot become larger than it came."""
    headers = signed(SECRET) | {"Content-Encoding": "gzip"}
    assert relay.post("margins", headers, CONTENT).status == 415


def test_a_proof_stands_there_once(relay: Posting) -> None:
    """With two signatures nobody can say which one was checked."""
    lines = [*signed(SECRET).items(), ("Margins-Signature", "0" * 64)]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    request = (
        f"POST /relay/margins HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}"
        f"Content-Length: {len(CONTENT)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", relay.port), 10) as sock:
        sock.sendall(request.encode() + CONTENT)
        assert b" 401 " in sock.makefile("rb").readline()


def test_nothing_is_received_for_a_forged_head(relay: Posting) -> None:
    """The answer comes before the body: a stranger's gigabyte costs nothing."""
    head = "".join(f"{name}: {value}\r\n" for name, value in signed("x" * 32).items())
    request = f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 1000000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", relay.port), 10) as sock:
        sock.sendall(request.encode())
        assert b" 401 " in sock.makefile("rb").readline()


@pytest.mark.parametrize("more", [1, 8 * 1024 * 1024])
def test_a_body_beyond_the_limit(relay: Posting, more: int) -> None:
    """It is 413 at its end, whether or not it says its length, and never in memory as a whole."""
    content = b"x" * (MAX_BYTES + more)
    answer = relay.post("margins", signed(SECRET, content), content)
    assert (answer.status, answer.headers["Margins-Outcome"]) == (413, Outcome.TOO_LARGE.value)
    in_chunks = iter([content[:1000], content[1000:]])
    assert relay.post("margins", signed(SECRET, content), in_chunks).status == 413
    assert relay.mails == []


def test_a_slow_body_is_given_up() -> None:
    """A client that trickles is cut off after its time."""
    with posting(Signed("margins", [SECRET]), intake=Intake(seconds=0.3)) as relay:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET).items())
        request = f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9999\r\n\r\n"
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", relay.port), 10) as sock:
            sock.sendall(request.encode() + b"From")
            assert b" 408 " in sock.makefile("rb").readline()
        assert time.monotonic() - began < 5


def test_silence_after_a_burst_is_given_up() -> None:
    """What was sent at once earns patience, but no more than there is for anybody."""
    intake = Intake(patience=0.4, rate=1000)
    with posting(Signed("margins", [SECRET]), intake=intake) as relay:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET).items())
        request = f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 99999\r\n\r\n"
        with socket.create_connection(("127.0.0.1", relay.port), 10) as sock:
            sock.sendall(request.encode() + b"x" * 90_000)
            began = time.monotonic()
            assert b" 408 " in sock.makefile("rb").readline()
        assert time.monotonic() - began < 5
        steady = (b"x" * 400 for _ in range(8) if not time.sleep(0.2))
        content = b"x" * 3200
        assert relay.post("margins", signed(SECRET, content), steady).status != 408


def test_one_peer_does_not_take_the_memory_of_others() -> None:
    """It has a quarter, and a body of another peer is taken meanwhile."""
    body = b"x" * MAX_BYTES
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET, body).items())
    request = (
        f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {MAX_BYTES}\r\n\r\n"
    )
    with (
        posting(Signed("margins", [SECRET]), intake=Intake(memory=4 * LARGEST)) as relay,
        contextlib.ExitStack() as held,
    ):
        for _ in range(4 * LARGEST // MAX_BYTES):
            sock = held.enter_context(
                socket.create_connection(("127.0.0.1", relay.port), 10, ("127.0.0.2", 0))
            )
            sock.sendall(request.encode() + body[:-1])
        time.sleep(0.3)
        assert relay.post("margins", signed(SECRET, body), body).status == 200


def test_a_slow_body_does_not_hold_up_the_end() -> None:
    """A mail that is being posted when the service stops is left to its provider."""
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET).items())
    request = f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9999\r\n\r\n"
    with contextlib.ExitStack() as held:
        with posting(Signed("margins", [SECRET])) as relay:
            sock = held.enter_context(socket.create_connection(("127.0.0.1", relay.port), 10))
            sock.sendall(request.encode() + b"From")
            time.sleep(0.2)
            began = time.monotonic()
        assert time.monotonic() - began < 10
        assert relay.mails == []


def test_memory_is_shared_and_given_back() -> None:
    """A body that finds no memory is 503; once it is given back the next one is taken."""
    body = b"x" * MAX_BYTES
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET, body).items())
    request = (
        f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {MAX_BYTES}\r\n\r\n"
    )
    with (
        posting(Signed("margins", [SECRET]), intake=Intake(memory=0)) as relay,
        contextlib.ExitStack() as held,
    ):
        for _ in range(LARGEST // MAX_BYTES):  # so many all but fill it
            sock = held.enter_context(socket.create_connection(("127.0.0.1", relay.port), 10))
            sock.sendall(request.encode() + body[:-1])
        time.sleep(0.3)
        answer = relay.post("margins", signed(SECRET, body), body)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
        held.close()
        time.sleep(0.3)
        assert relay.post("margins", signed(SECRET, body), body).status == 200


def test_a_peer_that_goes_away_takes_its_memory_with_it() -> None:
    """Half a body leaves nothing behind, and neither does a refusal."""
    intake = Intake()
    with posting(Signed("margins", [SECRET]), intake=intake) as relay:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(SECRET).items())
        request = f"POST /relay/margins HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9999\r\n\r\n"
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", relay.port), 10) as sock:
                sock.sendall(request.encode() + b"x" * 9_000)
        assert relay.post("margins", signed(SECRET), CONTENT + b"x").status == 401
        assert relay.post("margins", signed(SECRET), b"x" * 2_000_000).status == 413
        deadline = time.monotonic() + 5
        while intake._held and time.monotonic() < deadline:
            time.sleep(0.02)
        assert intake._held == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n",
        b"--x--",
        b"--x\r\n\r\n\r\nvalue\r\n--x--",
        b"--x\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; filename="token"\r\n\r\nvalue\r\n--x--',
        b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nvalue',
        b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nvalue\r\n--x\r\n',
        PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--x--",
        b"--x\r\nX: " + b"y" * 10_000 + b"\r\n\r\n\r\n--x--",
        (PART + b"\r\n\r\n\r\n") * 1_001 + b"--x--",
    ],
)  # fmt: skip
def test_forms_that_are_none(relay: Posting, body: bytes) -> None:
    """Whatever is not a whole form is 422."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert relay.post("mailgun/mime", headers, body).status == 422


@pytest.mark.parametrize(
    "body", [b"", b"token", b"a=1&&b=2", b"x" * 2_000 + b"=1", b"a=1&" * 1_001 + b"b=2"]
)
def test_urlencoded_forms_that_are_none(relay: Posting, body: bytes) -> None:
    """The same in the other encoding."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert relay.post("mailgun/mime", headers, body).status == 422


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"%41" * 400_000,
        b"%41" * 400_000 + b"=a",
        b"&" * 1_200_000,
        b"a=1&" * 300_000,
        b"--x\r\n" * 240_000,
        b"\r\n--x" * 240_000,
    ],
)
def test_hostile_forms_cost_little_time(relay: Posting, body: bytes) -> None:
    """A megabyte of anything is answered before it could hold anybody up."""
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        began = time.monotonic()
        assert relay.post("mailgun/mime", {"Content-Type": content_type}, body).status == 422
        assert time.monotonic() - began < 2


def test_no_secret_is_in_the_log(relay: Posting, caplog: pytest.LogCaptureFixture) -> None:
    """Neither passwords, keys, tokens and signatures nor secret import addresses are written."""
    credentials = b64encode(f"x:{PASSWORD}-not".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
    with caplog.at_level(logging.DEBUG):
        assert relay.post("postmark", headers, b"{}").status == 401
        head = signed(SECRET, to=[FIRST])
        assert relay.post("margins", head, CONTENT).status == 200
        assert relay.post("margins", head, CONTENT + b"x").status == 401
        form = {"timestamp": str(NOW), "token": "the-token", "signature": "the-signature"}
        content_type, body = multipart(form)
        assert relay.post("mailgun/mime", {"Content-Type": content_type}, body).status == 401
    assert "mailgun/mime: 401" in caplog.text
    for secret in (PASSWORD, SECRET, KEY, credentials, "the-token", "the-signature", FIRST[:34]):
        assert secret not in caplog.text
    assert head["Margins-Signature"] not in caplog.text


def test_what_is_wrong_is_said_to_the_operator_alone(relay: Posting) -> None:
    """All refusals read the same from outside."""
    late = relay.post("margins", signed(SECRET, at=NOW - 1_000), CONTENT)
    forged = relay.post("margins", signed("x" * 32), CONTENT)
    assert (late.status, late.text) == (forged.status, forged.text)


def test_one_mail_never_has_two_secret_addresses(relay: Posting) -> None:
    """Each makes a mail of its own, so that one mail never belongs to two accounts."""
    assert (
        relay.post("margins", signed(SECRET, to=[FIRST, TO, SECOND, FIRST]), CONTENT).status == 200
    )
    assert [mail.envelope.forward_paths for mail in relay.mails] == [(FIRST, TO), (SECOND,)]


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ((Outcome.ACCEPTED, Outcome.UNAVAILABLE), 503),
        ((Outcome.UNKNOWN_SENDER, Outcome.UNAVAILABLE), 503),
        ((Outcome.UNKNOWN_SENDER, Outcome.ACCEPTED), 200),
        ((Outcome.UNKNOWN_SENDER, Outcome.UNAUTHENTICATED), 403),
    ],
)
def test_the_answer_for_several(
    relay: Posting, outcomes: tuple[Outcome, Outcome], status: int
) -> None:
    """What was deferred is tried again with all others, which are duplicates then."""
    relay.outcome = lambda _: outcomes[len(relay.mails) - 1]
    answer = relay.post("margins", signed(SECRET, to=[FIRST, SECOND]), CONTENT)
    assert (answer.status, len(relay.mails)) == (status, 2)


def test_recipients_without_end(relay: Posting) -> None:
    """More than a hundred are refused."""
    many = [f"r{n}@secret.example" for n in range(101)]
    assert relay.post("margins", signed(SECRET, to=many), CONTENT).status == 422
    assert relay.mails == []
