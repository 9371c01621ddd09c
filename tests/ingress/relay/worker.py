"""The Cloudflare Worker of deploy/, run by Node as Cloudflare runs it: one call for one mail."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import pytest

_SOURCE = Path(__file__).resolve().parents[3] / "deploy" / "cloudflare" / "worker.js"
_MAIN = """
import worker from "./worker.mjs";
const { from, to, raw, env } = JSON.parse(process.argv[2]);
const bytes = Buffer.from(raw, "base64");
const message = {
  from, to, rawSize: bytes.length, rejected: "",
  raw: new ReadableStream({
    start(stream) { stream.enqueue(new Uint8Array(bytes)); stream.close(); },
  }),
  setReject(reason) { this.rejected = reason; },
};
let thrown = "";
try { await worker.email(message, env, {}); } catch (error) { thrown = String(error); }
console.log(JSON.stringify({ rejected: message.rejected, thrown }));
"""


@dataclass(frozen=True)
class End:
    """How the Worker ended: with a refusal, with an error, or with neither."""

    rejected: str
    thrown: str


def run_worker(folder: Path, url: str, secret: str, content: bytes, *, sender: str, to: str) -> End:
    """Give the Worker one mail; skips where there is no Node with the web's own functions."""
    if (node := shutil.which("node")) is None:
        pytest.skip("no Node here")
    shutil.copy(_SOURCE, folder / "worker.mjs")
    (folder / "main.mjs").write_text(_MAIN, "utf-8")
    given = {
        "from": sender,
        "to": to,
        "raw": b64encode(content).decode(),
        "env": {"MARGINS_URL": url, "MARGINS_SECRET": secret},
    }
    ran = subprocess.run(
        [node, str(folder / "main.mjs"), json.dumps(given)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return End(**json.loads(ran.stdout))
