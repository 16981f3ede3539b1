"""Trouble on demand: what servers do to those who read them."""

import json
from dataclasses import dataclass, field
from typing import Any

STATUS_FAULTS = ("401", "403", "404", "410", "422", "429", "500", "503")
WIRE_FAULTS = ("drip", "drip_headers", "cut", "silence")
BODY_FAULTS = ("not_json", "wrong_json", "html", "html_404", "empty", "huge")
LINK_FAULTS = ("link_loop", "page_repeated", "empty_page", "redirect")
FAULTS = (*STATUS_FAULTS, *WIRE_FAULTS, *BODY_FAULTS, *LINK_FAULTS)


@dataclass
class Fault:
    """What happens to the next requests whose path begins so.

    Attributes:
        skip: How many of them get through before.
        times: How many are hit.
    """

    kind: str
    path: str = ""
    skip: int = 0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    target: str = ""

    def takes(self, path: str) -> bool:
        if not path.startswith(self.path) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Reply:
    """What is about to be sent."""

    status: int = 200
    payload: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def encode(self) -> bytes:
        return json.dumps(self.payload).encode() if self.body is None else self.body


def spoil(reply: Reply, fault: Fault, path: str, previous: Reply | None) -> Reply:
    """Return another reply than the right one."""
    if fault.kind in STATUS_FAULTS:
        return make_error(int(fault.kind), fault.headers)
    if fault.kind in BODY_FAULTS:
        return _spoil_body(reply, fault.kind)
    if fault.kind == "redirect":
        return Reply(302, {}, {"Location": fault.target or path})
    if fault.kind == "page_repeated":
        return previous or reply
    if fault.kind == "empty_page":
        return Reply(payload=[], headers=reply.headers)
    if fault.kind == "link_loop":
        link = f'<{fault.target}>; rel="next", <{fault.target}>; rel="prev"'
        return Reply(payload=reply.payload, headers={"Link": link})
    return reply


def _spoil_body(reply: Reply, kind: str) -> Reply:
    page, html = b"<!doctype html><p>sorry", {"Content-Type": "text/html"}
    return {
        "not_json": Reply(body=reply.encode()[:-3]),
        "wrong_json": Reply(payload="sorry"),
        "html": Reply(body=page, headers=html),
        "html_404": Reply(404, body=page, headers=html),
        "empty": Reply(body=b""),
        "huge": Reply(body=b"[" + b" " * 6_000_000 + b"]"),
    }[kind]


def make_error(status: int, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"error": "words that nobody should see in a log"}, dict(headers or {}))
