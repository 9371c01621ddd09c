"""A console over real parts: ledger, store, registry, and a notes API that listens on loopback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from margins.agent.deliver import deliver
from margins.agent.receive import receive
from margins.bootstrap import Parts
from margins.config import Settings
from margins.console import open_console
from margins.mail import MailObject, parse_addr_spec
from margins.mail.envelope import Envelope
from margins.ports import Entry
from margins.service.servers import WebServer, listen
from margins.signer.file import FileSigner

READER = "reader@example.org"
HOME = "http://127.0.0.1:8090"


@dataclass(frozen=True)
class Console:
    """A browser of the console, and the parts behind it."""

    http: TestClient
    parts: Parts
    api: WebServer

    def get(self, path: str, **options: object) -> Response:
        """A page that is there."""
        answer = self.http.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer

    def post(self, path: str, *, token: str | None = None, **fields: str) -> Response:
        """A form sent as a browser sends it from a page of ours."""
        sent = {"token": self.token() if token is None else token, **fields}
        return self.http.post(path, data=sent, headers={"Origin": HOME}, follow_redirects=False)

    def token(self) -> str:
        """What the forms carry."""
        found = re.search(r'name="token" value="([^"]+)"', self.get("/accounts").text)
        assert found is not None
        return found[1]

    def register(self, address: str = READER) -> str:
        """The id of a new account with this address."""
        parsed = parse_addr_spec(address)
        assert parsed is not None
        account = self.parts.senders.create(address, now=1.0)
        return self.parts.senders.add(account.id, parsed, now=1.0).id

    def receive(self, content: bytes) -> Entry:
        """A mail from a trusted peer, judged and recorded, not delivered yet."""
        envelope = Envelope(
            reverse_path=READER,
            forward_paths=("import@localhost",),
            peer="127.0.0.1",
            helo="mail.example.org",
            ingress="smtp",
            trusted=True,
        )
        entry = receive(self.parts.agent, MailObject(envelope=envelope, content=content)).entry
        assert entry is not None
        return entry

    def deliver(self, content: bytes) -> Entry:
        """A mail in its end state."""
        return self.settle(self.receive(content))

    def settle(self, entry: Entry) -> Entry:
        """The mail after its delivery."""
        agent = self.parts.agent
        leased = agent.ledger.lease(now=agent.clock.now(), seconds=60, only=entry.id)
        return entry if leased is None else deliver(agent, leased)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signing keys, made once: making them takes longest."""
    folder = tmp_path_factory.mktemp("keys")
    FileSigner(folder)
    return folder


@contextmanager
def _opening(keys: Path, folder: Path) -> Iterator[Callable[..., Console]]:
    opened: list[Console] = []

    def open_(**chosen: object) -> Console:
        settings = replace(Settings(data=folder / "data"), **chosen)
        settings.data.mkdir(mode=0o700)
        shutil.copytree(keys, settings.data / "keys")
        listener = listen("127.0.0.1", 0, "api_port")
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        parts = Parts(settings, api_url=url)
        api = WebServer(parts.app, listener, name="notes-api")
        api.start()
        app = open_console(parts, api_url=url, smtp=("127.0.0.1", 8025))
        http = TestClient(app, base_url=HOME, raise_server_exceptions=False)
        opened.append(Console(http=http, parts=parts, api=api))
        return opened[-1]

    yield open_
    for console in opened:
        console.api.stop()


@pytest.fixture
def open_(keys: Path, tmp_path: Path) -> Iterator[Callable[..., Console]]:
    """Opens a console on a fresh data directory, with settings of the test's choosing."""
    with _opening(keys, tmp_path) as open_:
        yield open_


@pytest.fixture(scope="module")
def untouched(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console with nothing in it, for many tests that must all leave it so."""
    with _opening(keys, tmp_path_factory.mktemp("untouched")) as open_:
        yield open_()


@pytest.fixture
def console(open_: Callable[..., Console]) -> Console:
    """A console without a password, and nothing in it."""
    return open_()


def plain(html: str) -> str:
    """What a person reads of a page: no tags, entities resolved, white space folded."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
