"""What an answer means."""

from __future__ import annotations

import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.clients.answer import Answered, Response, judge, judge_fields, server_time
from margins.errors import Refused, Unavailable

NOW = 1_700_000_000.0


def answer(status: int, body: object = b"", **headers: str) -> Response:
    """A response; other bodies than bytes are sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers=named, body=content)


def error(message: str = "Too long.", **rest: object) -> dict[str, object]:
    """A GraphQL answer with one error."""
    return {"data": None, "errors": [{"message": message, **rest}]}


def hasura(code: str, message: str = "No.") -> dict[str, object]:
    """An answer of Hasura 2: no data, and the path only in the extensions."""
    extensions = {"path": "$.selectionSet.insert_note", "code": code}
    return {"errors": [{"message": message, "extensions": extensions}]}


def test_data_is_handed_over() -> None:
    """200 with data and no errors."""
    assert judge(answer(200, {"data": {"a": 1}}), now=NOW) == {"a": 1}


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 415, 422, 301, 302, 308])
def test_a_refusal_is_permanent(status: int) -> None:
    """Sending the same again would get the same answer, so the remedy is a person's."""
    judged = judge(answer(status, error("No such thing.")), now=NOW)
    assert isinstance(judged, Refused)
    assert judged.remedy


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_believed_waits(status: int) -> None:
    """A wrong key is an operator's fault: no reader's mail fails for it while it can be mended."""
    judged = judge(answer(status, error("Not you.")), now=NOW)
    assert isinstance(judged, Unavailable)
    assert "does not believe our tokens" in judged.what
    assert "Not you." in judged.what
    assert "issuer, audience and key set" in judged.remedy


@pytest.mark.parametrize(
    "code",
    ["FORBIDDEN", "UNAUTHENTICATED", "access-denied", "invalid-jwt", "jwt-invalid-claims",
     "jwt-missing-role-claims", "invalid-headers"],
)  # fmt: skip
def test_who_is_not_believed_waits_inside_graphql_too(code: str) -> None:
    """Hasura says 200 to it; the meaning is the same."""
    judged = judge(answer(200, hasura(code)), now=NOW)
    assert isinstance(judged, Unavailable)
    assert "does not believe our tokens" in judged.what


def test_an_import_that_is_too_large() -> None:
    """Said as such, whether the API itself refuses it or what stands before it."""
    for body in (b"", b'{"Message": "Request Entity Too Large"}', error("More than 5 MiB.")):
        judged = judge(answer(413, body), now=NOW)
        assert isinstance(judged, Refused)
        assert judged.what.startswith("The notes API takes no import of this size.")
    assert "More than 5 MiB." in judged.what


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 425, 429])
def test_an_outage_is_temporary(status: int) -> None:
    """Whatever stands in the body, a web page of a proxy for instance."""
    judged = judge(answer(status, b"<html>"), now=NOW)
    assert isinstance(judged, Unavailable)
    assert judged.retry_after is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("9" * 400, 86_400.0),
        (formatdate(NOW + 1e8, usegmt=True), 86_400.0),
        ("-5", None),
        ("soon", None),
        ("\u0663", None),
        ("", None),
    ],
)
def test_the_server_says_how_long_to_wait(text: str, seconds: float | None) -> None:
    """In seconds or as a date, at most a day; what cannot be read is not there."""
    judged = judge(answer(429, retry_after=text), now=NOW)
    assert isinstance(judged, Unavailable)
    assert judged.retry_after == seconds


@pytest.mark.parametrize("code", ["INTERNAL", "INTERNAL_SERVER_ERROR", "RATE_LIMITED"])
def test_a_server_that_broke_down_is_asked_again(code: str) -> None:
    """An error inside GraphQL counts as much as a 500."""
    judged = judge(answer(200, error(extensions={"code": code})), now=NOW)
    assert isinstance(judged, Unavailable)


@pytest.mark.parametrize(
    "code",
    ["unexpected", "postgres-error", "postgres-max-connections-error", "busy", "timeout",
     "concurrent-update", "connection-not-established", "remote-schema-error"],
)  # fmt: skip
def test_a_database_behind_hasura_that_restarts_is_waited_for(code: str) -> None:
    """Also where fields succeed one by one: Hasura names none, so that it counts for all."""
    for judged in (judge(answer(200, hasura(code)), now=NOW),
                   judge_fields(answer(200, hasura(code)), now=NOW)):  # fmt: skip
        assert isinstance(judged, Unavailable)


@pytest.mark.parametrize(
    "code",
    ["constraint-violation", "constraint-error", "data-exception", "validation-failed",
     "parse-failed", "permission-error", "permission-denied", "not-supported", "bad-request"],
)  # fmt: skip
def test_what_hasura_will_never_take_is_refused(code: str) -> None:
    """It is about what was sent; its words reach the person."""
    judged = judge(answer(200, hasura(code, "Not this.")), now=NOW)
    assert isinstance(judged, Refused)
    assert "Not this." in judged.what


