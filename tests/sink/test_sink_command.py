"""`margins sink check`, and the settings that choose a sink."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from margins.bootstrap import open_sink
from margins.cli import main
from margins.cli.status import Exit
from margins.config import Settings, load
from margins.errors import ConfigError
from margins.sink.custom import CustomSink
from margins.sink.graphql import GraphQLSink
from margins.sink.jsonl import JsonlSink
from margins.sink.markdown import MarkdownSink
from margins.sink.postgraphile import PostgraphileSink
from margins.testing.webserver import Answer, serving

from . import apis

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HASURA_ADMIN_SECRET", "s3cret")
    monkeypatch.setenv("NOTES_API_KEY", "s3cret")


@pytest.fixture
def hasura() -> Iterator[apis.Api]:
    with apis.serving(apis.hasura) as api:
        yield api


def config(folder: Path, **settings: object) -> str:
    """A settings file."""
    path = folder / "margins.toml"
    chosen = {"data": str(folder / "data"), **settings}
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in chosen.items()), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("sink", "kind"),
    [
        ("margins", GraphQLSink),
        ("markdown", MarkdownSink),
        ("jsonl", JsonlSink),
        ("postgraphile", PostgraphileSink),
        ("custom", CustomSink),
    ],
)
def test_the_settings_choose_the_sink(tmp_path: Path, sink: str, kind: type) -> None:
    """Each by its name."""
    path = EXAMPLES / "hasura.toml" if sink == "custom" else tmp_path / "notes"
    chosen = config(tmp_path, sink=sink, sink_path=path, api_url="https://notes.example/graphql")
    assert isinstance(open_sink(load(Path(chosen), {})), kind)


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ("jsonl", "needs sink_path"),
        ("markdown", "needs sink_path"),
        ("custom", "needs sink_path"),
        ("postgraphile", "needs api_url"),
        ("paper", "no sink 'paper'"),
    ],
)
def test_a_sink_that_lacks_something(tmp_path: Path, sink: str, said: str) -> None:
    """It is refused at the start, with what to set."""
    with pytest.raises(ConfigError, match=said) as raised:
        open_sink(Settings(data=tmp_path, sink=sink))
    assert raised.value.remedy


def test_a_mapping_that_fits(
    tmp_path: Path, hasura: apis.Api, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written to the API by asking."""
    path = EXAMPLES / "hasura.toml"
    chosen = config(tmp_path, sink="custom", sink_path=path, api_url=hasura.url)
    assert main(["--config", chosen, "sink", "check"]) == Exit.OK
    assert "works" in capsys.readouterr().out
    assert hasura.rows == {}


def test_a_mapping_for_another_api(
    tmp_path: Path, hasura: apis.Api, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every field that is wrong is named, with line and column."""
    path = EXAMPLES / "create-note.toml"
    chosen = config(tmp_path, sink="custom", sink_path=path, api_url=hasura.url)
    assert main(["--config", chosen, "sink", "check"]) == Exit.CONFIG
    said = capsys.readouterr().err
    assert "create-note.graphql:2:3: Cannot query field 'createNote'" in said
    assert "create-note.graphql:1:29: Unknown type 'NoteInput'" in said


def test_an_api_that_is_no_postgraphile(
    tmp_path: Path, hasura: apis.Api, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it lacks is named."""
    hasura.secret = ""
    chosen = config(tmp_path, sink="postgraphile", api_url=hasura.url)
    assert main(["--config", chosen, "sink", "check"]) == Exit.CONFIG
    said = capsys.readouterr().err
    assert "Cannot query field 'allPublications'" in said
    assert "Unknown type 'CreateAnnotationInput'" in said


def test_an_api_that_does_not_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Introspection is often switched off; then nobody can check."""
    with serving() as server:
        server.answers = [Answer(status=400, body=b'{"errors":[{"message":"No introspection."}]}')]
        path = EXAMPLES / "hasura.toml"
        chosen = config(tmp_path, sink="custom", sink_path=path, api_url=server.url)
        assert main(["--config", chosen, "sink", "check"]) == Exit.NO_PERMISSION
    said = capsys.readouterr().err
    assert "No introspection." in said
    assert "Switch introspection on" in said


def test_a_directory_is_checked_by_reading_it(tmp_path: Path) -> None:
    """There is nobody to ask."""
    chosen = config(tmp_path, sink="jsonl", sink_path=tmp_path / "notes")
    assert main(["--config", chosen, "sink", "check"]) == Exit.OK


def test_our_own_api_is_asked_for_a_book_nobody_has(tmp_path: Path) -> None:
    """Which it does not know; that shows that it runs and takes our tokens. Else a mail waits."""
    with serving() as server:
        body = b'{"data":{"storedNotebooks":[{"revision":0,"annotations":[]}]}}'
        server.answers = [Answer(body=body)]
        assert main(["--config", config(tmp_path, api_url=server.url), "sink", "check"]) == Exit.OK
        server.answers = [Answer(status=401)]
        chosen = config(tmp_path, api_url=server.url)
        assert main(["--config", chosen, "sink", "check"]) == Exit.TEMPORARY
