"""The stages of a mail, as its row in the ledger tells them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from margins.console.stages import Mark, stages
from margins.mail.envelope import Envelope
from margins.ports import Entry, Status

ENTRY = Entry(
    id="01A",
    status=Status.ACCEPTED,
    account="a",
    digest="d",
    fingerprint="f",
    size=1234,
    envelope=Envelope(reverse_path="r@example.org", forward_paths=("i@localhost",), trusted=True),
    author="r@example.org",
    subject="Notes",
    reason="r@example.org is registered; the peer is trusted",
    received_at=10.0,
    changed_at=20.0,
    attempts=1,
)


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (Status.REJECTED, ["Received", "Rejected"]),
        (Status.HELD, ["Received", "Held"]),
        (Status.ACCEPTED, ["Received", "Admitted", "Waiting"]),
        (Status.DELIVERING, ["Received", "Admitted", "Delivering"]),
        (Status.DEFERRED, ["Received", "Admitted", "Deferred"]),
        (Status.FAILED, ["Received", "Admitted", "Failed"]),
        (Status.DELIVERED, ["Received", "Admitted", "Delivered"]),
    ],
)
def test_the_stages_reached(status: Status, names: list[str]) -> None:
    """Every state has its own last stage, and none claims what has not happened."""
    assert [stage.name for stage in stages(replace(ENTRY, status=status))] == names


@pytest.mark.parametrize("status", Status)
def test_only_the_last_stage_is_open(status: Status) -> None:
    """What lies behind is done; what went wrong or is under way comes last."""
    *before, _ = stages(replace(ENTRY, status=status))
    assert all(stage.mark is Mark.DONE for stage in before)


def test_a_replay_is_a_stage_of_its_own() -> None:
    """It stands between the admission and the delivery, with its time."""
    entry = replace(ENTRY, status=Status.DELIVERED, replays=2, begun_at=15.0)
    replayed = stages(entry)[2]
    assert (replayed.name, replayed.at) == ("Replayed", 15.0)
    assert "2 times" in replayed.sentence


@pytest.mark.parametrize("status", [Status.DELIVERING, Status.DELIVERED, Status.FAILED])
def test_why_it_was_let_in_stays_on_its_page(status: Status) -> None:
    """With the evidence, when the reason of its row has long been another one."""
    evidence = "r@example.org is registered; dkim=pass (strict alignment) header.d=example.org"
    entry = replace(ENTRY, status=status, reason="2 new", admitted=evidence)
    assert stages(entry)[1].sentence == evidence


def test_what_an_older_ledger_did_not_keep_is_not_made_up() -> None:
    """The page says that it is not known."""
    entry = replace(ENTRY, status=Status.DELIVERED, reason="2 new")
    assert "was not kept" in stages(entry)[1].sentence
