"""Judging is shared: who sends many mails that take long waits for his own."""

from __future__ import annotations

import threading

from margins.agent.judges import Judges


class _Court:
    """Judgements that last until they are told to end, and who has had one."""

    def __init__(self, most: int) -> None:
        self.judges = Judges(most)
        self.free = threading.Event()
        self.begun: list[str] = []
        self.let_go: list[str] = []
        self._changed = threading.Condition()

    def send(self, who: str, *, slow: bool = True) -> None:
        """One mail."""

        def judge() -> None:
            with self._changed:
                self.begun.append(who)
                self._changed.notify_all()
            if slow:
                self.free.wait(10)

        self.judges.submit(who, judge, lambda: self.let_go.append(who))

    def waits_for(self, number: int) -> list[str]:
        """Whose judgements have begun, once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= number, 5)
            return list(self.begun)


def test_one_sender_holds_a_quarter_of_the_judges() -> None:
    """However many he sends, the next sender's mail is judged at once."""
    court = _Court(8)
    for _ in range(100):
        court.send("slow")
    court.send("other", slow=False)
    assert sorted(court.waits_for(3)) == ["other", "slow", "slow"]
    court.free.set()
    court.judges.close()


def test_senders_take_turns() -> None:
    """Each sender's first waiting mail comes before anybody's second."""
    court = _Court(1)
    court.send("a")
    court.waits_for(1)
    for who in "aabbc":
        court.send(who, slow=False)
    court.free.set()
    assert court.waits_for(6)[1:] == ["a", "b", "c", "a", "b"]
    court.judges.close()


def test_closing_lets_go_of_what_waits() -> None:
    """Each mail is judged or let go, never both and never neither, and then no more is taken."""
    court = _Court(4)
    for number in range(50):
        court.send(f"peer {number % 5}")
    court.waits_for(4)
    threading.Timer(0.1, court.free.set).start()
    court.judges.close()
    assert len(court.begun) + len(court.let_go) == 50
    court.send("late")
    assert court.let_go[-1] == "late"
