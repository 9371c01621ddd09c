"""The beginning of a session: signing in, and opening the folder."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

from margins.errors import ConfigError, Refused, Unavailable
from margins.ingress.imap.conversation import Conversation
from margins.ingress.imap.names import folder_name, quoted, readable
from margins.ingress.imap.response import Response

__all__ = ["Folder", "enter"]

_FOR_A_MOMENT = frozenset({b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"CONTACTADMIN"})
_NAMED = 12  # folders in an error
_FLAGS = re.compile(rb"PERMANENTFLAGS \(([^()]*)\)", re.IGNORECASE)
_VALIDITY = re.compile(rb"UIDVALIDITY (\d{1,10})", re.IGNORECASE)
_LAST_WORD = re.compile(rb'("(?:[^"\\]|\\.)*+"|[^ "]+)$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The folder that was opened.

    Attributes:
        validity: number of its numbering of mails (UIDVALIDITY).
        flags: those it keeps of a mail, in lower case; `\\*` is any keyword.
    """

    validity: int
    flags: frozenset[bytes]

    def keeps(self, keyword: str) -> bool:
        """True when this keyword of a mail is kept."""
        return not {b"\\*", keyword.lower().encode("ascii")}.isdisjoint(self.flags)


def enter(talk: Conversation) -> Folder:
    """Sign in and open the folder.

    Raises:
        Refused: the server does not take user and password.
        ConfigError: a folder is not there, or is read-only.
    """
    talk.expect()
    greeting = talk.next()
    if greeting.tag != b"*" or greeting.word not in {b"OK", b"PREAUTH"}:
        raise Unavailable(
            f"Whoever answers there is no mail server: {greeting.said}.", place=talk.rules.place
        )
    talk.learn()
    if greeting.word != b"PREAUTH":
        _sign_in(talk)
        talk.learn()
    if talk.rules.done:
        _look_for(talk, talk.rules.done, "imap_done", b"STATUS %s (UIDNEXT)")
    return _select(talk)


def _sign_in(talk: Conversation) -> None:
    user, password = talk.rules.user, talk.rules.password
    if b"AUTH=PLAIN" in talk.able:
        plain = b64encode(f"\0{user}\0{password}".encode())
        end, _ = talk.ask(b"AUTHENTICATE PLAIN", then=plain)
    elif b"LOGINDISABLED" in talk.able:
        raise Refused(
            "The mail server takes no password here.",
            place=talk.rules.place,
            remedy="Use a provider that has app passwords, or the server's port for TLS.",
        )
    else:
        try:
            login = b"LOGIN " + quoted(user) + b" " + quoted(password)
        except ValueError as error:
            raise ConfigError(
                "This mail server takes only ASCII in user and password.",
                place="imap_password",
                remedy="Have the provider make an app password.",
            ) from error
        end, _ = talk.ask(login)
    if end.word != b"OK":
        raise _turned_away(talk, end)


def _turned_away(talk: Conversation, end: Response) -> Refused | Unavailable:
    said = end.said.replace(talk.rules.password, "***")
    if end.code.upper() in _FOR_A_MOMENT:
        return Unavailable(f"Nobody can sign in now: {said}.", place=talk.rules.place)
    return Refused(
        f"The mail server does not let {talk.rules.user} in: {said}.",
        place=talk.rules.place,
        remedy="Check imap_user and imap_password; most providers want an app password made "
        "for this, not the one of the web page.",
    )


def _look_for(
    talk: Conversation, name: str, setting: str, command: bytes
) -> tuple[Response, list[Response]]:
    """The answer to a command about a folder.

    Raises:
        ConfigError: it is not there; names those that are.
    """
    end, found = talk.ask(command % folder_name(name))
    if end.word == b"OK":
        return end, found
    raise ConfigError(
        f"The mailbox has no folder {name!r}: {end.said}.",
        place=setting,
        remedy=f"Make it in a mail program, or name one of: {', '.join(_folders(talk))}.",
    )


def _folders(talk: Conversation) -> list[str]:
    _, found = talk.ask(b'LIST "" "*"')
    lines = [r.pieces for r in found if r.word == b"LIST"]
    names = []
    for pieces in lines[:_NAMED]:
        last = _LAST_WORD.search(pieces[-1])
        raw = pieces[1] if len(pieces) > 1 else last[1] if last else b""
        names.append(readable(re.sub(rb"\\(.)", rb"\1", raw.strip(b'"'))))
    return [*filter(None, names), *(["..."] if len(lines) > _NAMED else [])]


def _select(talk: Conversation) -> Folder:
    end, found = _look_for(talk, talk.rules.folder, "imap_folder", b"SELECT %s")
    if end.code.upper() == b"READ-ONLY":
        raise ConfigError(
            "The folder can only be read, so taken mail could not be marked.",
            place="imap_folder",
            remedy="Let imap_user write to it.",
        )
    said = b" ".join(r.pieces[0] for r in found if r.word == b"OK")
    flags, validity = _FLAGS.search(said), _VALIDITY.search(said)
    return Folder(
        validity=int(validity[1]) if validity else 0,
        flags=frozenset(flags[1].lower().split() if flags else ()),
    )
