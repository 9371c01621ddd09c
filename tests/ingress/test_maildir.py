"""Mail is taken from a Maildir, judged, and filed there."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from reader import ADA, TO, Reader, signed
from signing import NOW, mail, rsa_key, sign

from margins.agent.fetching import Collector, Fetcher, Stopped, Tally
from margins.agent.receive import Receipt, receive
from margins.errors import ConfigError, Unavailable
from margins.ingress.maildir import Rules, open_maildir
from margins.mail import MailObject, Outcome
from margins.mail.reply import Filing

NEVER = "1764560000.M1P1.host"


@dataclass(kw_only=True)
class Box(Reader):
    """A Maildir, and the agent its mail is handed over to."""

    path: Path
    collector: Collector[str] | None = None
    delivered: int = 0
    stop: Event = field(default_factory=Event)

    def deliver(self, content: bytes, name: str = "") -> Path:
        """As a delivery agent does: written in tmp, then moved to new."""
        self.delivered += 1
        name = name or f"{1764560000 + self.delivered}.M{self.delivered}P1.host"
        (self.path / "tmp" / name).write_bytes(content)
        return (self.path / "tmp" / name).rename(self.path / "new" / name)

    def rules(self, **changes: object) -> Rules:
        """Of this Maildir."""
        return Rules(**{"path": self.path, "addresses": (TO,), "max_bytes": 100_000, **changes})

    def look(self, hand_over: Callable[[MailObject], Receipt] | None = None) -> Tally:
        """Look into it once."""
        if self.collector is None:
            hand_over = hand_over or partial(receive, self.agent)
            self.collector = Collector(self.rules(), hand_over, now=lambda: self.now)
        with open_maildir(self.rules(), self.stop) as folder:
            return self.collector.collect(folder)

    def names(self, folder: str) -> list[str]:
        """What lies there."""
        return sorted(os.listdir(self.path / folder))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """An empty one."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return Box(path=tmp_path)


def test_a_signed_mail_is_taken_and_filed_as_seen(box: Box) -> None:
    """It is accepted as it is, and when it was delivered is when it was received."""
    delivered = box.deliver(signed())
    os.utime(delivered, (NOW - 30, NOW - 30))
    seen: list[float | None] = []

    def hand_over(content: MailObject) -> Receipt:
        seen.append(content.arrived)
        return receive(box.agent, content)

    assert box.look(hand_over).outcomes == [Outcome.ACCEPTED]
    [entry] = box.ledger.entries()
    assert box.store.get(entry.digest) == signed()
    assert (entry.envelope.ingress, entry.envelope.forward_paths) == ("maildir", (TO,))
    assert seen == [pytest.approx(NOW - 30, abs=0.01)]
    assert (box.names("new"), box.names("cur")) == ([], [f"{delivered.name}:2,S"])


def test_lines_may_end_as_they_do_on_this_machine(box: Box) -> None:
    """Delivery agents write LF; the signature was made over CRLF."""
    box.deliver(signed().replace(b"\r\n", b"\n"))
    assert box.look().outcomes == [Outcome.ACCEPTED]


def test_mail_that_is_refused_is_flagged_and_stays(box: Box) -> None:
    """Forged, of a stranger, too large, or for others: judged once, and never deleted."""
    forged = sign(mail(ADA, to=TO), rsa_key("mallory"), "attack.example")
    stranger = sign(mail("eve@attack.example", to=TO), rsa_key("mallory"), "attack.example")
    for content in (forged, stranger, signed("x" * 200_000), signed(to="friend@else.example")):
        box.deliver(content)
    assert box.look().outcomes == [
        Outcome.UNAUTHENTICATED,
        Outcome.UNKNOWN_SENDER,
        Outcome.TOO_LARGE,
        Outcome.UNKNOWN_RECIPIENT,
    ]
    assert box.names("new") == []
    assert [name.endswith(":2,F") for name in box.names("cur")] == [True] * 4


def test_a_refused_mail_that_is_moved_back_is_judged_again(box: Box) -> None:
    """Also while the process runs, and before it has looked again."""
    delivered = box.deliver(mail(ADA, to=TO))
    for _ in range(3):
        assert box.look().outcomes == [Outcome.UNAUTHENTICATED]
        (filed,) = box.names("cur")
        (box.path / "cur" / filed).rename(delivered)


def test_what_is_down_leaves_mail_in_new(box: Box) -> None:
    """Until its time has come, and it is up."""
    box.deliver(signed())
    box.ledger.failing = Unavailable("It is down.")
    assert box.look().count(Filing.LEFT) == 1
    assert len(box.names("new")) == 1
    box.ledger.failing = None
    assert box.look().outcomes == []
    box.now += 3
    assert box.look().outcomes == [Outcome.ACCEPTED]


def test_a_crash_before_it_is_filed_makes_a_duplicate(box: Box) -> None:
    """The mail was durable: it is found again, known, filed, and there once."""
    box.deliver(signed())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            box.look()
    assert box.rows() == [("accepted", ADA)]
    box.collector = None
    assert box.look().outcomes == [Outcome.DUPLICATE]
    assert (box.rows(), box.names("new")) == ([("accepted", ADA)], [])


