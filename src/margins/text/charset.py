"""Bytes to text, by the labels browsers honour and no others.

Source: https://encoding.spec.whatwg.org/#names-and-labels. UTF-7, unicode_escape, idna and Python's
other codecs that are not character sets are never honoured: they turn data into something else.
"""

from __future__ import annotations

import codecs

__all__ = ["decode", "python_codec"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# WHATWG encoding -> Python codec, by name. Labels are folded to [a-z0-9] before look-up.
_CODECS = {
    "utf8": "utf-8", "unicode11utf8": "utf-8", "utf16": "utf-16-le", "utf16le": "utf-16-le",
    "utf16be": "utf-16-be", "usascii": "cp1252", "ascii": "cp1252", "iso88591": "cp1252",
    "latin1": "cp1252", "l1": "cp1252", "cp1252": "cp1252", "windows1252": "cp1252",
    "iso88592": "iso8859-2", "latin2": "iso8859-2", "iso88593": "iso8859-3",
    "iso88594": "iso8859-4", "iso88595": "iso8859-5", "iso88596": "iso8859-6",
    "iso88597": "iso8859-7", "iso88598": "iso8859-8", "iso88599": "cp1254",
    "latin5": "cp1254", "iso885910": "iso8859-10", "iso885913": "iso8859-13",
    "iso885914": "iso8859-14", "iso885915": "iso8859-15", "latin9": "iso8859-15",
    "iso885916": "iso8859-16", "koi8r": "koi8-r", "koi8u": "koi8-u", "macintosh": "mac-roman",
    "xmaccyrillic": "mac-cyrillic", "windows874": "cp874", "tis620": "cp874",
    "iso885911": "cp874", "windows1250": "cp1250", "cp1250": "cp1250", "windows1251": "cp1251",
    "cp1251": "cp1251", "windows1253": "cp1253", "cp1253": "cp1253", "windows1254": "cp1254",
    "cp1254": "cp1254", "windows1255": "cp1255", "cp1255": "cp1255", "windows1256": "cp1256",
    "cp1256": "cp1256", "windows1257": "cp1257", "cp1257": "cp1257", "windows1258": "cp1258",
    "cp1258": "cp1258", "ibm866": "cp866", "cp866": "cp866", "gbk": "gb18030",
    "gb2312": "gb18030", "gb18030": "gb18030", "xgbk": "gb18030", "big5": "big5hkscs",
    "big5hkscs": "big5hkscs", "cnbig5": "big5hkscs", "eucjp": "euc_jp", "xeucjp": "euc_jp",
    "iso2022jp": "iso2022_jp", "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932",
    "windows31j": "cp932", "ms932": "cp932", "euckr": "cp949", "ksc56011987": "cp949",
    "windows949": "cp949",
}  # fmt: skip


def python_codec(label: str) -> str | None:
    """The Python codec for a charset label, or None when browsers would not know it either."""
    folded = "".join(c for c in label.lower() if c.isascii() and c.isalnum())
    return _CODECS.get(folded)


def _utf16_without_bom(content: bytes) -> str | None:
    """UTF-16 betrays itself in Western text by a zero in every second byte."""
    head = content[:512]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def decode(content: bytes, declared: str = "") -> str:
    """Text of the content: BOM, then UTF-16 by its zeros, then the declared charset, then guesses.

    A declared charset is used only when the bytes fit it; UTF-8 that really is UTF-8 wins over a
    wrong label, since mail programs mislabel it often. Never raises: Windows-1252 with U+FFFD is
    the last resort. The BOM is not part of the result.
    """
    for bom, codec in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(codec, "replace")
    if (codec_16 := _utf16_without_bom(content)) is not None:
        return content.decode(codec_16, "replace")
    codec_declared = python_codec(declared) if declared else None
    # ISO-2022-JP is ASCII bytes, so it must be tried before UTF-8, which would accept it.
    first = [codec_declared] if codec_declared == "iso2022_jp" else []
    for candidate in [*first, "utf-8", codec_declared]:
        if candidate is None:
            continue
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
    return content.decode(codec_declared or "cp1252", "replace")
