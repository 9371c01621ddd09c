"""Listening sockets, and web applications behind them."""

from __future__ import annotations

import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

from margins.errors import ConfigError, Unavailable

__all__ = ["WebServer", "listen"]

_PATIENCE = 30.0
_CANCELLING = 2.0  # seconds until requests that were cut off have ended


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening TCP socket.

    Raises:
        ConfigError: the address is taken or not ours; names the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named since asyncio sets TCP_NODELAY only where it is; without it every answer
    # in two segments waits 40 ms for the peer's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            place=setting,
            remedy=f"Stop what uses it, or choose another with MARGINS_{setting.upper()}.",
        ) from error
    return listener


class WebServer:
    """A web application in a thread and an event loop of its own: the worker calls it over HTTP.

    Args:
        name: of its thread, for people.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, *, name: str) -> None:
        # Its lines go through our formatter, and a peer is who connects: X-Forwarded-For is
        # anybody's word, by which the console's limit and a provider's networks would go.
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            lifespan="auto",
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name=name, daemon=True
        )

    def start(self) -> None:
        """Return once it answers.

        Raises:
            Unavailable: it ended instead, or takes longer than half a minute.
        """
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise Unavailable(
                    "It does not start.", place=self._thread.name, remedy="The log says why."
                )
            time.sleep(0.01)

    def stop(self, *, seconds: float = 10.0) -> None:
        """Finish the requests in hand, those that take no longer."""
        self._server.config.timeout_graceful_shutdown = max(1, int(seconds))
        self._server.should_exit = True
        self._thread.join(seconds + _CANCELLING)
        self._listener.close()
