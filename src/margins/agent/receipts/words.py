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
        not_all: the heading when something failed on our side, and some notes may be there.
        ours: all a reader needs to know of that.
        counts: what is counted: found, new, updated, unchanged, skipped.
        comma: what stands between two places.
        colon: what stands between a label and what it names.
        thousands: what groups the digits of a number by three.
        decimal: what stands before the fraction of a number.
        between: what stands between two sentences.
    """

    done: str
    nothing: str
    not_all: str
    ours: str
    counts: tuple[str, str, str, str, str]
    books: str
    skipped: str
    problems: str
    more: str
    kept: str
    about: str
    asks: str
    code: str
    link: str
    only: str
    book: str = "{title} ({notes})"
    colon: str = ": "
    comma: str = ", "
    thousands: str = ","
    decimal: str = "."
    between: str = " "


WORDS = {
    "en": Words(
        done="Your notes have arrived.",
        nothing="Nothing could be imported from your mail.",
        not_all="Your notes could not be imported in full.",
        ours="A fault on our side is the reason, not your mail. Nothing is lost, and the "
        "operator is told where to look.",
        counts=("Found", "new", "updated", "unchanged", "skipped"),
        books="Books and their notes",
        skipped="Skipped, and why",
        problems="Please note",
        more="… and {more} more",
        kept="Your mail is kept. Once the trouble is mended, send the export again.",
        about="Margins wrote this automatically in answer to “{subject}” (mail {id}).",
        asks="{service} asks whether your mail may be forwarded to Margins.",
        code="Code",
        link="Link",
        only="Follow the link, or type the code in where you set the forwarding up, only if you "
        "asked for this yourself.",
    ),
    "de": Words(
        done="Ihre Notizen sind angekommen.",
        nothing="Aus Ihrer Mail konnte nichts übernommen werden.",
        not_all="Ihre Notizen konnten nicht vollständig übernommen werden.",
        ours="Der Grund ist ein Fehler auf unserer Seite, nicht Ihre Mail. Nichts geht "
        "verloren, und der Betreiber erfährt, wo er suchen muss.",
        counts=("Gefunden", "neu", "geändert", "unverändert", "übergangen"),
        books="Bücher und ihre Notizen",
        skipped="Übergangen, und warum",
        problems="Bitte beachten Sie",
        more="… und noch {more}",
        kept="Ihre Mail bleibt aufbewahrt. Senden Sie den Export erneut, sobald der Fehler "
        "behoben ist.",
        about="Automatische Antwort von Margins auf „{subject}“ (Mail {id}).",
        asks="{service} fragt, ob Ihre Mail an Margins weitergeleitet werden darf.",
        code="Code",
        link="Link",
        only="Nur wenn Sie selbst darum gebeten haben: Öffnen Sie den Link, oder geben Sie den "
        "Code dort ein, wo Sie die Weiterleitung eingerichtet haben.",
        thousands=".",
        decimal=",",
    ),
    "fr": Words(
        done="Vos notes sont arrivées.",
        nothing="Rien n’a pu être importé de votre message.",
        not_all="Vos notes n’ont pas pu être importées en totalité.",
        ours="La cause est une erreur de notre côté, et non votre message. Rien n’est perdu, et "
        "l’exploitant sait où chercher.",
        counts=("Trouvées", "nouvelles", "modifiées", "inchangées", "ignorées"),
        books="Livres et leurs notes",
        skipped="Entrées ignorées, et pourquoi",
        problems="À noter",
        more="… et {more} de plus",
        kept="Votre message est conservé. Une fois le problème résolu, renvoyez l’export.",
        about="Réponse automatique de Margins à «\u00a0{subject}\u00a0» (message {id}).",
        asks="{service} demande si vos messages peuvent être transférés à Margins.",
        code="Code",
        link="Lien",
        only="N’ouvrez le lien, ou ne saisissez le code là où vous avez configuré le transfert, "
        "que si vous l’avez demandé vous-même.",
        colon="\u00a0: ",
        thousands="\u202f",
        decimal=",",
    ),
    "es": Words(
        done="Sus notas han llegado.",
        nothing="No se pudo importar nada de su mensaje.",
        not_all="Sus notas no se pudieron importar por completo.",
        ours="La causa es un fallo por nuestra parte, no su mensaje. No se pierde nada, y el "
        "administrador sabe dónde buscar.",
        counts=("Encontradas", "nuevas", "modificadas", "sin cambios", "omitidas"),
        books="Libros y sus notas",
        skipped="Entradas omitidas, y por qué",
        problems="Tenga en cuenta",
        more="… y {more} más",
        kept="Su mensaje se conserva. Cuando el problema esté resuelto, envíe de nuevo la "
        "exportación.",
        about="Respuesta automática de Margins a «{subject}» (mensaje {id}).",
        asks="{service} pregunta si sus mensajes pueden reenviarse a Margins.",
        code="Código",
        link="Enlace",
        only="Abra el enlace, o introduzca el código donde configuró el reenvío, solo si lo ha "
        "solicitado usted.",
        thousands="\u202f",
        decimal=",",
    ),
    "ja": Words(
        done="ノートを受け取りました。",
        nothing="メールから取り込めるものがありませんでした。",
        not_all="ノートをすべて取り込むことができませんでした。",
        ours="原因はメールではなく、当方の不具合です。失われたものはありません。確認すべき箇所は運営者に伝わっています。",
        counts=("検出", "新規", "更新", "変更なし", "スキップ"),
        books="本とノートの数",
        skipped="スキップした項目と理由",
        problems="ご確認ください",
        more="…ほか {more} 件",
        kept="メールは保管しています。問題が解決しましたら、もう一度エクスポートしてお送りください。",
        about="これは「{subject}」に対する Margins からの自動返信です（メール {id}）。",
        asks="{service} から、メールを Margins に転送してよいかの確認が届きました。",
        code="コード",
        link="リンク",
        only="ご自身で転送を設定した場合にかぎり、リンクを開くか、転送の設定画面でコードを入力してください。",
        book="{title}（{notes}）",
        colon="：",
        between="",
        comma="、",
    ),
    "zh": Words(
        done="您的笔记已收到。",
        nothing="未能从您的邮件中导入任何内容。",
        not_all="您的笔记未能全部导入。",
        ours="原因在于我方故障，而非您的邮件。内容不会丢失，运营者已获知应检查何处。",
        counts=("找到", "新增", "更新", "未变", "跳过"),
        books="书籍及笔记数",
        skipped="跳过的条目及原因",
        problems="请注意",
        more="……另有 {more} 条",
        kept="您的邮件已保留。问题解决后，请重新发送导出文件。",
        about="这是 Margins 对“{subject}”的自动回复（邮件 {id}）。",
        asks="{service} 询问是否可以将您的邮件转发到 Margins。",
        code="验证码",
        link="链接",
        only="仅当转发由您本人设置时，才打开链接，或在转发设置页面输入验证码。",
        book="{title}（{notes}）",
        colon="：",
        between="",
        comma="，",
    ),
}
