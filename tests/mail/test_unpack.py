"""What a message carries, wherever it is packed."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail import Attachment, Unpacked, attachments, parse, unpack
from margins.mail.limits import LIMITS, Limits

EXPORT = b"<h1>Salt and Sea</h1>"


def zipped(**files: bytes) -> bytes:
    """A zip archive; keys are names with "__" for "." in them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def part(fields: str, body: bytes = EXPORT) -> bytes:
    """One body part, base64-encoded."""
    head = f"{fields}\nContent-Transfer-Encoding: base64\n\n".lstrip("\n")
    return head.encode() + base64.encodebytes(body)


def mixed(*parts: bytes, kind: str = "mixed") -> bytes:
    """A message of these parts."""
    head = b"From: orla@finch.example\nContent-Type: multipart/%s; boundary=b\n\n" % kind.encode()
    return head + b"".join(b"--b\n" + p + b"\n" for p in parts) + b"--b--\n"


def carried(content: bytes, limits: Limits = LIMITS) -> Unpacked:
    """What the message with this content carries."""
    return attachments(parse(content, limits=limits), limits=limits)


def places(unpacked: Unpacked) -> list[str]:
    """Where each attachment was found."""
    return [a.place for a in unpacked.attachments]


def test_the_kindle_app_s_mail() -> None:
    """A text, the file, a signature behind it: three parts in order, the file attached."""
    text, export, signature = carried(
        mixed(
            b"Content-Type: text/plain\n\nYour notebook is attached.",
            part('Content-Type: text/html; name="Salt - Notebook.html"'),
            b"Content-Type: text/plain\n\nSent from my telephone",
        )
    ).attachments
    assert (text.inline, export.inline, signature.inline) == (True, False, True)
    assert (export.content, export.filename) == (EXPORT, "Salt - Notebook.html")
    assert export.place == "part 2 (Salt - Notebook.html)"
    assert (export.media_type, export.suffix) == ("text/html", ".html")


@pytest.mark.parametrize(
    ("fields", "inline", "place"),
    [
        ("Content-Type: text/html", True, "the mail itself"),
        ("Content-Type: text/html; name=S.html", False, "the mail itself (S.html)"),
        ("Content-Type: text/plain\nContent-Disposition: attachment", False, "the mail itself"),
        ("Content-Type: text/csv\nContent-Disposition: inline", True, "the mail itself"),
        ("Content-Type: application/json", False, "the mail itself"),
        ("Content-Type: application/pdf; name=S.html", False, "the mail itself (S.html)"),
    ],
)
def test_single_part(fields: str, inline: bool, place: str) -> None:
    """A message without parts is itself what it carries, of whatever type."""
    (only,) = carried(part("From: orla@finch.example\n" + fields)).attachments
    assert (only.content, only.inline, only.place) == (EXPORT, inline, place)


def test_both_alternatives() -> None:
    """Text and HTML of the same body are both given, inline."""
    unpacked = carried(
        mixed(part("Content-Type: text/plain"), part("Content-Type: text/html"), kind="alternative")
    )
    assert [(a.media_type, a.inline) for a in unpacked.attachments] == [
        ("text/plain", True),
        ("text/html", True),
    ]


def test_unnamed_and_mislabelled_parts() -> None:
    """Neither a name nor the right type is needed."""
    unpacked = carried(
        mixed(
            part("Content-Type: application/octet-stream"),
            part("Content-Type: image/jpeg; name=Salt.html"),
            part("Content-Type: nonsense"),
            part("Content-Disposition: attachment; filename=Salt.html"),
        )
    )
    assert [a.content for a in unpacked.attachments] == [EXPORT] * 4
    assert [a.inline for a in unpacked.attachments] == [False, False, True, False]


