"""A client of the Debug Adapter Protocol, as small as a test needs.

Source: https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any


class Debugger:
    """Speaks to debugpy.

    Attributes:
        transcript: what was said, one line each.
    """

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), 20)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self.transcript: list[str] = []

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._stream.readline().strip():
            length = int(line.partition(b":")[2])
        return json.loads(self._stream.read(length))

    def send(self, command: str, **arguments: object) -> int:
        """Send a request and do not wait for the response."""
        self._number += 1
        body = json.dumps(
            {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        ).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._number

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a request and return the body of the response."""
        return self.answer(self.send(command, **arguments))

    def answer(self, number: int) -> dict[str, Any]:
        """The body of the response to a request."""
        while True:
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)
            elif message.get("request_seq") == number:
                assert message["success"], message
                self.transcript.append(f"{message['command']}: ok")
                return message.get("body") or {}

    def wait(self, event: str) -> dict[str, Any]:
        """The body of the next event of that name."""
        while True:
            for index, message in enumerate(self._events):
                if message["event"] == event:
                    body = self._events.pop(index).get("body") or {}
                    self.transcript.append(f"<- {event} {body.get('reason', '')}".rstrip())
                    return body
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)

    def attach(self, file: Path, line: int) -> None:
        """Attach, set one breakpoint, and let the program run."""
        self.ask("initialize", adapterID="margins", linesStartAt1=True)
        attaching = self.send("attach", justMyCode=True)
        self.wait("initialized")
        self.ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line}])
        self.ask("configurationDone")
        self.answer(attaching)

    def frame(self, thread: int) -> dict[str, Any]:
        """The innermost frame of a thread that is stopped."""
        return self.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]

    def evaluate(self, expression: str, frame: dict[str, Any]) -> str:
        """An expression in that frame."""
        said = self.ask("evaluate", expression=expression, frameId=frame["id"], context="repl")
        self.transcript.append(f"   {expression} = {said['result']}")
        return said["result"]

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
