"""What a browser gets, and what those get who are none: real requests to a real server."""

import base64
import hashlib
import select
import socket
import time
from contextlib import ExitStack, suppress
from html.parser import HTMLParser
from pathlib import Path

import pytest

from listener.serve import server
from listener.serve.board import Keeper
from tests.builders import talk
from tests.serve.conftest import HOSTILE, serve

PASSWORD = "correct horse battery"  # noqa: S105 - of this test
REPORT = "/acme/2017-W44/index.html"


class Tags(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def sign_in(password, user="team"):
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_reports_are_listed_with_a_way_to_the_work_list(served):
    status, headers, page = served.get("/")
    links = [link["href"] for link in Tags(page).all("a")]
    assert status == 200
    assert {"waiting/", "acme/2017-W44/index.html"} <= set(links)
    assert headers["Cache-Control"] == "no-store"


def test_a_report_comes_as_it_was_written_under_its_own_policy(served):
    status, headers, page = served.get(REPORT)
    assert status == 200
    assert page == Path(f"{served.folder}{REPORT}").read_text(encoding="utf-8")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy


def test_every_answer_carries_the_headers_that_protect_it(served):
    for path in ("/", REPORT, "/waiting/", "/nothing", "/acme/2017-W44/report.json"):
        headers = served.get(path)[1]
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path


def test_a_page_without_a_policy_may_do_nothing(served):
    page = served.folder / "acme" / "2017-W44" / "report.txt"
    other = served.folder / "acme" / "2017-W43" / "index.html"
    other.parent.mkdir()
    try:
        other.write_text("<script>alert(1)</script>")
        headers = served.get("/acme/2017-W43/index.html")[1]
    finally:
        other.unlink()
        other.parent.rmdir()
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert served.get("/acme/2017-W44/report.txt")[2] == page.read_text(encoding="utf-8")


def test_a_known_version_is_not_sent_again_and_head_sends_no_body(served):
    tag = served.get(REPORT)[1]["ETag"]
    assert served.get(REPORT, If_None_Match=tag)[::2] == (304, "")
    status, headers, body = served.get(REPORT, method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 10_000


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/acme/2017-W44/../../../secret.txt",
        "/acme/2017-W44/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/acme/2017-W44/evidence/..%2f..%2findex.html",
        "//etc/passwd",
        "/acme/%00/index.html",
        "/acme/",
        "/acme/2017-W44",
        "/acme/2017-W44/evidence/",
        "/%ff%fe/2017-W44/index.html",
        "/waiting/abc/../../secret.txt",
        "/waiting/..",
        "/waiting/nocase",
    ],
)
def test_no_path_leads_out_of_the_reports_and_no_folder_is_listed(served, path):
    answer = served.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"hush" not in answer


def test_a_link_out_of_the_folder_is_neither_followed_nor_listed(served):
    link = served.folder / "zeta"
    link.symlink_to(served.folder / "acme")
    try:
        assert served.get("/zeta/2017-W44/index.html")[0] == 404
        assert "zeta" not in served.get("/")[2]
    finally:
        link.unlink()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "LOOK"])
def test_nothing_can_be_changed(served, method):
    status, headers, _ = served.get("/", method=method)
    assert status == 405
    assert headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "acme@localhost", ""])
def test_a_foreign_name_that_leads_here_shows_nothing(served, host):
    answer = served.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))
    assert b"acme/" not in answer


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_broken_and_endless_requests_are_refused_and_hurt_nobody(served, raw):
    answer = served.send(raw)
    assert b"200 OK" not in answer.split(b"\r\n")[0]
    assert b"Traceback" not in answer
    assert served.get("/")[0] == 200


def test_who_is_slow_does_not_hold_up_others(served):
    with ExitStack() as stack:
        for number in range(60):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            # Some never end their question, others never read the answer.
            end = b"" if number % 2 else b"\r\n"
            line.sendall(f"GET {REPORT} HTTP/1.1\r\nHost: localhost\r\n".encode() + end)
        assert served.get(REPORT)[0] == 200
        assert served.get("/waiting/")[0] == 200


def test_who_asks_one_character_at_a_time_is_not_listened_to_for_ever(
    report_folder, kept_database, monkeypatch
):
    monkeypatch.setattr(server, "LONGEST_SECONDS", 0.1)
    monkeypatch.setitem(server.LIMITS, "cleanup_interval", 0)
    with (
        serve(report_folder, kept_database) as served,
        socket.create_connection(("127.0.0.1", served.port), timeout=20) as line,
        suppress(ConnectionError),
    ):
        while not select.select([line], [], [], 0.02)[0]:
            line.sendall(b"G")
        assert line.recv(1) == b""


def test_the_work_list_shows_who_waits_and_hostile_words_stay_words(served):
    status, headers, page = served.get("/waiting/")
    tags = Tags(page)
    assert status == 200
    assert "2 cases in which somebody waits" in page
    assert page.index("ask how it ended") < page.index("<li id=")  # a choice, and then a row's
    assert page.count('class="tag todo-') == 2
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page
    assert len(tags.all("script")) == 1
    assert not tags.all("img")
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in headers["Content-Security-Policy"]
    assert "connect-src 'self'" in headers["Content-Security-Policy"]