def test_what_no_export_can_be() -> None:
    """Pictures, signatures, delivery reports and empty bodies are left out without a word."""
    unpacked = carried(
        mixed(
            part("Content-Type: image/png; name=logo.png", b"\x89PNG\r\n\x1a\n..."),
            part("Content-Type: application/octet-stream", b"\xff\xd8\xff\xe0..."),
            part("Content-Type: application/pkcs7-signature; name=smime.p7s"),
            part("Content-Type: text/vcard; name=orla.vcf"),
            b"Content-Type: text/plain\n\n \n\n",
        )
    )
    assert unpacked == Unpacked(attachments=())


def test_an_empty_file_is_still_a_file() -> None:
    """An attached file without content is given, so that its sender can be told."""
    (empty,) = carried(mixed(part("Content-Type: text/html; name=Salt.html", b""))).attachments
    assert empty.content == b""


FORWARDED = mixed(part("Content-Type: text/html; name=S.html"), part("Content-Type: text/plain"))


@pytest.mark.parametrize(
    ("carrier", "place"),
    [
        (b"Content-Type: message/rfc822\n\n" + FORWARDED, "part 1.1 of forwarded mail (S.html)"),
        (part("Content-Type: message/rfc822", FORWARDED), "part 1 (S.html) in part 1"),
        (
            part("Content-Type: message/rfc822; name=Old.eml", FORWARDED),
            "part 1 (S.html) in part 1 (Old.eml)",
        ),
        (
            part("Content-Type: application/octet-stream; name=Old.EML", FORWARDED),
            "part 1 (S.html) in part 1 (Old.EML)",
        ),
        (
            part("Content-Type: application/zip; name=a.zip", zipped(Old__eml=FORWARDED)),
            "part 1 (S.html) in Old.eml in part 1 (a.zip)",
        ),
    ],
)
def test_forwarded(carrier: bytes, place: str) -> None:
    """A forwarded message is opened however it is attached."""
    export, text = carried(mixed(carrier)).attachments
    assert (export.content, export.inline, export.place) == (EXPORT, False, place)
    assert text.inline


def test_digest() -> None:
    """Every message of a digest is opened."""
    unpacked = carried(
        mixed(b"\n" + FORWARDED.replace(b"=b", b"=c").replace(b"--b", b"--c"), kind="digest")
    )
    assert places(unpacked) == ["part 1.1 of forwarded mail (S.html)", "part 1.2 of forwarded mail"]


def test_forwarded_in_forwarded() -> None:
    """Depth counts through encodings: what lies too deep is a problem, not a crash."""
    content = FORWARDED
    for _ in range(12):
        content = mixed(part("Content-Type: message/rfc822", content))
    unpacked = carried(content)
    assert unpacked.attachments == ()
    (problem,) = unpacked.problems
    assert "nested more than 20 levels deep" in problem


def test_parts_count_through_encodings() -> None:
    """Messages inside messages share the allowance of parts."""
    many = mixed(*[part("Content-Type: text/plain")] * 30)
    content = mixed(*[part("Content-Type: message/rfc822", many)] * 5)
    unpacked = carried(content, Limits(parts=100))
    assert len(unpacked.attachments) == 90
    assert len(unpacked.problems) == 2


@pytest.mark.parametrize(
    ("name", "packed", "place"),
    [
        ("n.zip", zipped(S__html=EXPORT), "S.html in part 1 (n.zip)"),
        ("n.dat", zipped(S__html=EXPORT), "S.html in part 1 (n.dat)"),
        ("n.zip", zipped(**{"a/b/../../../S.html": EXPORT}), "S.html in part 1 (n.zip)"),
        ("n.zip", zipped(**{"C:\\x\\S.html": EXPORT}), "S.html in part 1 (n.zip)"),
        ("n.zip", zipped(m__zip=zipped(S__html=EXPORT)), "S.html in m.zip in part 1 (n.zip)"),
        ("S.html.gz", gzip.compress(EXPORT, mtime=0), "S.html in part 1 (S.html.gz)"),
        ("n.zip", zipped(S__gz=gzip.compress(EXPORT, mtime=0)), "S in S.gz in part 1 (n.zip)"),
    ],
)
def test_containers(name: str, packed: bytes, place: str) -> None:
    """Zip and gzip, in one another, by their content and not their name; no path is followed."""
    (export,) = carried(
        mixed(part(f"Content-Type: application/zip; name={name}", packed))
    ).attachments
    assert (export.content, export.place) == (EXPORT, place)
    assert export.media_type == "application/octet-stream"


