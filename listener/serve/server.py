"""Listen for requests, and end as soon as that is asked for."""

import logging
from typing import TYPE_CHECKING, Any

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]

from listener.errors import ListenerError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Whoever sends or reads slowly holds a connection, never one of the threads.
LIMITS = {
    "threads": 8,
    "connection_limit": 200,
    "channel_timeout": 20,
    "cleanup_interval": 5,
    "max_request_header_size": 8_192,
    "max_request_body_size": 1_024,
}
# A connection that has nothing to be answered any more ends by then; browsers open another.
LONGEST_SECONDS = 120.0


class _Listener(TcpWSGIServer):  # type: ignore[misc] # untyped
    """Also ends connections of those who send their question one character at a time."""

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if not channel.requests and channel.creation_time < now - LONGEST_SECONDS:
                channel.will_close = True


class Server:
    """Listens from the beginning; answers while it runs."""

    def __init__(self, site: "WSGIApplication", host: str, port: int) -> None:
        """Listen.

        Args:
            site: What answers.
            host: An address of this machine.
            port: 0 for any that is free.

        Raises:
            ListenerError: If it cannot listen there.
        """
        # It warns of every request that waits a moment for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        address = "127.0.0.1" if host == "localhost" else host
        try:
            self._server: Any = _Listener(
                site,
                map=self._sockets,
                host=address,
                port=port,
                ident="listener",
                log_socket_errors=False,
                **LIMITS,
            )
        except OSError as error:
            wasyncore.close_all(self._sockets, ignore_all=True)
            msg = (
                f"cannot listen at {host}, port {port} ({(error.strerror or str(error)).lower()}); "
                "choose others: web.host and web.port in the settings, or --host and --port"
            )
            raise ListenerError(msg) from error
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.effective_port}/"

    def run(self) -> None:
        """Answer until the keyboard, or who stands for it, stops it."""
        self._server.run()
        self._server.task_dispatcher.shutdown()

    def close(self) -> None:
        """Let `run` end in its thread: nobody is answered any more."""
        trigger = self._server.trigger
        # Written to within the lock: woken by another's byte, it would be closed before that.
        with trigger.lock:
            trigger.thunks.append(self._end)
            trigger.pull_trigger()

    def _end(self) -> None:
        # First who still answers: he wakes the loop when he is done.
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets, ignore_all=True)