def test_a_case_is_told_with_its_posts_and_reasons(served):
    page = served.get("/waiting/")[2]
    cases = [link["href"] for link in Tags(page).all("a") if link["href"].isalnum()]
    told = [served.get(f"/waiting/{case}") for case in cases]
    assert [status for status, _, _ in told] == [200, 200]
    assert any("asks for a direct message" in page for _, _, page in told)
    assert all("First helpful reply" in page and "<dt>" in page for _, _, page in told)
    assert all(HOSTILE not in page for _, _, page in told)


def test_the_list_can_be_narrowed_and_wrong_words_narrow_it_to_nothing(served):
    assert served.get("/waiting/?todo=answer")[2].count("<li id=") == 1
    assert served.get("/waiting/?brand=acme")[2].count("<li id=") == 2
    assert "Nobody waits." in served.get("/waiting/?brand=%3Cb%3E&todo=x")[2]
    assert served.get("/waiting/?page=999999999999999999999")[0] == 200
    assert served.get("/waiting/?page=x&brand=%ff%00")[0] == 200
    assert served.get("/waiting")[1]["Location"].endswith("waiting/")


def test_what_was_answered_is_gone_when_somebody_looks_again(own):
    own.get("/waiting/")
    own.save(*talk("carl: @acme where is my refund, please?", at=30))
    page = own.get("/waiting/")[2]
    assert "3 cases" in page
    assert "where is my refund" in page


def test_a_database_that_is_away_leaves_the_older_list_and_says_so(own, tmp_path):
    own.get("/waiting/")
    own.clock.now += 3_600
    database = tmp_path / "posts.db"
    database.rename(tmp_path / "away.db")
    database.mkdir()
    page = own.get("/waiting/")[2]
    assert "The list could not be renewed" in page
    assert page.count("<li id=") == 2


def test_a_database_that_was_never_there_is_told_and_reports_are_shown_all_the_same(
    report_folder, tmp_path
):
    with serve(report_folder, f"sqlite:///{tmp_path / 'gone' / 'posts.db'}") as served:
        page = served.get("/waiting/")[2]
        assert "The list could not be renewed" in page
        assert 'data-next="60"' in page
        assert 'id="measuring" hidden' in page
        assert served.get(REPORT)[0] == 200


def test_an_own_template_that_fails_is_told_and_hurts_no_other_page(
    report_folder, kept_database, tmp_path
):
    (tmp_path / "work.html").write_text("{{ 1 // 0 }}", encoding="utf-8")
    with serve(report_folder, kept_database, templates=tmp_path) as served:
        status, headers, page = served.get("/waiting/")
        assert status == 500
        assert page.startswith("report.templates: work.html:1: ZeroDivisionError")
        assert headers["Content-Type"].startswith("text/plain")
        assert served.get("/")[0] == served.get(REPORT)[0] == 200


def test_serving_changes_nothing_in_the_database(own, tmp_path):
    database = tmp_path / "posts.db"
    before = database.read_bytes()
    for path in ("/", "/waiting/", "/waiting/?page=2", REPORT):
        own.get(path)
    assert database.read_bytes() == before


def test_outside_views_speak_of_what_was_seen(report_folder, kept_database):
    with serve(report_folder, kept_database, mode="watch", language="de") as served:
        page = served.get("/waiting/")[2]
        assert "wartet auf Antwort" in page
        assert "nachfragen" not in page
        assert "Von außen" in page
        assert served.get("/nichts")[2] == "Hier ist nichts.\n"


@pytest.fixture(scope="module")
def guarded(report_folder, kept_database):
    names = ("reports.acme.example",)
    with serve(report_folder, kept_database, password=PASSWORD, names=names) as running:
        yield running


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"team").decode(),
        sign_in("wrong"),
        sign_in(PASSWORD[:-1]),
        sign_in(PASSWORD).replace("Basic", "Bearer"),
        f"Digest username=team, response={PASSWORD}",
    ],
)
def test_without_the_password_nothing_is_shown(guarded, given):
    headers = {} if given is None else {"Authorization": given}
    for path in ("/", REPORT, "/waiting/", "/nothing"):
        status, answered, page = guarded.get(path, **headers)
        assert status == 401
        assert answered["WWW-Authenticate"].startswith("Basic ")
        assert page == "A password is needed.\n"


def test_with_it_all_is_shown_under_the_known_name(guarded):
    headers = {"Authorization": sign_in(PASSWORD), "Host": "reports.acme.example"}
    assert guarded.get(REPORT, **headers)[0] == 200
    assert guarded.get("/waiting/", **headers)[0] == 200
    assert guarded.get("/", **{**headers, "Host": "evil.example"})[0] == 421


def test_the_first_list_of_a_large_store_is_not_waited_for(
    report_folder, kept_database, monkeypatch
):
    monkeypatch.setattr(Keeper.look, "__defaults__", (0.0,))
    with serve(report_folder, kept_database) as served:
        page = served.get("/waiting/")[2]
        assert 'data-next="3"' in page
        assert "Posts are being read" in page
        while 'data-next="3"' in page:
            time.sleep(0.02)
            page = served.get("/waiting/")[2]
        assert page.count("<li id=") == 2
