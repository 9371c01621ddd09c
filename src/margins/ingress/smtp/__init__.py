"""The way in by SMTP (RFC 5321) and LMTP (RFC 2033).

aiosmtpd speaks the protocol: commands, extensions, STARTTLS, the PROXY header. Ours are the
limits, the paths, the DATA phase and every reply about a mail. The agent is known only as a
function from mail object to receipt; a mail is answered 250 when that receipt says it is durable.
"""

from margins.ingress.smtp.rules import Network, Rules
from margins.ingress.smtp.server import SmtpServer

__all__ = ["Network", "Rules", "SmtpServer"]