def test_a_name_that_is_taken_in_cur_is_left_to_its_mail(box: Box) -> None:
    """Nothing is written over, whatever a delivery agent calls its mails."""
    (box.path / "cur" / f"{NEVER}:2,S").write_text("another mail")
    box.deliver(signed(), NEVER)
    assert box.look().outcomes == [Outcome.ACCEPTED]
    assert box.names("cur") == [f"{NEVER}.1:2,S", f"{NEVER}:2,S"]
    assert (box.path / "cur" / f"{NEVER}:2,S").read_text() == "another mail"


def test_what_is_no_file_of_its_own_is_no_mail(box: Box) -> None:
    """A link to another file, a pipe without a writer, a folder: left alone, not waited for."""
    secret = box.path / "secret"
    secret.write_bytes(signed())
    (box.path / "new" / "link").symlink_to(secret)
    os.mkfifo(box.path / "new" / "pipe")
    (box.path / "new" / "folder").mkdir()
    (box.path / "new" / ".hidden").write_bytes(signed())
    assert box.look().outcomes == []
    assert (box.rows(), len(box.names("new"))) == ([], 4)
    with open_maildir(box.rules(), box.stop) as folder:
        assert [folder.content(name) for name in ("link", "pipe", "gone")] == [None] * 3


def test_a_long_header_is_read_to_its_end(box: Box) -> None:
    """Recipients may stand below more fields than are looked at."""
    box.deliver(signed(extra=("X-Long: " + "x" * 700,) * 99))
    assert box.look().outcomes == [Outcome.ACCEPTED]


@pytest.mark.parametrize("name", ["a\nb", "ä", os.fsdecode(b"\xff\xfe"), "x:2,S", "ä" * 127])
def test_a_file_may_have_any_name(box: Box, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is filed, and its name makes no line of its own in the log."""
    caplog.set_level("INFO")
    box.deliver(signed(), name)
    assert box.look().outcomes == [Outcome.ACCEPTED]
    assert box.names("new") == []
    assert all(line.isprintable() for line in caplog.messages)


def test_a_mail_that_cannot_be_filed_is_tried_later(box: Box) -> None:
    """And the others do not wait behind it; it is there once."""
    box.deliver(signed("One.\n"))
    box.deliver(signed("Two.\n"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", lambda *_: os.stat(box.path / "nowhere"))
        with pytest.raises(Unavailable):
            box.look()
    assert box.look().outcomes == [Outcome.ACCEPTED]
    box.now += 3
    assert box.look().outcomes == [Outcome.DUPLICATE]
    assert (box.rows(), box.names("new")) == ([("accepted", ADA)] * 2, [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_tried_later(box: Box) -> None:
    """And the others do not wait behind it."""
    box.deliver(signed("One.\n")).chmod(0)
    box.deliver(signed("Two.\n"))
    with pytest.raises(Unavailable, match="Permission denied"):
        box.look()
    assert box.look().outcomes == [Outcome.ACCEPTED]


def test_what_is_no_maildir_is_named(tmp_path: Path) -> None:
    """With what it should be."""
    rules = Rules(path=tmp_path / "nowhere", addresses=(TO,))
    with pytest.raises(ConfigError, match="nowhere/new is no folder"), open_maildir(rules, Event()):
        pass


@pytest.fixture
def fetcher(box: Box) -> Iterator[Fetcher[str]]:
    """It stays with the Maildir, and would look by itself once in an hour."""
    rules = box.rules(seconds=3600.0)
    made = Fetcher("maildir", rules, partial(open_maildir, rules), box.submit)
    made.start()
    yield made
    made.stop(seconds=5)


def test_new_mail_wakes_it(box: Box, fetcher: Fetcher[str]) -> None:
    """Within a second or two."""
    for number in range(2):
        box.deliver(signed(f"{number}\n"))
        until = time.monotonic() + 10
        while len(box.names("cur")) <= number and time.monotonic() < until:
            time.sleep(0.05)
        assert len(box.rows()) == number + 1


def test_it_stops_while_it_waits(box: Box, fetcher: Fetcher[str]) -> None:
    """At once."""
    began = time.monotonic()
    fetcher.stop(seconds=5)
    assert time.monotonic() - began < 2
    assert "maildir" not in {thread.name for thread in threading.enumerate()}
    with open_maildir(box.rules(), box.stop) as folder:
        box.stop.set()
        with pytest.raises(Stopped):
            folder.wait(3600.0)


def test_a_maildir_that_went_away_is_found_again(box: Box) -> None:
    """As when a network's disk was away: the next look takes what waits."""
    box.deliver(signed())
    rules = box.rules()
    with open_maildir(rules, box.stop) as folder:
        box.path.joinpath("new").rename(box.path / "away")
        with pytest.raises(Unavailable, match="new"):
            folder.search()
    box.path.joinpath("away").rename(box.path / "new")
    assert box.look().outcomes == [Outcome.ACCEPTED]
