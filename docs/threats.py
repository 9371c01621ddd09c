"""The page docs/threat-model.md: each threat, what meets it, and the test that shows it.

A threat whose test does not exist stops the page from being written. What the tests tried, and with
what result, follows below (`evidence.py`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from evidence import attempts, hostile, suites, table

__all__ = ["THREATS", "Threat", "threat_model"]

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """One way to do harm.

    Attributes:
        outcome: what becomes of it.
        rest: what is left of it; empty when nothing is known to be.
        test: path of the test that shows the outcome.
    """

    threat: str
    outcome: str
    rest: str = ""
    test: str


THREATS: dict[str, tuple[Threat, ...]] = {
    "Writing into somebody else's notes": (
        Threat(
            threat="A From field typed by somebody else",
            outcome="550 5.7.26: an aligned DKIM signature, or a trusted peer, must prove it",
            rest="Whoever holds the mailbox, or the domain's signing key, is the author",
            test="tests/authentication/test_attacks.py",
        ),
        Threat(
            threat="Two readers of one header block see two authors",
            outcome="554 5.6.0: an irregular block has no author",
            test="tests/mail/test_author.py",
        ),
        Threat(
            threat="A genuine mail to somebody else is sent here again",
            outcome="550 5.7.26: a signed To or Cc must hold the address it came to, or it came to "
            "the author's own secret one; names and comments that look like it do not count",
            test="tests/authentication/test_attacks.py",
        ),
        Threat(
            threat="An old genuine mail is sent here again, changed as far as its signature allows",
            outcome="A duplicate, which changes nothing: From, Date, Message-ID and the text say "
            "which mail it is, whatever fields and blank lines were added",
            rest="One that has no Message-ID, and a signature that does not forbid one, can be "
            "given another",
            test="tests/mail/test_envelope.py",
        ),
        Threat(
            threat="A secret import address is guessed",
            outcome="160 random bits; a stranger hears the same bytes, after the same look-ups, "
            "where a secret exists and where none does, whatever he can prove about himself",
            rest="What the address opens tells that it exists: anybody's mail under the policy "
            "`secret`, a reading app's robot under `secret+provider`, a request to confirm a "
            "forwarding. Where strangers are held, one whom the account blocked is refused",
            test="tests/security/test_secret_addresses.py",
        ),
        Threat(
            threat="A secret import address leaks",
            outcome="With the default policy it opens nothing alone, and nobody can find out "
            "whether it is still good; rotation ends it at once",
            rest="Under the policy `secret` whoever has it may add notes until it is rotated",
            test="tests/security/test_secret_addresses.py",
        ),
        Threat(
            threat="The registry or the ledger is stolen",
            outcome="Secrets and codes are kept as SHA-256, a secret address masked in every row, "
            "in the reverse-path of a mailbox that forwards too",
            rest="Kept raw mails hold their header block until their retention ends",
            test="tests/security/test_secret_addresses.py",
        ),
        Threat(
            threat="An alias is claimed by somebody who does not read it",
            outcome="It writes nothing before a mailed code comes back, in a mail proven to be its "
            "own and written by a person: 40 bits, five tries, a day; every other answer ends as a "
            "stranger's",
            test="tests/security/test_alias_codes.py",
        ),
        Threat(
            threat="Somebody has his mailbox forwarded to an import address",
            outcome="The request is shown to the owner with its code; no link is ever followed",
            test="tests/mail/test_forwarding.py",
        ),
        Threat(
            threat="The registry or the name servers are made unreachable",
            outcome="451: an outage is neither a proof nor a refusal",
            test="tests/agent/test_receive.py",
        ),
    ),
    "Abusing the SMTP port": (
        Threat(
            threat="SMTP smuggling: a second mail hidden behind a false end of data",
            outcome="550 5.6.11 for any bare CR, LF or NUL; only CRLF . CRLF ends a mail",
            test="tests/security/test_smtp_smuggling.py",
        ),
        Threat(
            threat="Commands injected in the clear before STARTTLS",
            outcome="Forgotten when the handshake ends",
            rest="STARTTLS is offered, not demanded: who can remove the offer reads the mail",
            test="tests/security/test_starttls_injection.py",
        ),
        Threat(
            threat="Commands in a browser's request to the port",
            outcome="421 at its first line",
            test="tests/ingress/test_smtp_limits.py",
        ),
        Threat(
            threat="A thousand silent or trickling clients",
            outcome="Time, rate and number bound each; a new client is served meanwhile",
            rest="2,000 connections from 100 networks are 421 for all others for 10 to 20 seconds",
            test="tests/security/test_slow_clients.py",
        ),
        Threat(
            threat="Name servers that never answer, behind mail after mail",
            outcome="Twenty seconds for a mail, and a quarter of the judges for a network; others "
            "take turns",
            rest="Four networks keep all others waiting for seconds",
            test="tests/agent/test_judges.py",
        ),
        Threat(
            threat="More connections than file descriptors",
            outcome="421 beyond half of them; without any, 451, and service afterwards",
            test="tests/security/test_out_of_descriptors.py",
        ),
        Threat(
            threat="A disk filled with mail",
            outcome="452, nothing kept by halves; taken again once there is room",
            test="tests/security/test_disk_full.py",
        ),
        Threat(
            threat="Memory filled with half-sent mails",
            outcome="452 beyond 512 MiB in all and a quarter of it for one peer",
            test="tests/ingress/test_smtp_limits.py",
        ),
        Threat(
            threat="Addresses, commands and errors without end",
            outcome="452 beyond 100 recipients, 421 beyond 20 errors or 100 empty commands",
            test="tests/ingress/test_smtp_limits.py",
        ),
        Threat(
            threat="A path made to exhaust its parser, or to be read in two ways",
            outcome="553: our own parser, linear, without comments and routes",
            test="tests/ingress/test_smtp_path.py",
        ),
        Threat(
            threat="A false peer address by PROXY, XCLIENT or XFORWARD",
            outcome="Taken from the listed networks only, and not from whom those have named; "
            "refused to all others",
            test="tests/ingress/test_proxies.py",
        ),
        Threat(
            threat="Mail that goes in circles",
            outcome="554 5.4.6 beyond 50 Received fields",
            test="tests/test_gate.py",
        ),
    ),
    "Posting to the HTTP relay": (
        Threat(
            threat="A request that no provider sent",
            outcome="401, or 503 where 4xx would drop a mail; nothing is taken from it",
            rest="Postmark signs nothing: whoever has its password may post mail, which is judged "
            "like a stranger's",
            test="tests/ingress/relay/test_security.py",
        ),
        Threat(
            threat="A genuine request is captured and posted again",
            outcome="The same mail is a duplicate; with another mail it is refused",
            rest="After a restart a token of Mailgun captured within nine hours carries one mail, "
            "which is judged like a stranger's",
            test="tests/ingress/relay/test_mailgun.py",
        ),
        Threat(
            threat="A provider is made to vouch for an author",
            outcome="None does: DKIM of the raw message, or SPF of the client it names",
            test="tests/e2e/test_relay.py",
        ),
        Threat(
            threat="A mail that contains the fields or the boundary of the provider's form",
            outcome="A field that stands there twice is nobody's: the request is refused",
            test="tests/ingress/relay/test_sendgrid.py",
        ),
        Threat(
            threat="Bodies without end, trickling, compressed, or of a thousand fields",
            outcome="413, 408, 415, 422; 512 MiB for each provider, a quarter of it for one peer",
            rest="Where a proxy in front makes all peers one; slow header fields are for it to end",
            test="tests/ingress/relay/test_security.py",
        ),
        Threat(
            threat="A proxy's error page makes the Worker reject good mail",
            outcome="Only an answer with an outcome is a verdict",
            test="tests/ingress/relay/test_worker.py",
        ),
    ),
    "Fetching from a mailbox": (
        Threat(
            threat="A forged author, or a genuine mail to somebody else, put into the mailbox",
            outcome="Judged as a stranger's: DKIM or ARC over a To of ours, whatever fields of "
            "delivery or of authentication it brings; never answered",
            test="tests/ingress/imap/test_fetching.py",
        ),
        Threat(
            threat="A crash while a mail is taken",
            outcome="It is fetched again and a duplicate; nothing is deleted",
            rest="Without MOVE on the server, a second copy in the folder of taken mail",
            test="tests/ingress/imap/test_fetching.py",
        ),
        Threat(
            threat="A server that answers without end, too much, nothing, or nonsense",
            outcome="The session ends within bounds of time and memory, and is begun again later",
            test="tests/ingress/imap/test_hostile.py",
        ),
        Threat(
            threat="A link, a pipe or an odd name in a Maildir",
            outcome="Only regular files are mails; nothing is followed, waited for or written over",
            test="tests/ingress/test_maildir.py",
        ),
        Threat(
            threat="Somebody between us and the server",
            outcome="TLS from the first byte, its certificate checked before the password is sent",
            rest="On loopback there is none",
            test="tests/ingress/imap/test_staying.py",
        ),
    ),
    "Hostile content": (
        Threat(
            threat="Nesting, repetition, folding, encoded-word storms",
            outcome="Refused by a scan in linear time before any parser",
            test="tests/mail/test_pathological.py",
        ),
        Threat(
            threat="A body that is dear to compare with its signature",
            outcome="Read only when key and header hold, in slices, once per form: seconds of "
            "computing that the other connections share, no memory",
            rest="64 MiB signed by their own sender cost one to three seconds of computing",
            test="tests/security/test_hostile_content.py",
        ),
        Threat(
            threat="Archive, document, XML, table and number bombs",
            outcome="An answer within 5 s of computing and 512 MB",
            test="tests/security/test_hostile_content.py",
        ),
        Threat(
            threat="Content that loops, grows or crashes a parser",
            outcome="Its process is ended; the mail fails with the reason and is kept; the next "
            "mail is read",
            test="tests/agent/test_isolation.py",
        ),
        Threat(
            threat="A file that takes over the library which reads it",
            outcome="On Linux the kernel refuses that process sockets, other processes, and all "
            "files but the libraries'; elsewhere an audit hook refuses Python code the same",
            rest="It may falsify what comes of its own mail. "
            "An audit hook stops neither C code nor Python code bent on getting around it; without "
            "Landlock (before Linux 5.13) files of the service's user may be read and removed",
            test="tests/agent/test_confinement.py",
        ),
        Threat(
            threat="A file that changes how later mails of other accounts are read",
            outcome="Each mail has a process of its own, which is gone when it was read; their "
            "parent sees no mail",
            test="tests/agent/test_nursery.py",
        ),
        Threat(
            threat="Hostile mail that somebody looks at, in the console or with `margins explain`",
            outcome="Read in the same kind of process as when it is delivered",
            test="tests/console/security/test_reading_apart.py",
        ),
        Threat(
            threat="A reading process that was taken over answers the service",
            outcome="Nothing but values is made of its answer",
            test="tests/agent/test_isolation.py",
        ),
        Threat(
            threat="Charsets that execute: utf-7, unicode_escape, idna",
            outcome="Only the labels of the WHATWG are honoured",
            test="tests/text/test_charset.py",
        ),
        Threat(
            threat="Line breaks, escape sequences, tokens and secrets in the log",
            outcome="One line per event; controls escaped, tokens and secrets blotted out",
            test="tests/security/test_log_injection.py",
        ),
    ),
}


def _threats() -> list[str]:
    parts = []
    for title, threats in THREATS.items():
        rows = []
        for threat in threats:
            if not (_ROOT / threat.test).is_file():
                raise FileNotFoundError(threat.test)
            test = f"[{Path(threat.test).stem}](../{threat.test})"
            rows.append((threat.threat, threat.outcome, threat.rest or "-", test))
        head = ("threat", "what becomes of it", "what is left", "shown by")
        parts.append(f"## {title}\n\n{table(head, rows)}")
    return parts


def threat_model() -> str:
    """The page as Markdown.

    Raises:
        FileNotFoundError: a threat names a test that does not exist.
    """
    intro = (
        "# Threat model\n\n"
        "Anybody can send anything to the port. What must hold: nobody writes into another\n"
        "reader's notes, nothing that was accepted is lost, one mail never stops the service,\n"
        "and nothing secret is written down. A trusted peer, the machine, and the people who can\n"
        "read its data directory are trusted.\n"
    )
    return "\n\n".join([intro.rstrip(), *_threats(), *attempts(), *suites(), *hostile()]) + "\n"
