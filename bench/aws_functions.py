"""Cold start, warm duration and peak memory of gate and parser, in AWS's own runtime client.

`bench/aws_functions.py [PYTHON]`: an interpreter that has what deploy/aws/requirements.txt names
and awslambdaric; this one when left out. What is measured is this machine, with S3, DynamoDB, KMS
and the notes API in one other process beside: a Lambda waits for a network instead.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from margins.local.events import queued, s3_event, ses_event, sqs_event
from margins.local.function import Outcome
from margins.local.stack import Local, Options
from margins.mail.address import Address

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from running import mail, notebook_html  # noqa: E402

READER = "reader@example.org"
WARM = 5


def through(local: Local, notes: int, number: int) -> tuple[Outcome, Outcome]:
    """One mail through both functions."""
    content = mail(notebook_html(notes, title=f"{notes} notes, {number}"))
    id_ = f"{notes}-{number}"
    event = ses_event(
        content, id_=id_, source=READER, recipients=["import@localhost"], now=time.time()
    )
    gate = local.functions["GateFunction"].invoke(event)
    bucket, key = local.stack.physical["MailBucket"], f"incoming/{id_}"
    local.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    told = s3_event(bucket, key, size=len(content), region="eu-west-1", now=time.time())
    parser = local.functions["ParserFunction"].invoke(
        sqs_event([queued(told)], queue_arn="arn", region="eu-west-1")
    )
    assert gate.value() == {"disposition": "CONTINUE"}, gate
    assert parser.value() == {"batchItemFailures": []}, parser
    return gate, parser


def line(name: str, notes: int, outcomes: list[Outcome]) -> str:
    """A row of the table."""
    cold, *warm = outcomes
    duration = statistics.median(outcome.duration for outcome in warm)
    memory = max(outcome.memory for outcome in outcomes)
    return (
        f"{name:<7} {notes:>6} {cold.init * 1000:>9.0f} {cold.duration * 1000:>11.0f} "
        f"{duration * 1000:>11.0f} {memory:>11.0f}"
    )


def main(python: str) -> None:
    """Print the table."""
    template = ROOT / "deploy" / "aws" / "template.yaml"
    print("                  init ms  first, ms    warm, ms    peak, MiB")
    with Local(Options(template=template, drive=False, python=python), lambda *_: None) as local:
        local.senders.register("ada", Address("reader", "example.org"))
        for notes in (20, 500, 5000):
            for function in local.functions.values():
                function.restart()
            pairs = [through(local, notes, number) for number in range(1 + WARM)]
            assert all(e.status == "delivered" for e in local.ledger.entries())
            print(line("gate", notes, [gate for gate, _ in pairs]))
            print(line("parser", notes, [parser for _, parser in pairs]))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
