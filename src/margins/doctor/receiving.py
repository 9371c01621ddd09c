"""Whether mail reaches SES, and the rule that keeps it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from margins.aws.regions import RECEIVING
from margins.doctor.deployment import Deployment, values
from margins.doctor.finding import Finding, failed, ok, warning
from margins.ports.resolver import Resolver

__all__ = ["account", "identity", "mx", "quota", "region", "rule_set"]

_SKEW, _BAD_SKEW = 30.0, 240.0  # AWS refuses signatures that are five minutes off
_SANDBOX = (
    200.0  # mails a day: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
)


def region(d: Deployment) -> Iterator[Finding]:
    """SES receives mail in some regions only."""
    if d.region in RECEIVING:
        yield ok(f"SES receives mail in {d.region}.")
    else:
        choice = ", ".join(sorted(RECEIVING))
        yield failed(f"SES receives no mail in {d.region}.", f"Deploy to one of {choice}.")


def account(d: Deployment) -> Iterator[Finding]:
    """Who is asking, and whether this clock and AWS's agree."""
    number, theirs = d.identity
    yield ok(f"Signed in to account {number}.")
    off = abs(time.time() - theirs)
    said = f"This clock is {off:.0f} seconds off AWS's."
    if off > _BAD_SKEW:
        yield failed(said, "Set the clock, or have it set by NTP.")
    elif off > _SKEW:
        yield warning(said, "Have the clock set by NTP; beyond five minutes AWS refuses requests.")


def mx(d: Deployment, resolver: Resolver) -> Iterator[Finding]:
    """Peers find SES by the MX record of the domain."""
    wanted = f"inbound-smtp.{d.region}.amazonaws.com"
    remedy = f"Publish: {d.domain}. MX 10 {wanted}."
    found = [name.lower() for name in resolver.records(d.domain, "MX")]
    if not found:
        yield failed(f"{d.domain} has no MX record.", remedy)
    elif found[0] == wanted:
        yield ok(f"Mail for {d.domain} goes to {wanted}.")
    elif wanted in found:
        yield warning(f"{d.domain} prefers {found[0]}; SES comes later.", remedy)
    else:
        yield failed(f"Mail for {d.domain} goes to {found[0]}.", remedy)


def rule_set(d: Deployment) -> Iterator[Finding]:
    """Of all rule sets of an account one is active in a region."""
    ours = f"margins-{d.stage}"
    said = d.query("ses", "DescribeActiveReceiptRuleSet")
    metadata = said.partition("<Metadata>")[2].partition("</Metadata>")[0]
    active = next(iter(values(metadata, "Name")), "none")
    if active != ours:
        yield failed(
            f"The active rule set is {active}, not {ours}.",
            "Deploy with ActivateRuleSet=yes, or activate it in the console of SES.",
        )
        return
    if d.output("Recipient") not in values(said, "member"):
        yield failed("No rule of it is for the recipient.", "Deploy again.")
    elif "<LambdaAction>" not in said or "<S3Action>" not in said:
        yield failed("Its rule does not ask the gate and keep the mail.", "Deploy again.")
    elif values(said, "Enabled")[:1] == ["false"]:
        yield failed("Its rule is switched off.", "Enable it in the console of SES.")
    else:
        yield ok(f"The rule set {ours} is active, and takes mail for {d.output('Recipient')}.")


def identity(d: Deployment) -> Iterator[Finding]:
    """SES takes mail for verified domains only, and signs for those with DKIM."""
    one = {"Identities.member.1": d.domain}
    verified = d.query("ses", "GetIdentityVerificationAttributes", **one)
    status = next(iter(values(verified, "VerificationStatus")), "unknown")
    if status != "Success":
        yield failed(
            f"The identity {d.domain} is not verified: {status}.",
            "Create the identity in SES and publish the records it shows.",
        )
        return
    yield ok(f"The identity {d.domain} is verified.")
    signed = d.query("ses", "GetIdentityDkimAttributes", **one)
    if values(signed, "DkimEnabled") == ["true"] and "Success" in values(
        signed, "DkimVerificationStatus"
    ):
        yield ok(f"DKIM is enabled for {d.domain}.")
    else:
        yield warning(
            f"DKIM is not enabled for {d.domain}; replies to readers may be taken for forged.",
            "Publish the three CNAME records SES shows for the identity.",
        )


def quota(d: Deployment) -> Iterator[Finding]:
    """In SES's sandbox replies reach verified addresses only; receiving is not affected."""
    said = d.query("ses", "GetSendQuota")
    [most], [sent] = values(said, "Max24HourSend"), values(said, "SentLast24Hours")
    if float(most) <= _SANDBOX:
        yield warning(
            f"SES sends {float(most):.0f} mails a day, as in its sandbox.",
            "Request production access if readers are to get replies.",
        )
    elif float(sent) > 0.8 * float(most):
        yield warning(f"{sent} of {most} mails a day are sent.", "Request a higher quota.")
    else:
        yield ok(f"SES sends up to {float(most):.0f} mails a day.")
