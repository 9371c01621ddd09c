"""A second witness: the parser's package under MiniStack, another emulator of AWS.

It is nobody's dependency, since it pins versions of its own: `pip install ministack cryptography`
in an environment apart, and MARGINS_MINISTACK names its program (else it is looked for in
.tools/ministack and on the PATH).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("moto")
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from running import READER, free_port, mail, notebook_html, wait_for

if TYPE_CHECKING:
    from margins.local.authors import Authors
    from margins.senders.dynamodb import DynamoSenders
    from margins.signer.kms import KmsSigner

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "000000000000", "eu-west-1"
AUDIENCE, ISSUER = "margins-notes", "https://margins.invalid"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}

PROGRAM = (
    os.environ.get("MARGINS_MINISTACK")
    or shutil.which("ministack")
    or str(ROOT / ".tools" / "ministack" / "bin" / "ministack")
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(PROGRAM).is_file(), reason="MiniStack is not installed"),
]


class Elsewhere:
    """MiniStack, with the face of margins.local.cloud.Cloud."""

    region = REGION

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def client(self, service: str) -> Any:
        import boto3

        return boto3.client(service, region_name=REGION, endpoint_url=self.url, **KEYS)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Elsewhere]:
    """MiniStack, running; functions get this interpreter as their python3."""
    port = free_port()
    with (tmp_path / "ministack.log").open("wb") as log:
        running = subprocess.Popen(
            [PROGRAM],
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(tmp_path),
                "GATEWAY_PORT": str(port),
                "MINISTACK_HOST": "127.0.0.1",
                "MINISTACK_REGION": REGION,
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    elsewhere = Elsewhere(port)

    def answers() -> bool:
        assert running.poll() is None, (tmp_path / "ministack.log").read_text()
        try:
            return bool(urlopen(f"{elsewhere.url}/_ministack/health", timeout=1).status == 200)
        except OSError:
            return False

    try:
        wait_for(answers, "MiniStack to answer", 60)
        yield elsewhere
    finally:
        os.killpg(running.pid, 9)
        running.wait()
        print((tmp_path / "ministack.log").read_text()[-4000:])


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The parser's package as `sam build` makes it, with wheels for this machine."""
    folder = tmp_path_factory.mktemp("package")
    made = subprocess.run(
        ["make", "-C", str(ROOT / "deploy" / "aws"), "build-ParserFunction", "WHEELS=",
         f"ARTIFACTS_DIR={folder}", f"PYTHON={sys.executable}"],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    if made.returncode and "No matching distribution" in made.stderr:
        pytest.skip("the parser's libraries cannot be fetched here")
    assert made.returncode == 0, made.stderr
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, path.relative_to(folder))
    return zipped.getvalue()


def _adapters(cloud: Elsewhere, names: dict[str, str]) -> tuple[DynamoSenders, KmsSigner]:
    from margins.clients.aws import Aws
    from margins.clients.dynamodb import Table
    from margins.clients.sigv4 import Credentials
    from margins.senders.dynamodb import DynamoSenders
    from margins.signer.kms import KmsSigner

    keys = Credentials(key_id="test", secret="test")

    def aws(service: str) -> Aws:
        return Aws(service, REGION, endpoint=cloud.url, credentials=lambda: keys)

    senders = DynamoSenders(Table(aws("dynamodb"), names["SendersTable"]))
    return senders, KmsSigner(aws("kms"), names["SigningKey"])


@pytest.fixture
def authors() -> Iterator[Authors]:
    """The domains mail comes from."""
    from margins.local.authors import Authors

    with Authors().published() as played:
        yield played


@pytest.fixture
def notes() -> Iterator[Any]:
    """Starts the notes API with the public keys of a signer; its URL is known before."""
    from margins.service.servers import WebServer, listen

    listener = listen("127.0.0.1", 0, "api_port")
    running: list[WebServer] = []

    def serve(signer: KmsSigner, folder: Path) -> None:
        from margins import api

        settings = api.Settings(
            database=f"sqlite:///{folder}/notes.db",
            issuers={ISSUER: signer.jwks()},
            audience=AUDIENCE,
            development=True,
        )
        running.append(WebServer(api.create_app(settings), listener, name="notes-api"))
        running[0].start()

    serve.url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"  # type: ignore[attr-defined]
    yield serve
    for each in running:
        each.stop()


