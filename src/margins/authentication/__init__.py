"""Finding out whether a message comes from the author it names (RFC 6376, 7208, 7489, 8617).

One module per method. What they find are values of `margins.mail.authentication`; what they need of
the world is the Resolver port. Nothing here opens a socket.
"""

from margins.authentication.authenticate import authenticate

__all__ = ["authenticate"]
