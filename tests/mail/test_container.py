"""Zip and gzip within their bounds."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from margins.mail.container import Allowance, Opened, open_gzip, open_zip
from margins.mail.limits import LIMITS, Limits

MEBIBYTE = 1024 * 1024


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, content in entries:
            packed.writestr(name, content)
    return out.getvalue()


def opened(content: bytes, limits: Limits = LIMITS) -> Opened:
    """The archive opened with a fresh allowance."""
    result = open_zip(content, Allowance(limits))
    assert result is not None
    return result


def test_order_and_names() -> None:
    """Files in the order of the archive; folders and what macOS adds are no files."""
    content = archive(
        ("b.html", b"1"), ("folder/", b""), ("folder/a.html", b"2"),
        ("__MACOSX/._b.html", b"x"), ("folder/.DS_Store", b"x"), ("Sø.html", b"3"),
    )  # fmt: skip
    assert [(f.name, f.content) for f in opened(content).files] == [
        ("b.html", b"1"),
        ("folder/a.html", b"2"),
        ("Sø.html", b"3"),
    ]


def test_names_without_the_utf_8_flag() -> None:
    """UTF-8 names whose packer forgot to say so are still UTF-8."""
    content = archive(("S__.html", b"x")).replace(b"S__.html", "Sø.html".encode())
    assert [f.name for f in opened(content).files] == ["Sø.html"]


def test_encrypted() -> None:
    """An entry with a password is reported by name."""
    content = bytearray(archive(("S.html", b"x")))
    content[6] |= 1  # flag bits of the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of the directory
    result = opened(bytes(content))
    assert result.problems == ("S.html is encrypted. Send it without a password.",)
    assert result.files == ()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound(method: int) -> None:
    """Methods whose output cannot be bounded are not unpacked."""
    result = opened(archive(("S.html", b"x" * 100), method=method))
    assert result.problems[0].startswith("S.html is packed by a method that is not supported")


def test_bombs() -> None:
    """A file that grows more than a hundredfold is left packed, the ones beside it are not."""
    result = opened(archive(("bomb", bytes(60 * MEBIBYTE)), ("S.html", b"x" * 1000)))
    assert [f.name for f in result.files] == ["S.html"]
    assert result.problems == ("bomb unpacks to more than 100 times its size and was left packed.",)


def test_small_files_may_repeat_themselves() -> None:
    """Up to a mebibyte the ratio does not count: exports repeat their markup."""
    assert opened(archive(("S.html", bytes(MEBIBYTE)))).problems == ()


def test_total() -> None:
    """All files together may not outgrow the allowance."""
    noise = bytes(range(256)) * 4096
    result = opened(
        archive(*[(f"{n}.txt", noise) for n in range(4)]), Limits(inflated_bytes=3 * MEBIBYTE)
    )
    assert len(result.files) == 3
    assert result.problems == ("3.txt was left packed: the mail unpacks to more than 3 MiB.",)


def test_entries() -> None:
    """A thousand files are taken, more are refused before the directory is read."""
    assert len(opened(archive(*[(f"{n}", b"") for n in range(1_000)])).files) == 1_000
    result = opened(archive(*[(f"{n}", b"") for n in range(1_001)]))
    assert result == Opened(problems=("The archives of the mail hold more than 1,000 files.",))


def test_damage() -> None:
    """A checksum that does not fit, and an archive cut in half, are reported."""
    whole = archive(("S.html", b"Salt and Sea"), method=zipfile.ZIP_STORED)
    assert opened(whole.replace(b"Salt", b"Silt", 1)).problems == (
        "S.html is damaged. Pack it again.",
    )
    assert opened(whole[: len(whole) // 2]).problems == (
        "The zip archive is damaged. Pack it again.",
    )


def test_gzip() -> None:
    """One stream, or several one after the other, as one file."""
    allowance = Allowance(LIMITS)
    content = gzip.compress(b"Salt and ") + gzip.compress(b"Sea")
    (packed,) = open_gzip(content, "S.html.gz", allowance).files
    assert (packed.name, packed.content) == ("S.html", b"Salt and Sea")
    assert allowance.bytes == LIMITS.inflated_bytes - 12


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(b"Salt" * 100)[:-9], "The file is cut short. Send it again."),
        (gzip.compress(b"Salt")[:-5] + b"\0" * 5, "The file is damaged. Pack it again."),
        (b"\x1f\x8b\x08" + b"\xff" * 20, "The file is damaged. Pack it again."),
        (gzip.compress(b"") * 51, "The file is packed in too many pieces. Send it unpacked."),
        (
            gzip.compress(bytes(60 * MEBIBYTE)),
            "The file unpacks to more than 100 times its size and was left packed.",
        ),
    ],
    ids=["cut", "checksum", "noise", "pieces", "bomb"],
)
def test_gzip_problems(content: bytes, problem: str) -> None:
    """Cut, damaged, in too many pieces or a bomb."""
    assert open_gzip(content, "x.gz", Allowance(LIMITS)) == Opened(problems=(problem,))
