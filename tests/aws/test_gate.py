"""The function SES asks."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from functions import READER, Context, silence
from running import mail

from margins.aws import gate, parts
from margins.aws.receipts import Passed
from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.gate import Policy
from margins.local.events import VERDICTS, ses_event
from margins.local.stack import Local
from margins.mail.address import Address
from margins.mail.receipt import Verdict

SECRET = "u-" + "a2" * 16 + "@notes.example"


def _ask(sender: str = READER, to: str = "import@notes.example", **verdicts: str) -> object:
    event = ses_event(
        mail("x", sender=sender),
        id_="id-1",
        source=sender,
        recipients=[to],
        now=0.0,
        verdicts=VERDICTS | verdicts,
    )
    return gate.handler(event, Context())


GO, STOP = {"disposition": "CONTINUE"}, {"disposition": "STOP_RULE_SET"}


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        ({}, GO),
        ({"dmarc": "GRAY"}, GO),
        ({"dmarc": "PROCESSING_FAILED"}, GO),
        ({"dmarc": "FAIL"}, STOP),
        ({"virus": "FAIL"}, STOP),
        ({"spam": "FAIL"}, GO),
        ({"spf": "FAIL", "dkim": "FAIL"}, GO),
    ],
)
def test_a_registered_reader(stack: Local, verdicts: dict[str, str], answer: object) -> None:
    """Stopped only by a DMARC that failed or a virus; every doubt is left to the parser."""
    assert _ask(**verdicts) == answer


def test_a_stranger_is_stopped(stack: Local) -> None:
    """Nothing is stored, and nobody is answered."""
    assert _ask("eve@example.net") == STOP


def test_a_secret_address_is_left_to_the_parser(stack: Local) -> None:
    """Whoever knows it may not be registered and may write all the same."""
    assert _ask("eve@example.net", SECRET) == GO


def test_where_strangers_are_held(answering: Local) -> None:
    """They go on to the parser, unless their DMARC failed."""
    assert answering.senders.accounts()
    assert _ask("eve@example.net") == GO
    assert _ask("eve@example.net", dmarc="FAIL") == STOP


def test_who_was_asked_for_a_code_may_answer(stack: Local) -> None:
    """As long as the code is good, and nobody else."""
    access, eve = stack.senders.access, Address("eve", "example.net")
    access.propose("ada", eve, now=time.time() - 86_401)
    assert _ask("eve@example.net") == STOP
    access.propose("ada", eve, now=time.time())
    assert _ask("eve@example.net") == GO
    assert _ask("mallory@example.net") == STOP


def test_an_account_that_wants_its_secret_address(stack: Local) -> None:
    """Mail of its readers to any other address is certain to be refused."""
    access = stack.senders.access
    access.renew_secret("ada", "notes.example", now=time.time())
    access.set_policy("ada", Policy.AUTHENTICATED_SECRET)
    assert _ask() == STOP
    assert _ask(to=SECRET) == GO


def test_closed_and_paused_accounts(stack: Local) -> None:
    """Mail to a closed one is stopped; that of a paused one the parser holds."""
    stack.senders.pause("ada", True)
    assert _ask() == GO
    stack.senders.enable("ada", False)
    assert _ask() == STOP


def test_what_ses_found_out_is_passed_on(stack: Local) -> None:
    """The parser gets the envelope and the verdict from the table, not from the header."""
    _ask(dmarc="GRAY")
    assert parts.open_gate().receipts.find("id-1") == Passed(
        reverse_path=READER, recipients=("import@notes.example",), dmarc=Verdict.GRAY
    )


def test_nothing_is_passed_on_of_what_is_stopped(stack: Local) -> None:
    """Strangers cannot fill the table."""
    _ask("eve@example.net")
    assert parts.open_gate().receipts.find("id-1") is None


def test_an_outage_stops_nothing(stack: Local) -> None:
    """Without the registry every mail is kept, its envelope passed on, and the parser decides."""
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["SendersTable"])
    assert _ask("eve@example.net", SECRET) == GO
    passed = parts.open_gate().receipts.find("id-1")
    assert passed is not None
    assert passed.recipients == (SECRET,)
    assert _ask("eve@example.net") == GO
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["LedgerTable"])
    assert _ask("eve@example.net") == GO


@pytest.mark.parametrize("event", [None, {}, [], "x", {"Records": [{"ses": 7}]}])
def test_no_event_makes_it_fail(stack: Local, event: object) -> None:
    """SES does not say what it makes of an error, so there is none."""
    assert gate.handler(event, Context()) == GO


def test_a_function_without_its_settings(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even then it answers; the error is in the log, and an alarm is on the metric."""
    monkeypatch.delenv("MARGINS_SENDERS_TABLE")
    parts.open_gate.cache_clear()
    parts.open_senders.cache_clear()
    assert _ask() == GO


@pytest.mark.slow
@pytest.mark.parametrize("silent", ["LEDGER", "SENDERS", "both"])
def test_who_never_answers_is_not_waited_for(
    stack: Local, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """SES has its answer within seconds, and long before the function would be killed."""
    gate_ = parts.open_gate()
    with silence() as url:
        aws = Aws("dynamodb", "eu-west-1", endpoint=url, seconds=2.0)
        for name, holder in (("SENDERS", gate_.senders), ("LEDGER", gate_.receipts)):
            if silent in (name, "both"):
                monkeypatch.setattr(holder, "_table", Table(aws, "t"))
        began = time.monotonic()
        assert _ask() == GO
        assert time.monotonic() - began < 7
    if silent == "SENDERS":  # its envelope is passed on all the same
        assert parts.open_gate().receipts.find("id-1") is not None


@pytest.mark.slow
def test_an_answer_is_given_whatever_hangs(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even what no client can bound, such as a name server of the machine that is silent."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(30))
    parts.open_gate.cache_clear()
    parts.open_senders.cache_clear()
    began = time.monotonic()
    assert _ask() == GO
    assert time.monotonic() - began < 8


@pytest.mark.slow
def test_an_environment_that_was_frozen(stack: Local) -> None:
    """What the earlier invocation left open is given up as quickly as anything else."""
    assert _ask() == GO
    with silence() as url:
        address = urlsplit(url)
        aws = parts.open_gate().receipts._table._aws
        dead = HTTPConnection(address.hostname or "", address.port)
        dead.connect()
        aws._idle[:] = [(aws.url.netloc, dead)]
        began = time.monotonic()
        assert _ask() == GO
        assert time.monotonic() - began < 7
