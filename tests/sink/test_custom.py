"""Notes in other people's APIs, by the ready examples: small real servers, over HTTP."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.errors import ConfigError, Refused, Unavailable
from margins.plan import Change, Plan
from margins.ports import Applied
from margins.sink.custom import CustomSink, Memory, load_mapping
from margins.testing.contracts import SinkContract
from margins.testing.fakes import MemorySigner

from . import apis

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECRETS = {"HASURA_ADMIN_SECRET": "s3cret", "NOTES_API_KEY": "s3cret"}
BOOK = Publication(title="The Salt Roads", creators=(Creator(name="Orla Finch"),))


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


@cache
def signer() -> MemorySigner:
    """Making a key takes longer than most tests."""
    return MemorySigner()


@contextmanager
def opened(api: apis.Api, mapping: Path, memory: Path) -> Iterator[CustomSink]:
    """A sink with the mapping, over the API."""
    chosen = load_mapping(mapping, SECRETS)
    client = GraphQL(
        Endpoint(url=api.url),
        signer=signer(),
        clock=SystemClock(),
        issuer="https://margins.example",
        audience="notes",
        headers=chosen.headers,
    )
    kept = Memory(memory)
    yield CustomSink(client, chosen, kept)
    client.close()
    kept.close()


@pytest.fixture
def hasura() -> Iterator[apis.Api]:
    with apis.serving(apis.hasura) as api:
        yield api


@pytest.fixture
def plain() -> Iterator[apis.Api]:
    with apis.serving(apis.plain) as api:
        yield api


@pytest.fixture
def to_hasura(hasura: apis.Api, tmp_path: Path) -> Iterator[CustomSink]:
    with opened(hasura, EXAMPLES / "hasura.toml", tmp_path / "sent.db") as sink:
        yield sink


@pytest.fixture
def to_plain(plain: apis.Api, tmp_path: Path) -> Iterator[CustomSink]:
    with opened(plain, EXAMPLES / "create-note.toml", tmp_path / "sent.db") as sink:
        yield sink


class TestHasuraContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, to_hasura: CustomSink) -> CustomSink:
        return to_hasura


class TestCreateNoteContract(SinkContract):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, to_plain: CustomSink) -> CustomSink:
        return to_plain


def note(number: int, text: str = "", **said: Any) -> Annotation:
    """A highlight."""
    target = Target(quote=text or f"passage {number}.", location=Span(number * 10, number * 10))
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target, **said)


def plan(*annotations: Annotation) -> Plan:
    """All of them new."""
    return Plan(publication=BOOK, create=annotations)


def test_hasura_gets_all_notes_in_one_request(hasura: apis.Api, to_hasura: CustomSink) -> None:
    """In the columns that the mapping names."""
    to_hasura.apply("ada", [plan(*map(note, range(300)), note(9, "last", tags=("sea",)))], key="k")
    assert hasura.requests == 1
    assert len(hasura.rows) == 301
    (row,) = (row for row in hasura.rows.values() if row["quote"] == "last")
    del row["id"]
    assert row == {
        "account": "ada", "book": "The Salt Roads", "authors": "Orla Finch", "quote": "last",
        "note": "", "tags": ["sea"], "colour": "", "page": "", "location": 90, "made_at": None,
    }  # fmt: skip


def test_hasura_gets_a_change_under_the_same_id(hasura: apis.Api, to_hasura: CustomSink) -> None:
    """on_conflict makes an update of it."""
    to_hasura.apply("ada", [plan(note(1))], key="1")
    (stored,) = to_hasura.fetch("ada", [BOOK])[0].annotations
    change = Change(id=stored.id, before=stored.annotation, after=note(1, note="Indeed."))
    to_hasura.apply("ada", [Plan(publication=BOOK, update=(change,))], key="2")
    (row,) = hasura.rows.values()
    assert (row["id"], row["note"]) == (stored.id, "Indeed.")


def test_a_lost_answer_doubles_nothing_in_hasura(
    hasura: apis.Api, tmp_path: Path, to_hasura: CustomSink
) -> None:
    """What is sent again has the same ids, even when nothing is remembered of the first time."""
    to_hasura.apply("ada", [plan(note(1), note(2))], key="k")
    with opened(hasura, EXAMPLES / "hasura.toml", tmp_path / "forgotten.db") as forgetful:
        forgetful.apply("ada", [plan(note(1), note(2))], key="k")
    assert hasura.requests == 2
    assert len(hasura.rows) == 2


def test_a_mail_that_is_taken_over_is_not_sent_twice(
    plain: apis.Api, to_plain: CustomSink, tmp_path: Path
) -> None:
    """An import that outlives its lease goes on alone: the other worker comes again later, and
    then there is nothing left to send."""
    mapping = changed_example(tmp_path, "create-note", "per_request = 50", "per_request = 1")
    plain.seconds = 0.1
    with opened(plain, mapping, tmp_path / "sent.db") as first:
        plans = [plan(*map(note, range(8)))]
        sending = threading.Thread(
            target=first.apply, args=("ada", plans), kwargs={"key": "mail.0"}
        )
        sending.start()
        while not plain.rows:
            time.sleep(0.01)
        with opened(plain, mapping, tmp_path / "sent.db") as second:
            with pytest.raises(Unavailable, match="another worker"):
                second.apply("ada", plans, key="mail.0")
            assert second.apply("eve", [plan(note(1))], key="mail.1").created == 1
            sending.join()
            again = second.apply("ada", plans, key="mail.0")
    assert again == Applied(created=8, updated=0, unchanged=0)
    assert len(plain.rows) == 9


def test_ids_differ_between_accounts(hasura: apis.Api, to_hasura: CustomSink) -> None:
    """The same words in the same book of two readers are two notes."""
    to_hasura.apply("ada", [plan(note(1))], key="k")
    to_hasura.apply("ben", [plan(note(1))], key="k")
    assert len(hasura.rows) == 2


def test_a_request_that_fails_as_a_whole(hasura: apis.Api, to_hasura: CustomSink) -> None:
    """Nothing of it is taken for done; the next attempt sends it all."""
    hasura.broken = {"passage 1."}
    with pytest.raises(Unavailable, match="the disk is on fire"):
        to_hasura.apply("ada", [plan(note(1), note(2))], key="k")
    assert not to_hasura.fetch("ada", [BOOK])[0].annotations
    hasura.broken = set()
    assert to_hasura.apply("ada", [plan(note(1), note(2))], key="k").created == 2
    assert len(hasura.rows) == 2


def test_many_notes_share_a_request(plain: apis.Api, to_plain: CustomSink) -> None:
    """The mutation is repeated under aliases, fifty times in a request."""
    to_plain.apply(
        "ada", [plan(*(note(n, note="Why?", tags=("sea",)) for n in range(120)))], key="k"
    )
    assert plain.requests == 3
    assert len(plain.rows) == 120
    row = plain.rows["note-8"]
    assert row == {
        "id": "note-8", "title": "The Salt Roads", "text": "passage 7.\n\nWhy?", "labels": ["sea"],
    }  # fmt: skip


def test_only_what_failed_is_sent_again(plain: apis.Api, to_plain: CustomSink) -> None:
    """Also by an API that does not know our ids: the others are remembered."""
    plain.broken = {"passage 7."}
    bring = plan(*map(note, range(20)))
    with pytest.raises(Unavailable, match=r"1 of 20 notes were not taken: .*fire"):
        to_plain.apply("ada", [bring], key="k")
    assert len(plain.rows) == 19
    plain.broken = set()
    assert to_plain.apply("ada", [bring], key="k").created == 20
    assert len(plain.rows) == 20
    assert plain.requests == 2


def test_no_without_an_error_is_no(plain: apis.Api, to_plain: CustomSink) -> None:
    """The mapping says where the API puts its reason."""
    with pytest.raises(Refused, match=r"1 of 2 notes were not taken: The text is too long"):
        to_plain.apply("ada", [plan(note(1), note(2, "x" * 2000))], key="k")
    assert [s.annotation for s in to_plain.fetch("ada", [BOOK])[0].annotations] == [note(1)]


def test_a_change_names_the_apis_own_id(plain: apis.Api, to_plain: CustomSink) -> None:
    """It was remembered from the answer to the note."""
    to_plain.apply("ada", [plan(note(1), note(2))], key="1")
    stored = next(
        s for s in to_plain.fetch("ada", [BOOK])[0].annotations if s.annotation == note(2)
    )
    for number, words in enumerate(("Indeed.", "Indeed not.")):
        change = Change(id=stored.id, before=note(2), after=note(2, note=words))
        applied = to_plain.apply("ada", [Plan(publication=BOOK, update=(change,))], key=words)
        assert (applied.updated, plain.requests) == (1, 2 + number)
    assert len(plain.rows) == 2
    assert plain.rows["note-2"]["text"] == "passage 2.\n\nIndeed not."


def test_the_examples_fit_their_apis(to_hasura: CustomSink, to_plain: CustomSink) -> None:
    """`margins sink check` has nothing to say about them."""
    assert to_hasura.problems() == []
    assert to_plain.problems() == []


def changed_example(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of an example with one mistake in its mapping or document."""
    for suffix in (".toml", ".graphql"):
        shutil.copy(EXAMPLES / f"{name}{suffix}", folder)
    mapping, document = folder / f"{name}.toml", folder / f"{name}.graphql"
    assert old in mapping.read_text("utf-8") + document.read_text("utf-8")
    for path in (mapping, document):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return mapping


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("hasura", "insert_note(", "insert_notes(", r"hasura\.graphql:2:3: .*'insert_notes'"),
        ("hasura", "quote: quote", "quot: quote", r"hasura\.graphql:1:22: .*'quot'"),
        ("hasura", "page: page", "page: tags", r"\[0\]\.page.* String cannot represent"),
        ("hasura", "tags, colour", "tags, color", r"'color' does not exist in"),
        ("create-note", "text: join", "body: join", r"create-note\.graphql:1:21: .*'body'"),
        ("create-note", 'id = "remote"', "", r"create-note\.graphql:10:21: .*\$id.* type 'ID!'"),
    ],
)
def test_the_check_says_which_field_is_wrong(
    hasura: apis.Api, plain: apis.Api, tmp_path: Path, kind: str, old: str, new: str, said: str
) -> None:
    """Before the first mail, out of what the API says of itself."""
    api = hasura if kind == "hasura" else plain
    mapping = changed_example(tmp_path, kind, old, new)
    with opened(api, mapping, tmp_path / "sent.db") as sink:
        problems = sink.problems()
    assert any(re.search(said, problem) for problem in problems), problems
    assert api.rows == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_request = 50", "per_request = 0", "per_request is 0"),
        ("per_request", "per_reqest", "no 'per_reqest' here"),
        ("[create]", "[creat]", "no 'creat' here"),
        ("repeat = true", "repeat = 1", "repeat is neither"),
        ('operation = "CreateNote"', 'operation = "MakeNote"', "0 mutations"),
        ('operation = "CreateNote"', "", "2 mutations"),
        ('document = "create-note.graphql"', 'document = "none.graphql"', "cannot be read"),
        ("mutation CreateNote(", "mutation CreateNote((", r"create-note\.graphql:1:21: Syntax"),
        ("input = ", "inputs = ", "no 'inputs' here"),
        ('"remote"', '"remote..id"', "Invalid jmespath expression|Parse error"),
        ("$NOTES_API_KEY", "$NOBODY", "NOBODY is not set"),
    ],
)  # fmt: skip
def test_a_mapping_that_makes_no_sense(tmp_path: Path, old: str, new: str, said: str) -> None:
    """It is refused when it is read, with the file and the key."""
    mapping = changed_example(tmp_path, "create-note", old, new)
    with pytest.raises(ConfigError, match=said) as raised:
        load_mapping(mapping, SECRETS)
    assert str(tmp_path) in raised.value.place
    assert raised.value.remedy


