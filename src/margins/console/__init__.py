"""The web console: what an operator sees of the mails, the notes and the accounts.

Pages are written on the server and complete without JavaScript; htmx only refreshes them.
"""

from margins.console.opening import open_console

__all__ = ["open_console"]
