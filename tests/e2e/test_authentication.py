"""Who wrote it: signed mails over SMTP to a running service that asks a real name server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "authentication"))

from domains import SILENT, zone
from running import Running, mail, notebook_html
from signing import KeyPair, rsa_key, sign

from margins.testing.nameserver import serve

pytestmark = pytest.mark.slow

ADA, EVE = "ada@legit.example", "eve@attack.example"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """One that trusts no peer, and knows Ada."""
    with ExitStack() as stack:
        names = stack.enter_context(serve(zone(), silent=SILENT))
        running = Running(tmp_path / "data")
        running.settings |= {
            "MARGINS_TRUSTED_NETWORKS": "192.0.2.1/32",
            "MARGINS_NAMESERVERS": f"127.0.0.1:{names.port}",
        }
        running.command("accounts", "add", ADA)
        running.start()
        yield running
        running.stop()


def _signed(
    author: str, key: KeyPair, domain: str, selector: str = "mail", *, title: str = "A Book"
) -> bytes:
    signed = ("from", "to", "subject", "date")
    content = mail(notebook_html(2, title=title), sender=author)
    return sign(content, key, domain, selector, signed=signed)


def test_a_readers_mail_is_let_in_and_a_strangers_is_not(service: Running) -> None:
    """By signature alone, whoever the client says it is; the row keeps what the proof was."""
    legit, mallory = rsa_key("legit"), rsa_key("mallory")
    good = _signed(ADA, legit, "legit.example")
    heard = [
        service.send(content, sender=sender)[1].split(maxsplit=1)[0]
        for content, sender in (
            (good, "bounces@elsewhere.example"),
            (_signed(EVE, mallory, "attack.example"), EVE),
            (_signed(ADA, mallory, "attack.example"), ADA),
            (_signed(ADA, mallory, "legit.example"), ADA),
            (_signed(ADA, legit, "legit.example", "short512", title="B"), ADA),
            (good + b"More of it.\r\n", ADA),
            (mail(notebook_html(2, title="C"), sender=ADA), ADA),
            (_signed(ADA, legit, "legit.example", "slow", title="D"), ADA),
            (b"X-Again: 1\r\n" + good + b"\r\n", "bounces@elsewhere.example"),
        )
    ]
    assert heard == ["2.6.0", "5.7.1", *["5.7.26"] * 5, "4.3.0", "2.6.0"]
    rows = service.settled(7)
    assert sorted(state for _, state, _ in rows) == ["delivered", *["rejected"] * 6]
    (id_,) = (id_ for id_, state, _ in rows if state == "delivered")
    said = service.command("explain", id_).stdout
    assert "dkim=pass (strict alignment, 2048-bit key) header.d=legit.example header.s=mail" in said
    query = "{ publications { nodes { title } } }"
    nodes = service.graphql(query, token=service.token(ADA))["publications"]["nodes"]
    assert [book["title"] for book in nodes] == ["A Book"]