def test_an_expression_that_does_not_fit(plain: apis.Api, tmp_path: Path) -> None:
    """It is the operator's to mend; the mail waits for a replay."""
    mapping = changed_example(tmp_path, "create-note", "publication.title", "length(truncated)")
    with (
        opened(plain, mapping, tmp_path / "sent.db") as sink,
        pytest.raises(Refused, match=r"create\.variables\.input.*length"),
    ):
        sink.apply("ada", [plan(note(1))], key="k")


def test_without_an_update_changes_stay_here(plain: apis.Api, tmp_path: Path) -> None:
    """They are not counted as done, and nothing is sent twice."""
    mapping = changed_example(tmp_path, "create-note", "", "")
    mapping.write_text(mapping.read_text("utf-8").partition("[update]")[0], "utf-8")
    with opened(plain, mapping, tmp_path / "sent.db") as sink:
        sink.apply("ada", [plan(note(1))], key="1")
        applied = sink.apply("ada", [plan(note(1, note="More."))], key="2")
    assert (applied.created, applied.updated, applied.unchanged) == (0, 0, 1)
    assert plain.requests == 1


def test_a_wrong_secret_waits_for_the_operator(
    plain: apis.Api, to_plain: CustomSink, hasura: apis.Api, to_hasura: CustomSink
) -> None:
    """It is sent instead of our own token; whether the status says so or, at Hasura, the code."""
    plain.secret = hasura.secret = "other"
    for sink in (to_plain, to_hasura):
        with pytest.raises(Unavailable, match="does not believe"):
            sink.apply("ada", [plan(note(1))], key="k")


@pytest.mark.parametrize(
    "down",
    [
        ("postgres-error", "connection error"),
        ("postgres-max-connections-error", "max connections reached on postgres"),
        ("unexpected", "database query error"),  # 57P01, admin_shutdown
        ("remote-schema-error", "HTTP exception occurred while sending the request"),
    ],
)
def test_a_restart_of_the_database_behind_hasura_fails_no_mail(
    hasura: apis.Api, to_hasura: CustomSink, down: tuple[str, str]
) -> None:
    """Nothing is taken for done; the next attempt sends it all."""
    hasura.down = down
    with pytest.raises(Unavailable, match=down[1]):
        to_hasura.apply("ada", [plan(note(1))], key="k")
    hasura.down = None
    assert to_hasura.apply("ada", [plan(note(1))], key="k").created == 1
    assert len(hasura.rows) == 1


def test_what_violates_a_constraint_of_hasura_is_refused(
    hasura: apis.Api, to_hasura: CustomSink
) -> None:
    """Sending it again would be answered in the same way."""
    hasura.down = ("constraint-violation", "Check constraint violation.")
    with pytest.raises(Refused, match="Check constraint"):
        to_hasura.apply("ada", [plan(note(1))], key="k")
