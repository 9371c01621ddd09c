"""The thread that stays with a mailbox, and what it says when it is not let in."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from counter import Counter
from dovecot import Dovecot, dovecot
from reader import signed

sys.path.append(str(Path(__file__).parents[2] / "e2e"))

from certificates import self_signed

from margins.agent.fetching import Fetcher
from margins.agent.receive import Receipt
from margins.errors import ConfigError, Refused, Unavailable
from margins.ingress.imap import open_session
from margins.ingress.imap.session import TAKEN
from margins.mail import MailObject

pytestmark = pytest.mark.slow


def _wait_for(true: Callable[[], object], seconds: float = 10.0) -> float:
    """Seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def fetcher(counter: Counter) -> Iterator[Fetcher[int]]:
    """It looks once an hour, unless it is woken."""
    made = counter.fetcher(counter.rules(seconds=3600.0))
    made.start()
    yield made
    made.stop(seconds=5)


def test_new_mail_wakes_it(counter: Counter, fetcher: Fetcher[int]) -> None:
    """By IDLE, within two seconds; also the mail after that."""
    for number in range(1, 3):
        counter.mailbox.put(signed(f"{number}\n"))
        assert _wait_for(lambda n=number: len(counter.rows()) == n) < 2
    _wait_for(lambda: counter.mailbox.flags() == [{TAKEN}] * 2)


def test_a_server_without_idle_is_looked_at_again() -> None:
    """As often as the settings say."""
    with dovecot(capability="IMAP4rev1") as running:
        counter = Counter(mailbox=running.mailbox())
        fetcher = counter.fetcher(counter.rules(seconds=0.3))
        fetcher.start()
        try:
            for number in range(1, 3):
                counter.mailbox.put(signed(f"{number}\n"))
                _wait_for(lambda n=number: len(counter.rows()) == n)
        finally:
            fetcher.stop(seconds=5)


def test_what_was_down_is_tried_again_by_itself(counter: Counter) -> None:
    """After the wait of the settings, long before the next look."""
    counter.mailbox.put(signed())
    counter.ledger.failing = Unavailable("It is down.")
    fetcher = counter.fetcher(counter.rules(seconds=3600.0, retry_seconds=0.5))
    fetcher.start()
    try:
        time.sleep(0.3)
        counter.ledger.failing = None
        _wait_for(lambda: counter.mailbox.flags() == [{TAKEN}])
    finally:
        fetcher.stop(seconds=5)


def test_it_stops_while_it_waits(counter: Counter, fetcher: Fetcher[int]) -> None:
    """In a second, whatever the server would have said next."""
    counter.mailbox.put(signed())
    _wait_for(lambda: counter.mailbox.flags() == [{TAKEN}])
    began = time.monotonic()
    fetcher.stop(seconds=5)
    assert time.monotonic() - began < 1


def test_it_comes_back_after_the_server(
    server: Dovecot,
    counter: Counter,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that ends the session is a line in the log, and is asked again."""
    monkeypatch.setattr("margins.agent.fetching.fetcher._FIRST_RETRY", 0.2)
    fetcher = counter.fetcher(counter.rules(seconds=3600.0))
    fetcher.start()
    try:
        counter.mailbox.put(signed("1\n"))
        _wait_for(lambda: counter.mailbox.flags() == [{TAKEN}])
        server.kick(counter.mailbox.user)
        _wait_for(lambda: "no mail is fetched for" in caplog.text)
        counter.mailbox.put(signed("2\n"))
        _wait_for(lambda: counter.mailbox.flags() == [{TAKEN}] * 2)
    finally:
        fetcher.stop(seconds=5)


def test_a_wrong_password_says_what_to_do(counter: Counter) -> None:
    """And does not repeat the password."""
    with pytest.raises(Refused) as raised, counter.session(password="wrong sesame"):
        pass
    said = str(raised.value)
    assert f"does not let {counter.mailbox.user} in" in said
    assert "app password" in said
    assert "wrong sesame" not in said


@pytest.mark.parametrize("setting", ["folder", "done"])
def test_a_folder_there_is_not(counter: Counter, setting: str) -> None:
    """The setting is named, and so are the folders there are."""
    counter.mailbox.create('"B&APw-cher"')
    with pytest.raises(ConfigError) as raised, counter.session(**{setting: "Bücherei"}):
        pass
    assert f"imap_{setting}: The mailbox has no folder 'Bücherei'" in str(raised.value)
    assert "Bücher" in raised.value.remedy
    assert "INBOX" in raised.value.remedy


def test_tls_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate nobody vouches for, another's, and no TLS at all: no password is sent."""
    certificate = self_signed(tmp_path)
    with dovecot(certificate=certificate) as running:
        counter = Counter(mailbox=running.mailbox())
        secured = {"tls": True, "port": running.tls_port, "host": "localhost"}
        with pytest.raises(ConfigError, match="cannot be believed"), counter.session(**secured):
            pass
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert ssl.get_default_verify_paths().cafile == str(certificate[0])
        counter.mailbox.put(signed())
        assert len(counter.look(**secured).outcomes) == 1
        for wrong, said in (
            ({"host": "127.0.0.1"}, "cannot be believed"),
            ({"port": running.port}, "speaks no TLS"),
        ):
            with pytest.raises(ConfigError, match=said), counter.session(**{**secured, **wrong}):
                pass
        assert "auth failed" not in running.log


def test_a_stop_ends_a_fetch(counter: Counter) -> None:
    """While a mail is being judged, which may take long."""
    counter.mailbox.put(signed())
    asked = Event()

    def never(_: MailObject) -> Future[Receipt]:
        asked.set()
        return Future()

    rules = counter.rules()
    fetcher = Fetcher("imap", rules, partial(open_session, rules), never)
    fetcher.start()
    assert asked.wait(5)
    began = time.monotonic()
    fetcher.stop(seconds=5)
    assert time.monotonic() - began < 1
    assert counter.mailbox.flags() == [set()]