def test_third_container_is_refused() -> None:
    """A zip in a zip in a zip is reported, with its place."""
    packed = zipped(b__zip=zipped(c__zip=zipped(S__html=EXPORT)), x__html=EXPORT)
    unpacked = carried(mixed(part("Content-Type: application/zip; name=a.zip", packed)))
    assert places(unpacked) == ["x.html in part 1 (a.zip)"]
    assert unpacked.problems == (
        "c.zip in b.zip in part 1 (a.zip): It is packed more than twice. Send the file itself.",
    )


@pytest.mark.parametrize("name", ["word/document.xml", "mimetype", "[Content_Types].xml"])
def test_documents_are_not_containers(name: str) -> None:
    """docx, epub and their like stay whole."""
    packed = zipped(**{name: b"x", "other.html": EXPORT})
    (only,) = carried(mixed(part("Content-Type: application/zip; name=S.docx", packed))).attachments
    assert only.content == packed


def test_problems_do_not_stop_the_rest() -> None:
    """A damaged archive is reported and what stands beside it is given."""
    unpacked = carried(
        mixed(
            part("Content-Type: application/zip; name=n.zip", zipped(S__html=EXPORT)[:-30]),
            part("Content-Type: text/html; name=S.html"),
        )
    )
    assert places(unpacked) == ["part 2 (S.html)"]
    assert unpacked.problems == ("part 1 (n.zip): The zip archive is damaged. Pack it again.",)


def test_all_containers_share_one_allowance() -> None:
    """What unpacks to more than the limit over the whole message is left packed, and said so."""
    packed = zipped(S__txt=bytes(range(256)) * 400)
    unpacked = carried(
        mixed(*[part("Content-Type: application/zip; name=n.zip", packed)] * 3),
        Limits(inflated_bytes=250_000),
    )
    assert len(unpacked.attachments) == 2
    (problem,) = unpacked.problems
    assert problem.startswith("part 3 (n.zip): S.txt was left packed")


def test_all_containers_share_the_number_of_files() -> None:
    """Many small archives are one large one."""
    packed = zipped(**{f"{n}": b"x" for n in range(40)})
    unpacked = carried(
        mixed(*[part("Content-Type: application/zip; name=n.zip", packed)] * 3),
        Limits(entries=100),
    )
    assert len(unpacked.attachments) == 80
    assert unpacked.problems == (
        "part 3 (n.zip): The archives of the mail hold more than 100 files.",
    )


def test_a_file_without_a_message() -> None:
    """The library opens files the same way."""
    plain = Attachment(content=EXPORT, filename="S.html", place="S.html")
    assert unpack(plain) == Unpacked(attachments=(plain,))
    packed = Attachment(content=zipped(S__html=EXPORT), filename="n.zip", place="n.zip")
    assert places(unpack(packed)) == ["S.html in n.zip"]
    mail = Attachment(content=FORWARDED, filename="Old.eml", place="Old.eml")
    assert places(unpack(mail)) == ["part 1 (S.html) in Old.eml", "part 2 in Old.eml"]


_MAGIC = st.sampled_from(
    [b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x78\x9f\x3e\x22", b"A: b\n"]
)


@given(_MAGIC, st.binary(max_size=200))
def test_any_bytes_behind_any_magic(magic: bytes, noise: bytes) -> None:
    """Files that only pretend are reported or given as they are; nothing is raised."""
    unpack(Attachment(content=magic + noise, filename="x.eml", place="x"))


@given(st.data())
def test_mutated_archives(data: st.DataObject) -> None:
    """An archive with bytes changed is read or reported."""
    content = bytearray(
        data.draw(
            st.sampled_from([zipped(a=b"text" * 50, b=b""), gzip.compress(b"text" * 50, mtime=0)])
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    unpack(Attachment(content=bytes(content), place="x"))