def _titles(url: str, signer: KmsSigner, account: str) -> list[str]:
    now = int(time.time())
    token = signer.sign(
        {"iss": ISSUER, "aud": AUDIENCE, "sub": account, "iat": now, "nbf": now, "exp": now + 300,
         "jti": str(time.time_ns()), "scope": "notes"}
    )  # fmt: skip
    query = "{ publications(first: 10) { nodes { title annotations(first: 9) { totalCount } } } }"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url, json.dumps({"query": query}).encode(), headers)
    with urlopen(request, timeout=30) as answer:
        nodes = json.load(answer)["data"]["publications"]["nodes"]
    return [f"{node['title']}: {node['annotations']['totalCount']}" for node in nodes]


def _deploy(cloud: Elsewhere, stack: Any, package: bytes, nameserver: Mapping[str, str]) -> None:
    """The function and what wakes it, as the template has them."""
    from margins.local.wiring import settings

    [resource] = [
        r for r in stack.resources("AWS::Serverless::Function") if r.name == "ParserFunction"
    ]
    environ = {"AWS_ENDPOINT_URL": cloud.url, **nameserver}
    known = settings(stack, resource, environ=environ, python="", debug_port=0)
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName=known.name,
        Runtime=f"python3.{sys.version_info.minor}",
        Handler=known.handler,
        Role=f"arn:aws:iam::{ACCOUNT}:role/parser",
        Code={"ZipFile": package},
        Timeout=int(known.timeout),
        MemorySize=known.memory,
        Environment={"Variables": dict(known.environment)},
    )
    mapping = resource.properties["Events"]["Mail"]["Properties"]
    functions.create_event_source_mapping(
        EventSourceArn=stack.resolve(mapping["Queue"]),
        FunctionName=known.name,
        BatchSize=mapping["BatchSize"],
        FunctionResponseTypes=mapping["FunctionResponseTypes"],
    )


def test_a_mail_put_into_the_bucket_becomes_notes(
    cloud: Elsewhere, package: bytes, notes: Any, authors: Authors, tmp_path: Path
) -> None:
    """S3 tells SQS, SQS wakes the parser, the parser posts: with events, queues, tables and keys
    of somebody else's making, out of the template that is deployed.
    """
    from margins.aws.events import arrival
    from margins.aws.receipts import Receipts
    from margins.clients.aws import Aws
    from margins.clients.dynamodb import Table
    from margins.clients.sigv4 import Credentials
    from margins.local.events import ses_event
    from margins.local.resources import create
    from margins.local.template import read
    from margins.mail.address import parse_addr_spec

    chosen = {"Recipient": "import@localhost", "ApiUrl": notes.url, "Issuer": ISSUER,
              "Audience": AUDIENCE, "Stage": "local"}  # fmt: skip
    text = (ROOT / "deploy" / "aws" / "template.yaml").read_text()
    stack = read(text, chosen, region=REGION, account=ACCOUNT)
    create(stack, cloud)  # type: ignore[arg-type]
    senders, signer = _adapters(cloud, stack.physical)
    address = parse_addr_spec(READER)
    assert address is not None
    senders.register("ada", address)
    notes(signer, tmp_path)
    _deploy(cloud, stack, package, authors.environ)

    content = authors.sign(mail(notebook_html(5)))
    keys = Credentials(key_id="test", secret="test")
    dynamodb = Aws("dynamodb", REGION, endpoint=cloud.url, credentials=lambda: keys)
    said = arrival(
        ses_event(content, id_="m1", source=READER, recipients=["import@localhost"],
                  now=time.time())
    )  # fmt: skip
    assert said is not None
    receipts = Receipts(Table(dynamodb, stack.physical["LedgerTable"]))
    receipts.keep(said, now=time.time())  # as the gate does
    bucket = stack.physical["MailBucket"]
    cloud.client("s3").put_object(Bucket=bucket, Key="incoming/m1", Body=content)

    found = wait_for(lambda: _titles(notes.url, signer, "ada"), "the notes", 90)
    assert found == ["A Book of Tides: 5"]
    left = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix="incoming/")
    assert left.get("KeyCount", 0) == 0
