"""Coverage-guided fuzzing with atheris: every target for so many seconds, one target on each core.

    python fuzz/fuzz.py --seconds 60              header, mime, mail, smtp, all formats together
    python fuzz/fuzz.py --seconds 60 kindle-csv   one format, by its name
    python fuzz/fuzz.py --seed 7                  what that seed leads to; else a new one each time

An input that breaks a target is written to fuzz/found/. Without atheris (its wheels are for Linux
on x86-64) nothing is fuzzed, and the exit status is 0.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom

_FOUND = Path(__file__).parent / "found"
_RUNS = re.compile(rb"Done (\d+) runs|stat::number_of_executed_units:\s*(\d+)")


def _one(name: str, seconds: int, seed: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris  # noqa: PLC0415

    with atheris.instrument_imports(include=["margins"]):
        from targets import TARGETS, seeds  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="margins-fuzz-"))
    for good in seeds(name):
        (folder / hashlib.sha1(good, usedforsecurity=False).hexdigest()).write_bytes(good)
    _FOUND.mkdir(exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-max_len=100000", "-timeout=10", "-rss_limit_mb=1024"]
    shown = [f"-seed={seed}", f"-artifact_prefix={_FOUND / name}-", "-print_final_stats=1"]
    arguments = [sys.argv[0], *limits, *shown, str(folder)]
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


def _run(name: str, seconds: int, seed: int) -> tuple[int, bool]:
    """Fuzz one target in a process of its own: inputs tried, and whether all went well."""
    command = [sys.executable, __file__, "--one", name]
    command += ["--seconds", str(seconds), "--seed", str(seed)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    runs = max((int(a or b) for a, b in _RUNS.findall(done.stderr)), default=0)
    state = "BROKEN" if done.returncode else "ok"
    print(f"{name:<22} {runs:>8} runs  {time.monotonic() - began:5.1f} s  {state}", flush=True)
    if done.returncode:
        # libFuzzer writes the input to stderr, atheris the exception to stdout.
        for text in (done.stderr, done.stdout):
            print(text.decode("utf-8", "replace")[-3000:], flush=True)
    return runs, not done.returncode


def _all(names: list[str], seconds: int, seed: int) -> int:
    from targets import TOGETHER  # noqa: PLC0415

    names = names or list(TOGETHER)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        ended = list(cores.map(lambda name: _run(name, seconds, seed), names))
    broken = sum(not well for _, well in ended)
    runs = sum(runs for runs, _ in ended)
    print(f"{runs} runs of {len(names)} targets, seed {seed}, {broken} broken")
    return 1 if broken else 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default 60)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1, 2**31))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if find_spec("atheris") is None:
        print("atheris is not installed here: nothing fuzzed (pip install '.[fuzz]')")
        return 0
    if args.one:
        _one(args.one, args.seconds, args.seed)
        return 0
    return _all(args.targets, args.seconds, args.seed)


if __name__ == "__main__":
    sys.exit(main())
