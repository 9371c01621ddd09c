"""Bytes to text, by the labels browsers honour and no others.

Source: https://encoding.spec.whatwg.org/#names-and-labels. UTF-7, unicode_escape, idna and Python's
other codecs that are not character sets are never honoured: they turn data into something else.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["decode", "python_codec", "stated"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Every label of the Encoding Standard, by the Python codec for its encoding; labels are folded to
# [a-z0-9] before look-up. cp936, cp950, cp949 and hansi labels are what Outlook writes for them.
_LABELS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8",
    "utf-16-le": "utf16 utf16le csunicode iso10646ucs2 ucs2 unicode unicodefeff",
    "utf-16-be": "utf16be unicodefffe",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso88592 isoir101 iso885921987 l2 latin2",
    "iso8859-3": "csisolatin3 iso88593 isoir109 iso885931988 l3 latin3",
    "iso8859-4": "csisolatin4 iso88594 isoir110 iso885941988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso88595 isoir144 iso885951988",
    "iso8859-6": "arabic asmo708 csisolatinarabic ecma114 iso88596 iso88596e iso88596i isoir127",
    "iso8859-7": "csisolatingreek ecma118 elot928 greek greek8 iso88597 isoir126 suneugreek",
    "iso8859-8": "csisolatinhebrew hebrew iso88598 iso88598e iso88598i isoir138 logical visual",
    "iso8859-10": "csisolatin6 iso885910 isoir157 l6 latin6",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "csisolatin9 iso885915 l9 latin9",
    "iso8859-16": "iso885916",
    "koi8-r": "cskoi8r koi koi8 koi8r",
    "koi8-u": "koi8ru koi8u",
    "mac-roman": "csmacintosh mac macintosh xmacroman",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "cp874": "dos874 iso885911 tis620 windows874",
    "cp1250": "cp1250 windows1250 xcp1250",
    "cp1251": "cp1251 windows1251 xcp1251",
    "cp1252": "ansix341968 ascii cp1252 cp819 csisolatin1 ibm819 iso88591 isoir100 iso885911987 l1"
    " latin1 usascii windows1252 xcp1252",
    "cp1253": "cp1253 windows1253 xcp1253",
    "cp1254": "cp1254 csisolatin5 iso88599 isoir148 iso885991989 l5 latin5 windows1254 xcp1254",
    "cp1255": "cp1255 windows1255 xcp1255",
    "cp1256": "cp1256 windows1256 xcp1256",
    "cp1257": "cp1257 windows1257 xcp1257",
    "cp1258": "cp1258 windows1258 xcp1258",
    "gb18030": "chinese cp936 csgb2312 csiso58gb231280 gb18030 gb2312 gb231280 gbk isoir58 xgbk",
    "big5hkscs": "big5 big5hkscs cnbig5 cp950 csbig5 xxbig5",
    "euc_jp": "cseucpkdfmtjapanese eucjp xeucjp",
    "iso2022_jp": "csiso2022jp iso2022jp",
    "cp932": "cp932 csshiftjis ms932 mskanji shiftjis sjis windows31j xsjis",
    "cp949": "cp949 cseuckr csksc56011987 euckr isoir149 korean ksc5601 ksc56011987 ksc56011989"
    " windows949",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

# Where HTML and XML say what they are written in (HTML s13.2.3.2, XML s4.3.3).
_STATED = re.compile(
    rb"""<meta\s[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w:.-]{1,40})"""
    rb"""|<\?xml\s[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([\w:.-]{1,40})""",
    re.IGNORECASE,
)
_STATED_WITHIN = 1024
# In bytes below 128 that may be more than ASCII: those of UTF-16 and of ISO 2022.
_SHIFTS = b"\0\x0e\x0f\x1b"


def python_codec(label: str) -> str | None:
    """The Python codec for a charset label, or None when browsers would not know it either."""
    folded = "".join(c for c in label.lower() if c.isascii() and c.isalnum())
    return _CODECS.get(folded)


def _utf16_without_bom(content: bytes) -> str | None:
    """The codec of UTF-16, which betrays itself in Western text by a zero in every second byte."""
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


def stated(content: bytes) -> str:
    """The charset label that an HTML or XML file states in its first kilobyte, or empty."""
    found = _STATED.search(content, 0, _STATED_WITHIN)
    label = (found[1] or found[2]).decode("ascii") if found else ""
    # What could be read so far is not UTF-16, whatever it says.
    return "" if (python_codec(label) or "").startswith("utf-16") else label


def _damaged_utf8(content: bytes) -> str | None:
    """UTF-8 with a few bytes cut or changed, as against another charset that is not UTF-8."""
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    foreign = len(text.encode("utf-8")) - len(text) if damaged else 0
    return text if foreign and damaged * 5 <= foreign else None


def decode(content: bytes, declared: str = "") -> str:
    """Text of the content: BOM, then UTF-16 by its zeros, then UTF-8, then the declared charset.

    UTF-8 that really is UTF-8, even with a little damage, wins over a label, since mail programs
    mislabel it often. Never raises: Windows-1252 with U+FFFD is the last resort. The BOM is not
    part of the result.

    Args:
        declared: a label from outside, such as the charset of a MIME part; when it is empty or
            unknown, what the file states about itself counts.
    """
    if content.isascii() and not any(byte in content for byte in _SHIFTS):
        return content.decode("ascii")
    for bom, codec in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(codec, "replace")
    codec_declared = python_codec(declared) or python_codec(stated(content))
    candidates = [_utf16_without_bom(content), "utf-8"]
    # ISO-2022-JP is ASCII bytes, so it must be tried before UTF-8, which would accept it.
    if codec_declared == "iso2022_jp" or b"\x1b$B" in content:
        candidates.insert(0, "iso2022_jp")
    for candidate in filter(None, candidates):
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
    if (repaired := _damaged_utf8(content)) is not None:
        return repaired
    return content.decode(codec_declared or "cp1252", "replace")
