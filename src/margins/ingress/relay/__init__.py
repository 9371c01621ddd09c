"""The way in by HTTP: services that take mail for others post each message here.

A provider is a dialect: how it shows that a request is its own, and where in it the message and the
envelope are. Nothing here reads the message, and no word of a provider about the author is taken:
the gate judges the raw message as it judges one that came by SMTP from a stranger.
"""

from margins.ingress.relay.app import create_app
from margins.ingress.relay.mailgun import Mailgun
from margins.ingress.relay.postmark import Postmark
from margins.ingress.relay.provider import Provider
from margins.ingress.relay.sendgrid import SendGrid
from margins.ingress.relay.signed import Signed

__all__ = ["Mailgun", "Postmark", "Provider", "SendGrid", "Signed", "create_app"]
