"""AWS for Terraform: moto, and our functions where Lambda's Invoke is called.

moto keeps what is declared and would need containers to run a function, so invocations are carried
out by the handler in this process. It does not know SES's DeleteReceiptRule either, which is
answered here; the rule goes with its rule set.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from werkzeug import Request, Response
from werkzeug.serving import make_server

Handler = Callable[[dict[str, Any], object], Any]

_INVOKE = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")
_DELETED = "<DeleteReceiptRuleResponse><DeleteReceiptRuleResult/></DeleteReceiptRuleResponse>"
_OF_THE_CONNECTION = {"connection", "content-length", "date", "server", "transfer-encoding"}


def _invoke(handler: Handler, event: bytes, status: int) -> Response:
    """As Lambda does: what is raised is an answer too, with a header."""
    try:
        return Response(json.dumps(handler(json.loads(event), None)), status)
    except Exception as error:  # noqa: BLE001
        said = {"errorMessage": str(error), "errorType": type(error).__name__}
        return Response(json.dumps(said), headers={"x-amz-function-error": "Unhandled"})


def _forward(request: Request, body: bytes, netloc: str) -> Response:
    connection = HTTPConnection(netloc)
    connection.request(request.method, request.environ["RAW_URI"], body, dict(request.headers))
    answer = connection.getresponse()
    headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in _OF_THE_CONNECTION]
    content = answer.read()
    connection.close()
    return Response(content, answer.status, headers)


@contextmanager
def front(behind: str, functions: dict[str, Handler]) -> Iterator[str]:
    """The URL of an AWS whose functions are these handlers, by name, and which is else `behind`."""

    @Request.application
    def serve(request: Request) -> Response:
        body = request.get_data()
        if invoked := _INVOKE.match(request.path):
            if (handler := functions.get(invoked[1])) is None:
                return Response('{"Message": "Function not found"}', 404)
            later = request.headers.get("x-amz-invocation-type") == "Event"
            return _invoke(handler, body, 202 if later else 200)
        if b"Action=DeleteReceiptRule&" in body:
            return Response(_DELETED, content_type="text/xml")
        return _forward(request, body, urlsplit(behind).netloc)

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
