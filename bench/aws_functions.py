"""Cold start, warm duration, peak memory and remote calls of gate and parser, in AWS's own runtime
client; with --packages the sizes of their packages too, which are fetched and built for that.

`bench/aws_functions.py [PYTHON]`: an interpreter that has what deploy/aws/requirements.txt names
and awslambdaric; this one when left out. What is measured is this machine, with S3, DynamoDB, KMS
and the notes API in one other process beside: a Lambda waits for a network instead. Prints tables
in Markdown, for docs/aws.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from margins.local.events import queued, s3_event, ses_event, sqs_event
from margins.local.settings import Outcome
from margins.local.stack import Local, Options
from margins.mail.address import Address

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from running import mail, notebook_html, wait_for  # noqa: E402

READER = "reader@example.org"
WARM = 5


def through(local: Local, notes: int, number: int) -> tuple[Outcome, Outcome]:
    """One mail through both functions."""
    content = local.authors.sign(mail(notebook_html(notes, title=f"{notes} notes, {number}")))
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


def calls(local: Local, function: str) -> str:
    """What the newest invocation called, by service: "DynamoDB 2"."""
    # The traces come by UDP, a moment after the answer.
    count = sum(s.count for s in local.telemetry.series() if s.name == "Invocations")
    wait_for(lambda: len(local.telemetry.traces()) >= count, "the traces", 10)
    trace = next(t for t in local.telemetry.traces() if t.name == function)
    host = {"S3", "DynamoDB", "KMS"}
    named = Counter(s.name if s.name in host else "notes API" for s in trace.calls())
    return ", ".join(f"{name} {number}" for name, number in sorted(named.items()))


def row(name: str, notes: int, outcomes: list[Outcome], called: str) -> str:
    """A row of the table."""
    cold, *warm = outcomes
    times = [outcome.duration * 1000 for outcome in warm]
    memory = max(outcome.memory for outcome in outcomes)
    return (
        f"| {name} | {notes} | {cold.init * 1000:.0f} | {cold.duration * 1000:.0f} | "
        f"{statistics.median(times):.0f} ({min(times):.0f} to {max(times):.0f}) | {memory:.0f} | "
        f"{called} |"
    )


def functions(python: str) -> None:
    """Print the table of the functions."""
    template = ROOT / "deploy" / "aws" / "template.yaml"
    print("| function | notes | INIT, ms | first, ms | warm, ms | peak, MiB | calls, warm |")
    print("|---|--:|--:|--:|--:|--:|---|")
    with Local(Options(template=template, drive=False, python=python), lambda _: None) as local:
        local.senders.register("ada", Address("reader", "example.org"))
        for notes in (20, 500, 5000):
            for function in local.functions.values():
                function.restart()
            pairs = [through(local, notes, number) for number in range(1 + WARM)]
            assert all(e.status == "delivered" for e in local.ledger.entries())
            for name, outcomes in (
                ("gate", [gate for gate, _ in pairs]),
                ("parser", [parser for _, parser in pairs]),
            ):
                called = calls(local, f"{name.capitalize()}Function")
                print(row(name, notes, outcomes, called), flush=True)


def packages() -> None:
    """Print what the packages weigh, zipped and not; builds them as a deployment does."""
    print("\n| package | zipped, MB | unpacked, MB |\n|---|--:|--:|")
    for name in ("Gate", "Parser", "Api"):
        with TemporaryDirectory() as folder:
            target, zipped = Path(folder, "package"), Path(folder, "package.zip")
            made = subprocess.run(
                ["make", "-s", "-C", str(ROOT / "deploy" / "aws"), f"build-{name}Function",
                 f"ARTIFACTS_DIR={target}", f"PACK=--zip {zipped}", f"PYTHON={sys.executable}"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if made.returncode:
                sys.exit(made.stderr)
            size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
            print(f"| {name.lower()} | {zipped.stat().st_size / 1e6:.1f} | {size / 1e6:.1f} |")


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("python", nargs="?", default=sys.executable)
    asked.add_argument("--packages", action="store_true")
    given = asked.parse_args()
    version = subprocess.run(
        [given.python, "-V"], capture_output=True, text=True, check=True
    ).stdout.strip()
    load = os.getloadavg()[0]
    print(f"{version}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}; warm: the "
          f"median of {WARM}.\n")  # fmt: skip
    functions(given.python)
    if given.packages:
        packages()


if __name__ == "__main__":
    main()
