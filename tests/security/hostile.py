"""Attachments and mails made to exhaust their reader: small to send, dear to read."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from base64 import encodebytes
from collections.abc import Callable

_MIB = 1024 * 1024


def attached(content: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    """A mail that carries the file."""
    head = (
        "From: reader@example.org\r\nTo: import@localhost\r\nSubject: Notes\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f'--b\r\nContent-Type: {kind}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    body = encodebytes(content).replace(b"\n", b"\r\n")
    return head + body + b"--b--\r\n"


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def _zip_bomb() -> bytes:
    return _zip({"notes.html": b"\0" * (300 * _MIB)})


def _nested_zips() -> bytes:
    content = b"x" * 1000
    for level in range(50):
        content = _zip({f"{level}.zip": content})
    return content


def _many_files() -> bytes:
    return _zip({f"{n}.html": b"<html>" for n in range(20_000)})


def _escaping_zip() -> bytes:
    return _zip({"../../etc/passwd": b"x", "/etc/shadow": b"x", "C:\\windows\\x": b"x"})


def _docx(document: bytes) -> bytes:
    kind = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return _zip({"[Content_Types].xml": kind, "word/document.xml": document})


def _laughs() -> bytes:
    lines = [b'<!DOCTYPE d [<!ENTITY a0 "ha">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)]
    return b'<?xml version="1.0"?>' + b"".join(lines) + b"]><d>&a11;</d>"


def _stranger_file() -> bytes:
    return b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'


def _paragraphs() -> bytes:
    return b"<w:document xmlns:w='w'><w:body>" + b"<w:p/>" * 1_000_000 + b"</w:body></w:document>"


def _clippings(location: bytes) -> bytes:
    entry = (
        b"A Book (Ines Marlow)\n- Your Highlight on Location %s | "
        b"Added on Monday, 2 March 2026 10:00:00\n\nWords.\n==========\n"
    )
    return entry % location


def _pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n" + body + b"\nstartxref\n0\n%%EOF\n"


_KINDLE = (
    b'<html><body><div class="bodyContainer"><div class="notebookFor">Notebook Export</div>'
    b'<div class="bookTitle">A Book</div>'
)
_HEADER = b"Kindle Notebook Export\r\n,,,\r\n"

ATTACHMENTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip of 300 MB of zeros": ("notes.zip", _zip_bomb),
    "zip within zip, 50 deep": ("notes.zip", _nested_zips),
    "zip of 20,000 files": ("notes.zip", _many_files),
    "zip with paths that lead out": ("notes.zip", _escaping_zip),
    "zip cut off": ("notes.zip", lambda: _zip({"a.html": b"x" * 10_000})[:-40]),
    "docx with a billion laughs": ("notes.docx", lambda: _docx(_laughs())),
    "docx with a foreign entity": ("notes.docx", lambda: _docx(_stranger_file())),
    "docx of a million paragraphs": ("notes.docx", lambda: _docx(_paragraphs())),
    "XML with a billion laughs": ("notes.xml", _laughs),
    "60 KB of <a": ("notes.html", lambda: b"<a " * 20_000),
    "20,000 open comments": ("notes.html", lambda: b"<!--" * 20_000),
    "100,000 nested div": ("notes.html", lambda: _KINDLE + b"<div>" * 100_000),
    "5 MB of headings": (
        "notes.html",
        lambda: _KINDLE + b'<div class="noteHeading">Highlight - Page 1</div>' * 100_000,
    ),
    "one attribute of 5 MB": (
        "notes.html",
        lambda: _KINDLE + b'<div class="' + b"x " * (2 * _MIB) + b'">',
    ),
    "csv field of 5 MB": ("notes.csv", lambda: _HEADER + b'"' + b"x" * (5 * _MIB) + b'"\r\n'),
    "csv of 2 million quotes": ("notes.csv", lambda: _HEADER + b'"' * 2_000_000),
    "csv of 500,000 columns": ("notes.csv", lambda: _HEADER + b"," * 500_000),
    "number of 5,000 digits": ("My Clippings.txt", lambda: _clippings(b"9" * 5_000)),
    "number of a million digits": ("My Clippings.txt", lambda: _clippings(b"9" * 1_000_000)),
    "200,000 clippings": ("My Clippings.txt", lambda: _clippings(b"10-12") * 200_000),
    "100,000 separators": ("My Clippings.txt", lambda: b"==========\n" * 100_000),
    "JSON nested 100,000 deep": ("notes.json", lambda: b"[" * 100_000),
    "JSON number of a million digits": ("notes.json", lambda: b'{"a":' + b"9" * 1_000_000 + b"}"),
    "Lua table nested 100,000 deep": ("metadata.epub.lua", lambda: b"return " + b"{" * 100_000),
    "PDF whose pages contain themselves": (
        "notes.pdf",
        lambda: _pdf(
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj\n"
            b"trailer<</Root 1 0 R/Size 3>>"
        ),
    ),
    "PDF with a huge length": (
        "notes.pdf",
        lambda: _pdf(b"1 0 obj<</Length 99999999999>>stream\nx\nendstream endobj"),
    ),
    "PDF stream of 200 MB of zeros": (
        "notes.pdf",
        lambda: _pdf(
            b"1 0 obj<</Filter/FlateDecode/Length 9999999>>stream\n"
            + zlib.compress(b"\0" * (200 * _MIB))
            + b"\nendstream endobj\ntrailer<</Root 1 0 R>>"
        ),
    ),
    "SQLite header and nothing behind": ("KoboReader.sqlite", lambda: b"SQLite format 3\0" * 5_000),
    "gzip of 300 MB of zeros": (
        "notes.gz",
        lambda: gzip.compress(b"\0" * (300 * _MIB), 9),
    ),
    "random bytes as every kind": ("notes", lambda: bytes(range(256)) * 40_000),
}
