"""Whole messages beside what they say: each `.eml` has a `.json` of the same name.

The JSON is the specification. After a change that is meant,
`python tests/mail/test_fixtures.py` writes it anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from margins.mail import attachments, cloud_link, parse

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(CORPUS.rglob("*.eml"))


def described(content: bytes) -> dict[str, object]:
    """What the message says, line endings apart."""
    message = parse(content)
    unpacked = attachments(message)
    return {
        "author": str(message.author) if message.author else None,
        "author_defect": message.author_defect,
        "subject": message.subject,
        "message_id": message.message_id,
        "date": message.date.isoformat() if message.date else None,
        "defects": list(message.defects),
        "attachments": [
            {
                "place": a.place,
                "filename": a.filename,
                "media_type": a.media_type,
                "charset": a.charset,
                "inline": a.inline,
                "text": a.text.replace("\r\n", "\n"),
            }
            for a in unpacked.attachments
        ],
        "problems": list(unpacked.problems),
        "cloud_link": cloud_link(message),
    }


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_fixture(case: Path, newline: bytes) -> None:
    """The message says what its JSON says, with either line ending."""
    content = case.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline)
    assert described(content) == json.loads(case.with_suffix(".json").read_text("utf-8"))


def test_every_expectation_has_its_message() -> None:
    """No JSON stands alone, and there are some of each kind."""
    assert {c.with_suffix("") for c in CASES} == {c.with_suffix("") for c in CORPUS.rglob("*.json")}
    assert {c.parent.name for c in CASES} == {"rfc", "malformed", "thirdparty"}


if __name__ == "__main__":
    for path in CASES:
        text = json.dumps(described(path.read_bytes()), ensure_ascii=False, indent=2)
        path.with_suffix(".json").write_text(text + "\n", "utf-8")
