"""The sentences of a receipt, in every language there is one in.

Numbers stand where no language needs a plural. French sets a no-break space before a colon and
inside its quotation marks; Japanese and Chinese have a colon and brackets of full width.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WORDS", "Words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Braces are filled in.

    Attributes:
        counts: what is counted: found, new, updated, unchanged, skipped.
        comma: what stands between two places.
        colon: what stands between a label and what it names.
        thousands: what groups the digits of a number by three.
    """

    done: str
    nothing: str
    counts: tuple[str, str, str, str, str]
    books: str
    skipped: str
    problems: str
    more: str
    kept: str
    about: str
    book: str = "{title} ({notes})"
    colon: str = ": "
    comma: str = ", "
    thousands: str = ","


WORDS = {
    "en": Words(
        done="Your notes have arrived.",
        nothing="Nothing could be imported from your mail.",
        counts=("Found", "new", "updated", "unchanged", "skipped"),
        books="Books and their notes",
        skipped="Skipped, and why",
        problems="Please note",
        more="… and {more} more",
        kept="Your mail is kept. Once the trouble is mended, send the export again.",
        about="Margins wrote this automatically in answer to “{subject}” (mail {id}).",
    ),
    "de": Words(
        done="Ihre Notizen sind angekommen.",
        nothing="Aus Ihrer Mail konnte nichts übernommen werden.",
        counts=("Gefunden", "neu", "geändert", "unverändert", "übergangen"),
        books="Bücher und ihre Notizen",
        skipped="Übergangen, und warum",
        problems="Bitte beachten Sie",
        more="… und noch {more}",
        kept="Ihre Mail bleibt aufbewahrt. Senden Sie den Export erneut, sobald der Fehler "
        "behoben ist.",
        about="Automatische Antwort von Margins auf „{subject}“ (Mail {id}).",
        thousands=".",
    ),
    "fr": Words(
        done="Vos notes sont arrivées.",
        nothing="Rien n’a pu être importé de votre message.",
        counts=("Trouvées", "nouvelles", "modifiées", "inchangées", "ignorées"),
        books="Livres et leurs notes",
        skipped="Entrées ignorées, et pourquoi",
        problems="À noter",
        more="… et {more} de plus",
        kept="Votre message est conservé. Une fois le problème résolu, renvoyez l’export.",
        about="Réponse automatique de Margins à «\u00a0{subject}\u00a0» (message {id}).",
        colon="\u00a0: ",
        thousands="\u202f",
    ),
    "es": Words(
        done="Sus notas han llegado.",
        nothing="No se pudo importar nada de su mensaje.",
        counts=("Encontradas", "nuevas", "modificadas", "sin cambios", "omitidas"),
        books="Libros y sus notas",
        skipped="Entradas omitidas, y por qué",
        problems="Tenga en cuenta",
        more="… y {more} más",
        kept="Su mensaje se conserva. Cuando el problema esté resuelto, envíe de nuevo la "
        "exportación.",
        about="Respuesta automática de Margins a «{subject}» (mensaje {id}).",
        thousands="\u202f",
    ),
    "ja": Words(
        done="ノートを受け取りました。",
        nothing="メールから取り込めるものがありませんでした。",
        counts=("検出", "新規", "更新", "変更なし", "スキップ"),
        books="本とノートの数",
        skipped="スキップした項目と理由",
        problems="ご確認ください",
        more="…ほか {more} 件",
        kept="メールは保管しています。問題が解決しましたら、もう一度エクスポートしてお送りください。",
        about="これは「{subject}」に対する Margins からの自動返信です（メール {id}）。",
        book="{title}（{notes}）",
        colon="：",
        comma="、",
    ),
    "zh": Words(
        done="您的笔记已收到。",
        nothing="未能从您的邮件中导入任何内容。",
        counts=("找到", "新增", "更新", "未变", "跳过"),
        books="书籍及笔记数",
        skipped="跳过的条目及原因",
        problems="请注意",
        more="……另有 {more} 条",
        kept="您的邮件已保留。问题解决后，请重新发送导出文件。",
        about="这是 Margins 对“{subject}”的自动回复（邮件 {id}）。",
        book="{title}（{notes}）",
        colon="：",
        comma="，",
    ),
}
