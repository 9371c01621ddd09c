"""Hostile content behind a good beginning: files their format claims, and has to read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

_GOLDEN = Path(__file__).parents[1] / "formats" / "golden"
_MIB = 1024 * 1024


def _golden(name: str) -> bytes:
    return (_GOLDEN / name).read_bytes()


def _behind(name: str, tail: bytes) -> Callable[[], bytes]:
    return lambda: _golden(name) + tail


def _repeated(name: str, size: int) -> Callable[[], bytes]:
    def make() -> bytes:
        content = _golden(name)
        return content * (size // len(content))

    return make


def _within(name: str, mark: bytes, *pieces: tuple[bytes, int]) -> Callable[[], bytes]:
    """The file with pieces, so many times each, in front of the last mark."""

    def make() -> bytes:
        head, _, tail = _golden(name).rpartition(mark)
        assert head
        return head + b"".join(piece * count for piece, count in pieces) + mark + tail

    return make


def _clipping(location: bytes, words: bytes = b"Words.") -> bytes:
    return (
        b"\r\nA Book (Ines Marlow)\r\n- Your Highlight on Location %s | "
        b"Added on Monday, 2 March 2026 10:00:00\r\n\r\n%s\r\n==========\r\n" % (location, words)
    )


_DOCX = "play-books-docx/Notes from _The Salt Ledger_.docx"
_LAUGHS = b'<!DOCTYPE d [<!ENTITY a0 "ha">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)


def _docx(change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """The document with its text changed."""

    def make() -> bytes:
        made = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(_golden(_DOCX))) as good,
            zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name in good.namelist():
                content = good.read(name)
                changed = change(content) if name == "word/document.xml" else content
                archive.writestr(name, changed)
        return made.getvalue()

    return make


def _in_body(unit: bytes, count: int) -> Callable[[], bytes]:
    return _docx(lambda text: text.replace(b"<w:body>", b"<w:body>" + unit * count, 1))


def _pdf_with_a_page_of_zeros() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(_golden("annotated-pdf/marks.pdf"))))
    page = DecodedStreamObject()
    page.set_data(b"\0" * (200 * _MIB))
    writer.pages[0][NameObject("/Contents")] = writer._add_object(page.flate_encode(9))
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _zip(name: str, content: bytes, **attributes: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo(name)
        for attribute, value in attributes.items():
            setattr(entry, attribute, value)
        archive.writestr(entry, content)
    return made.getvalue()


def _encrypted_zip() -> bytes:
    # Flag bit 0, in the local and the central header.
    content = bytearray(_zip("notes.csv", b"\1" * 100))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


DISGUISED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip with a password": ("notes.zip", _encrypted_zip),
    "zip with a symbolic link": (
        "notes.zip",
        lambda: _zip("notes.csv", b"/etc/passwd", external_attr=0o120777 << 16, create_system=3),
    ),
    "clipping with a number of 5,000 digits": (
        "My Clippings.txt", _behind("kindle-clippings/english.txt", _clipping(b"9" * 5_000)),
    ),
    "clipping of 5 MB": (
        "My Clippings.txt",
        _behind("kindle-clippings/english.txt", _clipping(b"1", b"x " * 2_500_000)),
    ),
    "30,000 clippings of one book": (
        "My Clippings.txt", _behind("kindle-clippings/english.txt", _clipping(b"10-12") * 30_000),
    ),
    "csv with a field of 5 MB": (
        "notes.csv",
        _behind("kindle-csv/english.csv", b'"Highlight","1","","' + b"x" * (5 * _MIB) + b'"\r\n'),
    ),
    "csv with a quote that never ends": (
        "notes.csv", _behind("kindle-csv/english.csv", b'"' + b",\r\n" * 1_000_000),
    ),
    "csv with a row of 500,000 columns": (
        "notes.csv", _behind("kindle-csv/english.csv", b"," * 500_000 + b"\r\n"),
    ),
    "csv with formulas": (
        "notes.csv",
        _behind("kindle-csv/english.csv", b"Highlight,Page 1,,\"=cmd|' /C calc'!A0\"\r\n"),
    ),
    "docx of a million empty paragraphs": ("notes.docx", _in_body(b"<w:p/>", 1_000_000)),
    "docx of 20,000 tables within tables": ("notes.docx", _in_body(b"<w:tbl><w:tr><w:tc>", 20_000)),
    "docx with a document type of a billion laughs": (
        "notes.docx", _docx(lambda text: _LAUGHS + text.replace(b"<w:body>", b"<w:body>&a11;", 1)),
    ),
    "docx whose text is 60 MB of spaces": (
        "notes.docx", _docx(lambda text: text + b" " * (60 * _MIB)),
    ),
    "epub.annot with a billion laughs": (
        "book.epub.annot",
        lambda: _LAUGHS + _golden("kobo-annot/entities.annot").partition(b"?>")[2],
    ),
    "Lua table nested 100,000 deep in its place": (
        "metadata.epub.lua",
        _within("koreader-lua/metadata.epub.lua", b"}", (b"{", 100_000), (b"}", 100_000)),
    ),
    "PDF with a page of 200 MB of zeros": ("notes.pdf", _pdf_with_a_page_of_zeros),
    "PDF with a password": ("notes.pdf", lambda: _golden("annotated-pdf/password.pdf")),
    "HTML with 20,000 open tags in its place": (
        "notes.html", _within("kindle-notebook/chapters.html", b"</div>", (b"<a ", 20_000)),
    ),
    "HTML with 20,000 comments in its place": (
        "notes.html", _within("kindle-notebook/chapters.html", b"</div>", (b"<!--", 20_000)),
    ),
    "HTML with 20,000 levels in its place": (
        "notes.html", _within("kindle-notebook/chapters.html", b"</div>", (b"<div>", 20_000)),
    ),
    "Kobo database cut off": (
        "KoboReader.sqlite", lambda: _golden("kobo-sqlite/KoboReader.sqlite")[:9_000],
    ),
    "Kobo database whose pages are noise": (
        "KoboReader.sqlite",
        lambda: _golden("kobo-sqlite/KoboReader.sqlite")[:4_096] + bytes(range(256)) * 100,
    ),
    "5 MB of WeRead exports in one": ("notes.txt", _repeated("weread-txt/present.txt", 5 * _MIB)),
    "Tolino notes of 5 MB": ("notes.txt", _repeated("tolino/de.txt", 5 * _MIB)),
}  # fmt: skip
