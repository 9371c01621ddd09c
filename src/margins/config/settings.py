"""Every setting: its type, its default and its documentation, from which docs/config.md is made."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated

from margins.config.checks import ROLES, check

__all__ = ["Settings"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can choose; see docs/config.md."""

    data: Annotated[
        Path,
        "Directory of everything Margins keeps: mail, ledger, notes, keys.",
    ] = Path(".margins")
    roles: Annotated[
        tuple[str, ...],
        "What `margins serve` runs, of `smtp`, `relay`, `imap`, `maildir`, `api`, `console`, "
        "`worker`; docs/containers.md.",
    ] = ROLES
    database: Annotated[
        str,
        "`postgresql://...` for ledger, senders and notes, or `dynamodb://ledger/senders`, the "
        "tables of a stack on AWS; empty is files of SQLite in `data`.",
    ] = field(default="", repr=False)
    parser: Annotated[
        str,
        "The parser function of that stack, by its name or ARN: `margins inbox replay` has it "
        "deliver mails again.",
    ] = ""
    store: Annotated[str, "`s3://bucket` for raw mail; empty is `mail` in the data directory."] = ""
    keys: Annotated[
        Path | None, "Directory of the keys that sign tokens; else `keys` in the data directory."
    ] = None
    addresses: Annotated[
        tuple[str, ...],
        "Addresses that take mail: `name@domain`, or `@domain` for any name in it.",
    ] = ("import@localhost",)
    smtp_host: Annotated[
        str,
        "Address the SMTP server listens on.",
    ] = "127.0.0.1"
    smtp_port: Annotated[
        int,
        "Port of the SMTP server; 0 takes any free one.",
    ] = 8025
    smtp_hostname: Annotated[
        str,
        "Name the SMTP server greets with.",
    ] = "localhost"
    lmtp_port: Annotated[
        int,
        "Port for LMTP (RFC 2033) on `smtp_host`; 0 is none.",
    ] = 0
    max_message_bytes: Annotated[
        int,
        "Largest mail accepted, announced as SIZE (RFC 1870).",
    ] = 64 * _MIB
    tls_certificate: Annotated[
        Path | None,
        "PEM certificate chain; with `tls_key`, STARTTLS is offered.",
    ] = None
    tls_key: Annotated[
        Path | None,
        "PEM private key of `tls_certificate`.",
    ] = None
    trusted_networks: Annotated[
        tuple[str, ...],
        "Peers that vouch for the author: your own relay, which has checked it. "
        "Mail from any other peer must prove its author itself.",
    ] = ("127.0.0.0/8", "::1/128")
    proxy_networks: Annotated[
        tuple[str, ...],
        "Load balancers, whose connections begin with a PROXY header that names the peer.",
    ] = ()
    xclient_networks: Annotated[
        tuple[str, ...],
        "Mail servers that may name their own peer with XCLIENT or XFORWARD (Postfix).",
    ] = ()
    relay_host: Annotated[str, "Address the HTTP relay listens on; docs/relay.md."] = "127.0.0.1"
    relay_port: Annotated[
        int,
        "Port of the HTTP relay, which runs when one of its secrets is set; 0 takes any free one.",
    ] = 8070
    relay_postmark_passwords: Annotated[
        tuple[str, ...],
        "Password in the URL Postmark posts to, 16 characters or more; two while you change it.",
    ] = field(default=(), repr=False)
    relay_postmark_networks: Annotated[
        tuple[str, ...],
        "Networks Postmark may post from; empty is any.",
    ] = ()
    relay_mailgun_keys: Annotated[
        tuple[str, ...],
        "Mailgun's HTTP webhook signing key.",
    ] = field(default=(), repr=False)
    relay_sendgrid_keys: Annotated[
        tuple[str, ...],
        "Public key of the security policy at SendGrid, in base64.",
    ] = ()
    relay_cloudflare_secrets: Annotated[
        tuple[str, ...],
        "Secret of the Cloudflare Email Worker, 32 characters or more.",
    ] = field(default=(), repr=False)
    relay_margins_secrets: Annotated[
        tuple[str, ...],
        "Secret of any other mail server that posts, 32 characters or more.",
    ] = field(default=(), repr=False)
    imap_host: Annotated[
        str,
        "IMAP server of a mailbox that mail is fetched from; empty fetches none; docs/mailbox.md.",
    ] = ""
    imap_port: Annotated[
        int,
        "Its port for TLS from the first byte on. Without TLS only on this machine, on any port "
        "but 993.",
    ] = 993
    imap_user: Annotated[str, "Whom the mailbox belongs to, mostly its address."] = ""
    imap_password: Annotated[
        str,
        "The password, mostly one the provider makes for programs.",
    ] = field(default="", repr=False)
    imap_folder: Annotated[str, "The folder (at Gmail: label) that is looked into."] = "INBOX"
    imap_done: Annotated[
        str,
        "The folder that taken mail is moved to; empty leaves it where it is, with a mark.",
    ] = ""
    imap_seconds: Annotated[
        float,
        "Seconds from one look to the next; a server with IDLE tells of new mail at once.",
    ] = 60.0
    maildir: Annotated[
        Path | None,
        "Maildir that mail is fetched from, nobody else's; unset fetches none; docs/mailbox.md.",
    ] = None
    unknown: Annotated[
        str,
        "Mail that a proven author sends who is not registered: `reject`, or `hold` it until "
        "somebody says `margins inbox approve`.",
    ] = "reject"
    nameservers: Annotated[
        tuple[str, ...],
        "Name servers asked for SPF, DKIM and DMARC, by IP or IP:port; empty is those of "
        "the machine.",
    ] = ()
    arc_sealers: Annotated[
        tuple[str, ...],
        "Domains of forwarders whose word about mail they changed is taken (ARC, RFC 8617).",
    ] = ()
    api_host: Annotated[
        str,
        "Address the notes API listens on.",
    ] = "127.0.0.1"
    api_port: Annotated[
        int,
        "Port of the notes API; 0 takes any free one.",
    ] = 8080
    api_development: Annotated[
        bool,
        "Introspection and GraphiQL on the notes API.",
    ] = False
    api_url: Annotated[
        str,
        "GraphQL endpoint notes are posted to; empty is this process's own notes API.",
    ] = ""
    api_private: Annotated[
        bool,
        "`api_url` lies in your own network: private addresses and plain http are allowed.",
    ] = False
    sink: Annotated[
        str,
        "Where notes go: `margins`, `postgraphile`, `custom`, `markdown`, `jsonl`; docs/sinks.md.",
    ] = "margins"
    sink_path: Annotated[
        Path | None,
        "Directory of `markdown` and `jsonl`, or the TOML file of `custom`.",
    ] = None
    api_database: Annotated[
        str,
        "Where the notes API keeps notes, when not in `database`: `postgresql+psycopg://...`.",
    ] = field(default="", repr=False)
    api_issuers: Annotated[
        tuple[str, ...],
        "Identity providers people sign in with: `https://issuer=keys.json#client-id`, the `iss`, "
        "JWKS file and audience of its tokens; the audience is `audience` when none is given.",
    ] = ()
    api_origins: Annotated[
        tuple[str, ...],
        "Web origins whose pages may call the notes API (CORS).",
    ] = ()
    api_hook_secret: Annotated[
        str,
        "Bearer secret of the hook that makes an account once its person is confirmed.",
    ] = field(default="", repr=False)
    console_host: Annotated[
        str,
        "Address the console listens on; any but a loopback one needs `console_password`.",
    ] = "127.0.0.1"
    console_port: Annotated[
        int,
        "Port of the console; 0 takes any free one.",
    ] = 8090
    console_names: Annotated[
        tuple[str, ...],
        "Host names the console is reached by, beside localhost and IP addresses.",
    ] = ()
    console_password: Annotated[
        str,
        "What the console asks for, with any user name; 12 characters or more. Empty asks nothing.",
    ] = field(default="", repr=False)
    issuer: Annotated[
        str,
        "`iss` of the tokens Margins signs.",
    ] = "https://margins.localhost"
    audience: Annotated[
        str,
        "`aud` of the tokens Margins signs.",
    ] = "margins-notes"
    api_seconds: Annotated[
        float,
        "How long one request to the notes API may take.",
    ] = 30.0
    workers: Annotated[
        int,
        "Deliveries at a time; one account's mails are always delivered one after another.",
    ] = 2
    lease_seconds: Annotated[
        float,
        "After this long without an outcome another worker takes a delivery over; well more than "
        "`api_seconds`.",
    ] = 120.0
    retry_seconds: Annotated[
        float,
        "Wait before the second try of what failed temporarily; doubles with every further one.",
    ] = 2.0
    give_up_after_days: Annotated[
        float,
        "How long temporary failures are retried before a mail is marked failed.",
    ] = 5.0
    retention_days: Annotated[
        float,
        "Raw messages are removed this long after their end state; 0 keeps them for ever.",
    ] = 90.0
    stop_seconds: Annotated[
        float,
        "How long what is in hand may take to end when the service is told to stop; what takes "
        "longer is left to the next start.",
    ] = 20.0
    log_format: Annotated[
        str,
        "`text` for people, or `json`: one object per line.",
    ] = "text"
    receipts_relay: Annotated[
        str,
        "What takes the replies to readers: an SMTP server, `host:port`, or Amazon SES, "
        "`ses:eu-west-1`; empty sends none.",
    ] = ""

    def __post_init__(self) -> None:
        check({each.name: getattr(self, each.name) for each in fields(self)})
