"""A web hook, as chat tools have them, that notes what it took and fails as it is asked to.

with run_hook() as hook:
    hook.status = 500
    send_notice(hook.make_address("json"), …)
    assert hook.taken == []
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs

SECRET = "hook-s3cret"  # noqa: S105 - of a server in a test


@dataclass
class Hook:
    """What was posted, and how it is answered.

    Attributes:
        taken: What was taken with a good answer, or would have been: title, text and path.
        status: Of every answer.
        fault: `cut` breaks off after it has read everything, `silent` never answers,
            `drip` never comes to the end of its answer.
        asked: How many requests came.
    """

    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    location: str = ""
    fault: Literal["", "cut", "silent", "drip"] = ""
    asked: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def make_address(self, schema: str = "json", name: str = "team", query: str = "") -> str:
        """Return the address as apprise writes it, with a secret in its path."""
        return f"{schema}://127.0.0.1:{self.port}/{SECRET}/{name}{query}"

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [each["text"] for each in self.taken]


class _Handler(BaseHTTPRequestHandler):
    hook: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.hook.asked += 1
        if self.hook.status < 300:
            self.hook.taken.append({"path": self.path, **_read(body)})
        with suppress(OSError):  # the sender has gone
            self._answer()

    def _answer(self) -> None:
        if self.hook.fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.hook.fault == "silent":
            self.hook.closing.wait(30)
            return
        self.send_response(self.hook.status)
        if self.hook.location:
            self.send_header("Location", self.hook.location)
        self.end_headers()
        while self.hook.fault == "drip" and not self.hook.closing.wait(0.02):
            self.wfile.write(b".")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _read(body: str) -> dict[str, str]:
    if body.startswith("{"):
        told = json.loads(body)
        return {"title": told["title"], "text": told["message"]}
    told = parse_qs(body)
    return {"title": told["title"][0], "text": told["message"][0]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders may leave whenever they like."""


@contextmanager
def run_hook() -> Iterator[Hook]:
    """Run a web hook until the block ends."""
    hook = Hook()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hook": hook}))
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        hook.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
