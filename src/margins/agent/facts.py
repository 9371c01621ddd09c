"""What the gate must know about a mail, gathered from the registry and the domain name system."""

from __future__ import annotations

from dataclasses import replace

from margins.agent.agent import Agent
from margins.authentication import authenticate
from margins.errors import Unavailable
from margins.gate import SenderFacts, believed
from margins.mail import Message
from margins.mail.authentication import Authentication
from margins.mail.envelope import MailObject
from margins.mail.forwarding import forwarding_confirmation
from margins.mail.import_address import secret_of
from margins.mail.providers import provider_of

__all__ = ["gather", "looks_up"]


def looks_up(agent: Agent, mail: MailObject) -> bool:
    """True when judging the mail may wait for the domain name system: never of a trusted peer."""
    return mail.shown is None and not mail.envelope.trusted and agent.resolver is not None


def _authentication(agent: Agent, mail: MailObject, message: Message) -> Authentication | None:
    """Looked up only when the answer matters."""
    if message.author is None or agent.resolver is None or not looks_up(agent, mail):
        return mail.shown
    return authenticate(
        mail.content,
        mail.envelope,
        message.author,
        agent.resolver,
        now=agent.clock.now() if mail.arrived is None else mail.arrived,
        sealers=agent.sealers,
    )


def _with_room(agent: Agent, facts: SenderFacts) -> SenderFacts:
    """Whether there is room for a stranger's mail is asked only where it would be held."""
    if agent.hold_unknown is None or facts.sender is not None or not believed(facts):
        return facts
    try:
        return replace(facts, hold_unknown=agent.hold_unknown())
    except Unavailable:
        return replace(facts, registry_available=False)


def gather(agent: Agent, mail: MailObject, message: Message) -> SenderFacts:
    """The facts about one mail; an outage is a fact among them."""
    author = message.author
    secret = next(filter(None, map(secret_of, mail.envelope.forward_paths)), None)
    sender = owner = None
    blocked, available = False, True
    try:
        if author is not None:
            sender = agent.senders.find(author)
        if author is not None and agent.secrets is not None:
            owner = agent.secrets.owner(secret) if secret else None
            blocked = agent.secrets.blocks(author, owner.account if owner else "")
    except Unavailable:
        sender = owner = None
        available = False
    # Looked for whether any account has the secret or not: time must not tell.
    confirmation = forwarding_confirmation(message) if secret else None
    facts = SenderFacts(
        author=author,
        author_defect=message.author_defect,
        sender=sender,
        secret=secret is not None,
        owner=owner,
        blocked=blocked,
        registry_available=available,
        trusted=mail.envelope.trusted,
        authentication=_authentication(agent, mail, message),
        provider=provider_of(author) if author else "",
        confirmation=str(confirmation or ""),
        hops=len(message.header.all("Received")),
    )
    return _with_room(agent, facts)
