"""Coverage-guided fuzzing with atheris: every target for so many seconds, one target on each core.

    python fuzz/fuzz.py --seconds 60              header, mime, mail, smtp, all formats together
    python fuzz/fuzz.py --seconds 60 kindle-csv   one format, by its name

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

_FOUND = Path(__file__).parent / "found"
_RUNS = re.compile(rb"Done (\d+) runs|stat::number_of_executed_units:\s*(\d+)")


def _one(name: str, seconds: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris  # noqa: PLC0415

    with atheris.instrument_imports(include=["margins"]):
        from targets import TARGETS, seeds  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="margins-fuzz-"))
    for seed in seeds(name):
        (folder / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    _FOUND.mkdir(exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-max_len=100000", "-timeout=10", "-rss_limit_mb=1024"]
    artefacts = f"-artifact_prefix={_FOUND / name}-"
    arguments = [sys.argv[0], *limits, artefacts, "-print_final_stats=1", str(folder)]
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


def _run(name: str, seconds: int) -> tuple[int, bool]:
    """Fuzz one target in a process of its own: inputs tried, and whether all went well."""
    command = [sys.executable, __file__, "--one", name, "--seconds", str(seconds)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    runs = max((int(a or b) for a, b in _RUNS.findall(done.stderr)), default=0)
    state = "BROKEN" if done.returncode else "ok"
    print(f"{name:<22} {runs:>8} runs  {time.monotonic() - began:5.1f} s  {state}", flush=True)
    if done.returncode:
        print(done.stderr.decode("utf-8", "replace")[-3000:])
    return runs, not done.returncode


def _all(names: list[str], seconds: int) -> int:
    from targets import TOGETHER  # noqa: PLC0415

    names = names or list(TOGETHER)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        ended = list(cores.map(lambda name: _run(name, seconds), names))
    broken = sum(not well for _, well in ended)
    print(f"{sum(runs for runs, _ in ended)} runs of {len(names)} targets, {broken} broken")
    return 1 if broken else 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default 60)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if find_spec("atheris") is None:
        print("atheris is not installed here: nothing fuzzed (pip install '.[fuzz]')")
        return 0
    if args.one:
        _one(args.one, args.seconds)
        return 0
    return _all(args.targets, args.seconds)


if __name__ == "__main__":
    sys.exit(main())
