"""Answer requests: the list of reports, their files, and the work list.

It only reads, but for the link by which a reader gets no more mail.
"""

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from werkzeug import Request, Response
from werkzeug.wsgi import wrap_file

from listener.errors import ListenerError
from listener.report.files import load_entries
from listener.report.language import Language
from listener.report.leaving import render_leave_page
from listener.report.render import render_index
from listener.report.work import WorkView, render_work_case, render_work_list
from listener.serve.archive import find_parts, open_file
from listener.serve.board import Keeper
from listener.serve.gate import is_known_host, is_password
from listener.serve.leaving import LeaveDesk

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WORK = "waiting"
_CASE = re.compile(r"waiting/([a-z2-7]{1,64})")
_LEAVE = re.compile(r"/unsubscribe/([a-z2-7]{32})")
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"\r\n]{1,1000})">')
_POLICY_WITHIN_BYTES = 4_096
_NOTHING = "default-src 'none'; sandbox"
_NO_FRAMES = "; frame-ancestors 'none'"
_KINDS = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_SAVED = ("csv", "parquet")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """What is shown, and to whom.

    Attributes:
        folder: That of all reports.
        language: Of the pages that are made here.
        templates: A folder of own templates, searched first.
        names: Under which people reach us, besides addresses.
        password: None if nobody is asked for one.
    """

    folder: Path
    language: str
    templates: Path | None
    names: Collection[str]
    password: str | None


class Site:
    """A WSGI application over a folder of reports and a work list."""

    def __init__(self, show: Show, keeper: Keeper, desk: LeaveDesk | None = None) -> None:
        """Read nothing yet.

        Args:
            show: What is shown, and to whom.
            keeper: Has the work list.
            desk: Ends the mail of readers; None if their mails have no links to here.
        """
        self._show, self._keeper, self._desk = show, keeper, desk
        self._language = Language(show.language)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            response = self._leave(request) or self._refuse(request) or self._answer(request)
        except ListenerError as error:  # a template of the operator's own, say
            response = _say(str(error), 500)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response(environ, start_response)

    def _leave(self, request: Request) -> Response | None:
        """Answer who comes by the link in a mail: his token is all that he needs."""
        asked = _LEAVE.fullmatch(request.path)
        if self._desk is None or asked is None:
            return None
        if request.method not in ("GET", "HEAD", "POST"):
            return self._say("method", 405, Allow="GET, HEAD, POST")
        answer = self._desk.answer(asked[1], is_click=request.method == "POST")
        templates = self._show.templates
        page = render_leave_page(answer.state, answer.language, templates=templates)
        response = _show_page(page, answer.status)
        if answer.retry_seconds is not None:
            response.headers["Retry-After"] = str(answer.retry_seconds)
        return response

    def _refuse(self, request: Request) -> Response | None:
        """Refuse who must not come in, before anything is looked at."""
        host = request.headers.get("Host", "")
        if not is_known_host(host, self._show.names):
            return self._say("host", 421)
        if request.method not in ("GET", "HEAD"):
            return self._say("method", 405, Allow="GET, HEAD")
        if self._show.password is not None:
            given = request.authorization.password if request.authorization else None
            if not is_password(given, self._show.password):
                asks = 'Basic realm="listener", charset="UTF-8"'
                return self._say("password", 401, WWW_Authenticate=asks)
        return None

    def _answer(self, request: Request) -> Response:
        path = request.path.removeprefix("/")
        if path in ("", "index.html"):
            return self._show_index()
        if path == WORK:
            return _say("", 308, Location="waiting/")
        if path == f"{WORK}/":
            return self._show_work(request)
        case = _CASE.fullmatch(path)
        if case:
            return self._show_case(case[1])
        parts = find_parts(path)
        file = open_file(self._show.folder, parts) if parts else None
        if parts is None or file is None:
            return self._say("nothing", 404)
        return _send(request, file, parts[-1])

    def _say(self, key: str, status: int, **headers: str) -> Response:
        return _say(self._language.word("SERVED", key), status, **headers)

    def _show_index(self) -> Response:
        entries = [entry for entry in load_entries(self._show.folder) if self._is_there(entry.path)]
        return _show_page(
            render_index(
                entries,
                self._show.language,
                templates=self._show.templates,
                work_list=f"{WORK}/",
            )
        )

    def _is_there(self, path: str) -> bool:
        parts = find_parts(path)
        file = open_file(self._show.folder, parts) if parts else None
        if file is not None:
            file.close()
        return file is not None

    def _show_work(self, request: Request) -> Response:
        look = self._keeper.look()
        problem = self._language.word("SERVED", "problem")
        view = WorkView(
            brand=request.args.get("brand", ""),
            todo=request.args.get("todo", ""),
            page=request.args.get("page", 1, type=int),
            problem=problem % {"problem": look.problem} if look.problem else "",
        )
        work = look.board.work if look.board else None
        show = self._show
        return _show_page(render_work_list(work, view, show.language, templates=show.templates))

    def _show_case(self, name: str) -> Response:
        board = self._keeper.look().board
        told = board.tell(name) if board else None
        if told is None:
            return self._say("case", 404)
        show = self._show
        return _show_page(render_work_case(told, show.language, templates=show.templates))


def _show_page(page: str, status: int = 200) -> Response:
    response = Response(page, status, content_type=_KINDS["html"])
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = _find_policy(page.encode())
    return response


def _send(request: Request, file: BinaryIO, name: str) -> Response:
    """Send a report's file; the page's own policy becomes that of the answer."""
    kind = name.rpartition(".")[2]
    head = file.read(_POLICY_WITHIN_BYTES) if kind == "html" else b""
    facts = os.fstat(file.fileno())
    file.seek(0)
    response = Response(
        wrap_file(request.environ, file), content_type=_KINDS[kind], direct_passthrough=True
    )
    response.content_length = facts.st_size
    response.set_etag(f"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = _find_policy(head)
    if kind in _SAVED:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.make_conditional(request.environ)
    if request.method == "HEAD" or response.status_code == 304:
        file.close()  # nobody reads it, so nobody would close it
    return response


def _find_policy(page: bytes) -> str:
    """Return what a page allows itself, or that it may do nothing."""
    found = _POLICY.search(page[:_POLICY_WITHIN_BYTES].decode(errors="replace"))
    return (unescape(found[1]) if found else _NOTHING) + _NO_FRAMES


def _say(text: str, status: int, **headers: str) -> Response:
    response = Response(f"{text}\n", status, content_type=_KINDS["txt"])
    response.headers["Content-Security-Policy"] = _NOTHING + _NO_FRAMES
    response.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response
