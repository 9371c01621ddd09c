"""Every check of one message, in the order in which they need one another."""

from __future__ import annotations

from dataclasses import replace

from margins.authentication.alignment import align
from margins.authentication.dmarc import Policy, find_policy, judge
from margins.authentication.lookups import Lookups
from margins.errors import Unavailable
from margins.mail.address import Address, parse_addr_spec
from margins.mail.authentication import Alignment, Authentication, Check, Method, Result
from margins.mail.envelope import Envelope
from margins.ports.resolver import Resolver

__all__ = ["authenticate"]


def authenticate(
    content: bytes,
    envelope: Envelope,
    author: Address | None,
    resolver: Resolver,
    *,
    now: float,
    sealers: frozenset[str] = frozenset(),
) -> Authentication:
    """What can be shown about the author of a message. Total: never raises.

    What a header field says about authentication (Authentication-Results, Received-SPF) is never
    read: anybody can write it. A look-up that fails for now is a temperror among the checks.

    Args:
        content: the message as it was handed over.
        envelope: gives SPF the peer, the reverse-path and the HELO name, and DKIM the recipients.
        author: as decided by `margins.mail.author`; with None nothing is looked up.
        now: when the message arrived, seconds since the epoch; decides which signatures expired.
        sealers: domains of forwarders whose word about a message they changed is taken (ARC).
    """
    if author is None:
        return Authentication(author=None)
    lookups = Lookups(resolver)
    try:
        policy, failure = find_policy(author.domain, lookups), None
    except Unavailable as error:
        policy, failure = None, error
    spf = _spf(envelope, author, policy, lookups, now)
    signed, chain = _signatures(content, envelope, author, policy, lookups, now, sealers)
    checks = [spf, *signed]
    checks.append(_dmarc(author, policy, failure, checks))
    if failure:
        checks = [_in_doubt(check) for check in checks]
    if chain:
        checks.append(chain)
    return Authentication(author=author, checks=tuple(checks))


# dkimpy, pyspf and what they need take longer to import than everything else together, so the
# modules that use them are imported with the first message.


def _signatures(
    content: bytes,
    envelope: Envelope,
    author: Address,
    policy: Policy | None,
    lookups: Lookups,
    now: float,
    sealers: frozenset[str],
) -> tuple[tuple[Check, ...], Check | None]:
    """What the author's domain signed, and what forwarders sealed; the body is read once."""
    from margins.authentication.arc import check_chain  # noqa: PLC0415
    from margins.authentication.body import divide  # noqa: PLC0415
    from margins.authentication.dkim import check_signatures  # noqa: PLC0415

    divided, recipients = divide(content), envelope.forward_paths
    signatures = check_signatures(
        divided,
        author,
        strict=policy is not None and policy.strict_dkim,
        recipients=recipients,
        now=now,
        lookups=lookups,
    )
    if not sealers:
        return signatures, None
    chain = check_chain(divided, author, sealers=sealers, recipients=recipients, lookups=lookups)
    return signatures, chain


def _spf(
    envelope: Envelope, author: Address, policy: Policy | None, lookups: Lookups, now: float
) -> Check:
    """SPF of the reverse-path, looked up only when that is in the author's domain.

    `(any@legit.example` and `<@a,@b:c@d>`, where one reader finds another domain than the next, are
    not looked up; neither is the null reverse-path, for a reader does not send bounces.
    """
    from margins.authentication.spf import check_host  # noqa: PLC0415

    sender = parse_addr_spec(envelope.reverse_path)
    if sender is None:
        return Check(
            method=Method.SPF,
            result=Result.NONE,
            domain="",
            reason="the reverse-path is not one plain address",
        )
    strict = policy is not None and policy.strict_spf
    check = Check(
        method=Method.SPF,
        result=Result.NONE,
        domain=sender.domain,
        alignment=align(author.domain, sender.domain, strict=strict),
        reason="not the author's domain",
    )
    if not check.alignment:
        return check
    result, reason = check_host(envelope.peer, str(sender), envelope.helo, lookups=lookups, now=now)
    return replace(check, result=result, reason=reason)


def _dmarc(
    author: Address, policy: Policy | None, failure: Unavailable | None, checks: list[Check]
) -> Check:
    judged = judge(author.domain, policy, checks)
    if failure is None:
        return judged
    return replace(judged, result=Result.TEMPERROR, reason=failure.what)


def _in_doubt(check: Check) -> Check:
    """Without the policy nobody knows whether a relaxed alignment is enough."""
    if check.result is Result.PASS and check.alignment is Alignment.RELAXED:
        reason = "the domain's policy on alignment could not be found out"
        return replace(check, result=Result.TEMPERROR, reason=reason)
    return check
