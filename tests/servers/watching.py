"""A service that is told that the program runs, and notes what it was told.

with run_watching() as watching:
    send_ping(watching.url, "start")
    assert watching.told == ["/secret-1/start"]
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WatchingService:
    """What was asked for, and how it is answered.

    Attributes:
        url: With a secret path, as such services give.
        told: Paths in the order in which they were asked for.
        status: Of every answer.
        location: Sent with it, if any.
        drips: Send an answer that never comes to its end.
    """

    url: str = ""
    told: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    drips: bool = False
    closing: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    service: WatchingService

    def do_GET(self) -> None:
        self.service.told.append(self.path)
        with suppress(OSError):  # the reader has gone
            self.send_response(self.service.status)
            if self.service.location:
                self.send_header("Location", self.service.location)
            self._drip()
            self.end_headers()

    def _drip(self) -> None:
        if self.service.drips:
            self.flush_headers()
            self.wfile.write(b"X-Never: ")
            while not self.service.closing.wait(0.02):
                self.wfile.write(b".")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def run_watching() -> Iterator[WatchingService]:
    """Run a service until the block ends."""
    service = WatchingService()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service})
    )
    service.url = f"http://127.0.0.1:{server.server_port}/secret-1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
