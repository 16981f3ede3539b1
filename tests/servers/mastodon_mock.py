"""The PyPI package `mastodon_mock` as a process of its own: somebody else's idea of Mastodon.

with run_mastodon_mock("acme", "anna") as mock:
    asked = mock.post("anna", "@acme my phone is dead")
    mock.post("acme", "@anna on it", reply_to=asked)
    mock.fail("status", "/api/v1/notifications", status=500)
    mock.make_collector("acme")

It differs from Mastodon in three ways that tests must not be built on: it shows
direct messages to outsiders, mentions are plain text instead of links, and
`X-RateLimit-Reset` is a number of seconds since 1970.
"""

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from listener.collect.mastodon import MastodonCollector

DOMAIN = "mock.example"
# Long enough for a machine with much to do; nobody waits for it where all is well.
PATIENCE_SECONDS = 60

# The socket comes from here, already listening, so that no port is guessed and
# nobody waits for the server: whoever asks too early waits in the line. It ends
# when its standard input does, also if the tests are killed. It only answers:
# an attempt to connect to anything ends it.
_PROGRAM = """
import os, socket, sys, threading
import uvicorn
from mastodon_mock.app import create_app
from mastodon_mock.config import MastodonMockConfig

sys.addaudithook(lambda event, _: event == "socket.connect" and os._exit(3))
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
app = create_app(MastodonMockConfig.load(sys.argv[1]))
config = uvicorn.Config(
    app, loop="asyncio", http="h11", ws="none", log_level="error", server_header=False
)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[2]))])
"""


@dataclass
class MastodonMock:
    """What a test does on the server, and how it looks at it."""

    url: str
    tokens: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, name: str = "", **fields: Any) -> Any:
        """Do something as one of the accounts."""
        token = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        response = self.session.request(
            method,
            self.url + path,
            headers=token,
            json={key: value for key, value in fields.items() if value is not None},
            timeout=PATIENCE_SECONDS,
        )
        response.raise_for_status()
        return response.json() if "json" in response.headers["Content-Type"] else response.text

    def post(
        self, name: str, text: str, *, reply_to: dict[str, Any] | None = None, **fields: Any
    ) -> dict[str, Any]:
        number = reply_to and reply_to["id"]
        fields = {"status": text, "in_reply_to_id": number, **fields}
        return self.call("POST", "/api/v1/statuses", name, **fields)

    def edit(self, name: str, status: dict[str, Any], text: str) -> None:
        self.call("PUT", f"/api/v1/statuses/{status['id']}", name, status=text)

    def delete(self, name: str, status: dict[str, Any]) -> None:
        self.call("DELETE", f"/api/v1/statuses/{status['id']}", name)

    def fail(self, kind: str, path: str, *, count: int = 1, **effect: Any) -> None:
        """Spoil the next requests to a path: `status`, `ratelimit`, `malformed`, `timeout` …"""
        rule = {"match": {"path": path}, "effect": {"type": kind, **effect}, "count": count}
        self.call("POST", "/api/v1/_mock/faults", **rule)

    def list_faults(self) -> list[dict[str, Any]]:
        return self.call("GET", "/api/v1/_mock/faults")

    def reset(self) -> None:
        """Return to the beginning: accounts without posts, no faults."""
        self.call("POST", "/api/v1/_mock/reset")

    def log_in(self, name: str, scopes: str) -> str:
        """Return a token by Mastodon's way: register an app, allow it, turn the code in."""
        app = self.call("POST", "/api/v1/apps", client_name="listener", scopes=scopes)
        page = self.session.post(f"{self.url}/oauth/authorize", {"username": name}, timeout=60).text
        code = page.partition("Authorization code: ")[2].partition("<")[0]
        fields = {"grant_type": "authorization_code", "client_id": app["client_id"], "code": code}
        return self.call("POST", "/oauth/token", **fields)["access_token"]

    def make_collector(
        self, name: str, *, token: str | None = None, **options: Any
    ) -> MastodonCollector:
        now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - its clock is real
        options = {"now": now, "timeout_seconds": PATIENCE_SECONDS, **options}
        return MastodonCollector(
            self.url, account=f"{name}@{DOMAIN}", token=token or self.tokens[name], **options
        )


@contextmanager
def run_mastodon_mock(*names: str, **settings: Any) -> Iterator[MastodonMock]:
    """Run a server with these accounts until the block ends.

    Args:
        names: Whom it has; each has a token.
        settings: Tables of the server's own settings, such as `ratelimit={"enabled": True}`.
    """
    tokens = {name: f"token-of-{name}-{secrets.token_hex(8)}" for name in names}
    with TemporaryDirectory(prefix="mastodon-mock-") as folder, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        file = Path(folder) / "mock.toml"
        file.write_text(_write_settings(tokens, folder, settings), encoding="utf-8")
        process = _start(file, listening.fileno(), folder)
        mock = MastodonMock(f"http://127.0.0.1:{listening.getsockname()[1]}", tokens)
        listening.close()  # from here on it is the server's alone
        try:
            mock.call("GET", "/health")
            yield mock
        finally:
            mock.session.close()
            _stop(process)


def _write_settings(tokens: dict[str, str], folder: str, settings: dict[str, Any]) -> str:
    lines = [f'domain = "{DOMAIN}"', f"media_storage_path = {json.dumps(folder)}"]
    for table, values in {"database": {"path": ":memory:"}, **settings}.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    for name, token in tokens.items():
        lines += ["[[seed.accounts]]", f'username = "{name}"', f'access_token = "{token}"']
    return "\n".join(lines)


def _start(file: Path, number: int, folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM, str(file), str(number)],
        cwd=folder,
        stdin=subprocess.PIPE,
        pass_fds=[number],
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
