"""What Apple Books writes around an excerpt, by language, and how sure of it we are.

"observed": read in excerpts that people pasted into public files. "unverified": Apple's wording of
the same sentence elsewhere; never seen in an excerpt.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COPYRIGHTS", "MARKERS", "WORDS", "Words", "plain"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language.

    Attributes:
        markers: lines that stand above title and author.
        copyright: the line below them.
    """

    language: str
    status: str
    markers: tuple[str, ...]
    copyright: str


WORDS = (
    Words(
        "en",
        "observed",
        ("Excerpt From", "Excerpts From"),
        "This material may be protected by copyright.",
    ),
    Words("zh-Hans", "observed", ("摘录来自",), "此材料可能受版权保护。"),
    Words("ja", "observed", ("抜粋:",), "この素材は著作権で保護されている可能性があります。"),
    Words("ko", "observed", ("다음에서 발췌",), "이 자료는 저작권에 의해 보호됩니다."),
    Words(
        "es",
        "observed",
        ("Fragmento de",),
        "Es posible que este material esté protegido por copyright.",
    ),
    Words(
        "pt",
        "observed",
        ("Trecho de", "Trechos de"),
        "Este material pode estar protegido por copyright.",
    ),
    Words("it", "observed", ("Passi di",), "Il materiale potrebbe essere protetto da copyright."),
    Words(
        "de",
        "unverified",
        ("Auszug aus",),
        "Dieses Material ist möglicherweise urheberrechtlich geschützt.",
    ),
    Words(
        "fr",
        "unverified",
        ("Extrait de",),
        "Ce contenu est peut-être protégé par des droits d’auteur.",
    ),
    Words("zh-Hant", "unverified", ("摘錄自",), "此資料可能受版權保護。"),
)


def plain(line: str) -> str:
    """The line as it is compared: without signs at its ends that mail programs and people add."""
    return line.strip(" \t*_>\u00a0").rstrip(".:。：").casefold()


MARKERS = frozenset(plain(marker) for words in WORDS for marker in words.markers)
COPYRIGHTS = frozenset(plain(words.copyright) for words in WORDS)
