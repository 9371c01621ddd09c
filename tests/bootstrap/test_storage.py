"""Which adapters the settings choose, and what they are given."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from margins.bootstrap import open_ledger, open_senders, open_signer, open_store
from margins.config import Settings
from margins.ledger.postgres import PostgresLedger
from margins.ledger.sqlite import SqliteLedger
from margins.senders.postgres import PostgresSenders
from margins.senders.sqlite import SqliteSenders
from margins.store.fs import FileStore
from margins.store.s3 import S3Store


def test_without_settings_all_is_in_the_data_directory(tmp_path: Path) -> None:
    """One directory holds everything there is."""
    settings = Settings(data=tmp_path / "data")
    assert isinstance(open_ledger(settings), SqliteLedger)
    assert isinstance(open_senders(settings), SqliteSenders)
    assert isinstance(open_store(settings), FileStore)
    open_signer(settings)
    assert {path.name for path in settings.data.iterdir()} >= {"ledger.db", "senders.db", "keys"}


def test_one_setting_moves_ledger_and_senders_into_postgresql(
    tmp_path: Path, database: str
) -> None:
    """And the data directory is not even made."""
    settings = Settings(data=tmp_path / "data", database=database, keys=tmp_path / "keys")
    ledger, senders = open_ledger(settings), open_senders(settings)
    assert isinstance(ledger, PostgresLedger)
    assert isinstance(senders, PostgresSenders)
    assert open_signer(settings).jwks()["keys"]
    assert not settings.data.exists()
    ledger.close()
    senders.close()


@pytest.mark.parametrize(
    ("store", "key"),
    [("s3://raw-mail", "mail/"), ("s3://raw-mail/a/b", "a/b/"), ("s3://raw-mail/a/", "a/")],
)
def test_a_bucket_holds_the_raw_mail(monkeypatch: pytest.MonkeyPatch, store: str, key: str) -> None:
    """Under its prefix, at the endpoint and in the region that AWS's own variables name."""
    pytest.importorskip("moto")
    from margins.local.cloud import Cloud

    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        where = {"LocationConstraint": cloud.region}
        client = cloud.client("s3")
        client.create_bucket(Bucket="raw-mail", CreateBucketConfiguration=where)
        opened = open_store(Settings(store=store))
        assert isinstance(opened, S3Store)
        digest = opened.put(b"a mail")
        listed = client.list_objects_v2(Bucket="raw-mail")["Contents"]
    assert [item["Key"] for item in listed] == [f"{key}{digest[:2]}/{digest}"]


def test_processes_that_share_a_folder_of_keys_sign_alike(tmp_path: Path) -> None:
    """Whatever their data directories are; two that start at once make one set of keys."""
    code = (
        "import sys; from pathlib import Path; from margins.bootstrap import open_signer;"
        "from margins.config import Settings; data, keys = map(Path, sys.argv[1:]);"
        "print(open_signer(Settings(data=data, keys=keys)).jwks())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / name, tmp_path / "keys"],
            stdout=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    said = {process.communicate(timeout=60)[0] for process in started}
    assert len(said) == 1
    assert b"kid" in said.pop()


def test_keys_may_be_mounted_for_reading_only(tmp_path: Path) -> None:
    """Who only signs and checks writes nothing into them."""
    settings = Settings(keys=tmp_path / "keys")
    open_signer(settings)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "keys").iterdir())
    (tmp_path / "keys").chmod(0o500)
    made_at = (tmp_path / "keys").stat().st_mtime_ns
    assert open_signer(replace(settings)).jwks()
    assert (tmp_path / "keys").stat().st_mtime_ns == made_at
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "keys").iterdir()) == before


def test_a_command_pays_only_for_what_it_opens(tmp_path: Path) -> None:
    """Neither PostgreSQL nor S3 nor the web is imported for a ledger in a file."""
    code = (
        "import sys; from pathlib import Path; from margins.bootstrap import open_ledger;"
        "from margins.config import Settings; open_ledger(Settings(data=Path(sys.argv[1])));"
        "print({'psycopg', 'margins.clients.aws', 'starlette', 'jwt', 'aiosmtpd', 'sqlalchemy'}"
        " & set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "set()"
