"""The sentences of a receipt, in every language there is one in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WORDS", "Words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Braces are filled in; numbers stand where no plural is needed."""

    done: str
    nothing: str
    counts: str
    skipped: str
    problems: str
    more: str
    kept: str
    about: str


WORDS = {
    "en": Words(
        done="Your notes have arrived.",
        nothing="Nothing could be imported from your mail.",
        counts="Found: {found} · new: {created} · updated: {updated} · unchanged: {unchanged} · "
        "skipped: {skipped}",
        skipped="Skipped, and why:",
        problems="Please note:",
        more="… and {more} more",
        kept="Your mail is kept. Once the trouble is mended, send the export again.",
        about="Margins wrote this automatically in answer to “{subject}” (mail {id}).",
    ),
    "de": Words(
        done="Ihre Notizen sind angekommen.",
        nothing="Aus Ihrer Mail konnte nichts übernommen werden.",
        counts="Gefunden: {found} · neu: {created} · geändert: {updated} · unverändert: "
        "{unchanged} · übergangen: {skipped}",
        skipped="Übergangen, und warum:",
        problems="Bitte beachten Sie:",
        more="… und {more} weitere",
        kept="Ihre Mail ist aufbewahrt. Senden Sie den Export neu, sobald der Fehler behoben ist.",
        about="Margins hat dies automatisch auf „{subject}“ geantwortet (Mail {id}).",
    ),
    "fr": Words(
        done="Vos notes sont arrivées.",
        nothing="Rien n’a pu être importé de votre message.",
        counts="Trouvées : {found} · nouvelles : {created} · modifiées : {updated} · inchangées : "
        "{unchanged} · ignorées : {skipped}",
        skipped="Ignorées, et pourquoi :",
        problems="À noter :",
        more="… et {more} autres",
        kept="Votre message est conservé. Le problème résolu, renvoyez l’export.",
        about="Réponse automatique de Margins à « {subject} » (message {id}).",
    ),
    "es": Words(
        done="Sus notas han llegado.",
        nothing="No se pudo importar nada de su mensaje.",
        counts="Encontradas: {found} · nuevas: {created} · cambiadas: {updated} · sin cambios: "
        "{unchanged} · omitidas: {skipped}",
        skipped="Omitidas, y por qué:",
        problems="Tenga en cuenta:",
        more="… y {more} más",
        kept="Su mensaje se conserva. Cuando el problema esté resuelto, envíe de nuevo el archivo.",
        about="Respuesta automática de Margins a «{subject}» (mensaje {id}).",
    ),
    "ja": Words(
        done="ノートを受け取りました。",
        nothing="メールから取り込めるものがありませんでした。",
        counts="検出: {found} · 新規: {created} · 更新: {updated} · 変更なし: {unchanged} · "
        "スキップ: {skipped}",
        skipped="スキップした項目と理由:",
        problems="ご注意ください:",
        more="… ほか {more} 件",
        kept="メールは保管されています。問題を解決してから、もう一度お送りください。",
        about="「{subject}」への Margins の自動返信です (メール {id})。",
    ),
    "zh": Words(
        done="您的笔记已收到。",
        nothing="无法从您的邮件中导入任何内容。",
        counts="找到：{found} · 新增：{created} · 更新：{updated} · 未变：{unchanged} · "
        "跳过：{skipped}",
        skipped="跳过的条目及原因：",
        problems="请注意：",
        more="……另有 {more} 条",
        kept="您的邮件已保留。问题解决后，请重新发送导出文件。",
        about="这是 Margins 对“{subject}”的自动回复（邮件 {id}）。",
    ),
}
