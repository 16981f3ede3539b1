"""A server that sends any bytes whatever is asked for, for answers that no honest one gives.

with run_plain() as plain:
    plain.bodies["/api/v1/accounts/lookup"] = b'{"id": "1"}'
    plain.body = b"\\xff\\xfe"
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class PlainServer:
    """What is sent: the bytes of a path, otherwise `body`."""

    url: str = ""
    body: bytes = b"[]"
    bodies: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    kind: str = "application/json"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    plain: PlainServer

    def do_GET(self) -> None:
        body = self.plain.bodies.get(urlsplit(self.path).path, self.plain.body)
        with suppress(OSError):  # the reader has gone
            self.send_response(self.plain.status)
            self.send_header("Content-Type", self.plain.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Readers may leave whenever they like."""


@contextmanager
def run_plain() -> Iterator[PlainServer]:
    """Run a server until the block ends."""
    plain = PlainServer()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"plain": plain}))
    plain.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield plain
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