def test_a_resolver_without_a_code_broke_down() -> None:
    """It has a path; a document that is wrong has none."""
    broken, wrong = error(path=["importNotebook"]), error("Cannot query field.")
    assert isinstance(judge(answer(200, broken), now=NOW), Unavailable)
    assert isinstance(judge(answer(200, wrong), now=NOW), Refused)


@pytest.mark.parametrize("code", ["BAD_USER_INPUT", "NOT_FOUND", "TOO_COMPLEX", "SOMETHING_NEW"])
def test_a_server_that_says_why_not_is_believed(code: str) -> None:
    """Its words reach the person, even where it sent data too."""
    sent = error(extensions={"code": code}) | {"data": {"a": 1}}
    judged = judge(answer(200, sent), now=NOW)
    assert isinstance(judged, Refused)
    assert "Too long." in str(judged)


def test_one_permanent_error_outweighs_temporary_ones() -> None:
    """Trying again would end in the same refusal."""
    both = [*error(path=["a"])["errors"], *error(extensions={"code": "NOT_FOUND"})["errors"]]  # type: ignore[misc]
    assert isinstance(judge(answer(200, {"errors": both}), now=NOW), Refused)


@given(
    st.binary(max_size=50)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "errors", "message", "extensions", "code", "path"]), inner
            )
        ),
    ),
    st.sampled_from([200, 204, 400, 401, 500]),
)
def test_garbage_is_judged_too(body: object, status: int) -> None:
    """No body makes it raise; without data nothing is taken for success."""
    judged = judge(answer(status, body), now=NOW)
    if not isinstance(judged, Refused | Unavailable):
        assert isinstance(body, dict)
        assert judged == body["data"]


def test_a_deeply_nested_answer_is_garbage() -> None:
    """Not the end of the program."""
    assert isinstance(judge(answer(200, b"[" * 100_000), now=NOW), Unavailable)


def test_words_of_the_server_are_cut() -> None:
    """A page of text does not become the reason of a mail; control characters do not pass."""
    judged = judge(answer(400, error("x\r\n\x1b[31m" * 10_000)), now=NOW)
    assert isinstance(judged, Refused)
    assert len(judged.what) < 400
    assert judged.what.isprintable()


def test_the_time_of_the_server_is_read() -> None:
    """From the Date header, or not at all."""
    assert server_time(answer(401, date=formatdate(NOW, usegmt=True))) == NOW
    assert server_time(answer(401, date="yesterday")) is None
    assert server_time(answer(401)) is None


def test_fields_fail_one_by_one() -> None:
    """What there is is handed over beside what is missing, and why."""
    body = {
        "data": {"a": {"id": 1}, "b": None},
        "errors": [
            {"message": "No.\nNever.", "path": ["b"], "extensions": {"code": "TOO_LONG"}},
            {"message": "Not now.", "path": ["c", 0, "id"]},
        ],
    }
    judged = judge_fields(answer(200, body), now=NOW)
    assert isinstance(judged, Answered)
    assert judged.data == {"a": {"id": 1}, "b": None}
    first, second = judged.errors
    assert (first.path, first.message, first.temporary) == (("b",), "No. Never.", False)
    assert first.extensions == {"code": "TOO_LONG"}
    assert (second.path, second.temporary) == (("c", 0, "id"), True)


@pytest.mark.parametrize(
    "body",
    [
        {"data": None, "errors": [{"message": "No.", "path": ["b"]}]},
        {"data": {"a": 1}, "errors": [{"message": "No."}]},
        {"errors": [{"message": "No.", "path": ["b"]}]},
        {"data": []},
        b"[]",
    ],
)
def test_an_error_of_the_whole_request_is_one_for_all_fields(body: object) -> None:
    """Without a path, or without data, nothing can be said to have succeeded."""
    judged = judge_fields(answer(200, body), now=NOW)
    assert type(judged) is type(judge(answer(200, body), now=NOW))
    assert isinstance(judged, Refused | Unavailable)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_fields_cannot_succeed_where_the_request_failed(status: int) -> None:
    """The status is judged as for any other request."""
    judged = judge_fields(answer(status, {"data": {"a": 1}}), now=NOW)
    assert str(judged) == str(judge(answer(status, {"data": {"a": 1}}), now=NOW))


def test_a_refusal_names_the_field() -> None:
    """So that a person finds the note that is meant."""
    said = error(path=["importNotebook", "publications", 3], extensions={"code": "BAD_INPUT"})
    judged = judge(answer(200, said), now=NOW)
    assert isinstance(judged, Refused)
    assert "importNotebook.publications.3: Too long." in judged.what
