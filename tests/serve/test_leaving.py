"""The page behind the link in a mail: from the mail to the next one, over HTTP and SMTP."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from listener.cli.serve import open_desk
from listener.deliver.unsubscribing import make_unsubscribe_token
from listener.errors import ConfigError
from listener.serve.leaving import MOST_CLICKS, REREAD_SECONDS, LeaveDesk, Readers
from listener.settings import MailSecrets, Recipient
from tests.jobs.mailing import BOSS, TEAM, open_mailing
from tests.serve.conftest import serve
from tests.serve.test_site import PASSWORD, Tags

KEY = "k" * 32
SECRETS = MailSecrets(unsubscribe_key=KEY)
READERS = (
    Recipient(address=TEAM, brands=(), language="en"),
    Recipient(address=BOSS, brands=(), language="de"),
)
ONE_CLICK = {
    "body": "List-Unsubscribe=One-Click",
    "Content_Type": "application/x-www-form-urlencoded",
}
PATHS = {
    address: f"/unsubscribe/{make_unsubscribe_token(address, KEY)}" for address in (TEAM, BOSS)
}


@pytest.fixture
def mailing(migrated, sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("UNSUBSCRIBE_KEY", KEY)
    with open_mailing(sqlite_url, tmp_path) as opened:
        # A proxy hands on what stands behind /reports, and drops that.
        url = "https://acme.example/reports/unsubscribe/{token}"
        settings = opened.load_settings(*READERS, unsubscribe_url=url)
        opened.settings = replace(settings, database_url=sqlite_url)
        yield opened


@pytest.fixture
def guarded(mailing, report_folder):
    """A server that asks for a password, and knows no name."""
    url, desk = mailing.settings.database_url, open_desk(mailing.settings)
    with serve(report_folder, url, desk=desk, password=PASSWORD) as running:
        yield running


def find_path(message):
    """Return what a proxy hands on of the address that a mail program reads."""
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (address, _) = message["List-Unsubscribe"].split(", ")
    return urlsplit(address.strip("<>")).path.removeprefix("/reports")


def test_one_click_of_a_mail_program_ends_the_mail_of_its_reader_alone(mailing, guarded):
    mailing.make("acme")
    mailing.send(SECRETS)
    paths = {taken.recipient: find_path(taken.message) for taken in mailing.server.taken}
    assert paths == PATHS
    looked = [guarded.get(paths[BOSS], method=method) for method in ("GET", "HEAD")]
    assert [status for status, _, _ in looked] == [200, 200]
    assert mailing.store.load_unsubscribed() == {}  # scanners of mail follow links
    status, headers, page = guarded.get(
        paths[BOSS], "POST", **ONE_CLICK, Host="acme.example", Cookie="", Authorization="Bearer x"
    )
    assert status == 200
    assert headers["Location"] is None
    assert "Ab jetzt keine Mail mehr" in page
    assert guarded.get(paths[BOSS], "POST", **ONE_CLICK)[0] == 200  # some click twice
    mailing.make("other")
    mailing.send(SECRETS)
    assert sorted(mailing.recipients) == sorted([TEAM, BOSS, TEAM])


def test_the_page_leaves_no_trace_and_opens_nothing_else(mailing, guarded):
    for path in PATHS.values():
        _, headers, page = guarded.get(path)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "form-action 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert not any(word in page.partition("<body>")[2] for word in ("acme", "team", "vorstand"))
        assert not [tag for tag in Tags(page).all("a") if not tag["href"].startswith("#")]
    assert guarded.get("/")[0] == guarded.get("/waiting/")[0] == 401


@pytest.mark.parametrize("token", ["a" * 32, make_unsubscribe_token("else@acme.example", KEY)])
def test_a_wrong_token_tells_nothing_and_changes_nothing(mailing, guarded, token):
    for method in ("GET", "POST"):
        status, headers, page = guarded.get(f"/unsubscribe/{token}", method)
        assert status == 404
        assert headers["Cache-Control"] == "no-store"
        assert "This link does not work" in page
        assert token not in page
    assert mailing.store.load_unsubscribed() == {}


@pytest.mark.parametrize(
    "path",
    [
        "/unsubscribe", "/unsubscribe/", f"/unsubscribe/{TEAM}", f"/unsubscribe/{'a' * 33}",
        f"{PATHS[TEAM]}/", f"{PATHS[TEAM]}{'a' * 4_000}", f"{PATHS[TEAM]}%0a", "/unsubscribe/%00",
        f"/x{PATHS[TEAM]}", f"/?token={PATHS[TEAM][-32:]}",
    ],
)  # fmt: skip
def test_only_the_address_itself_opens_without_the_password(mailing, guarded, path):
    assert guarded.get(path)[0] == 401
    assert guarded.get(path, "POST")[0] == 405
    assert mailing.store.load_unsubscribed() == {}


def test_other_methods_and_large_bodies_are_refused(mailing, guarded):
    status, headers, _ = guarded.get(PATHS[TEAM], "DELETE")
    assert (status, headers["Allow"]) == (405, "GET, HEAD, POST")
    assert guarded.get(PATHS[TEAM], "POST", body="a" * 2_000)[0] == 413
    assert mailing.store.load_unsubscribed() == {}
    form = (
        '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'
    )
    kind = "multipart/form-data; boundary=b"
    assert guarded.get(PATHS[TEAM], "POST", body=form, Content_Type=kind)[0] == 200
    assert len(mailing.store.load_unsubscribed()) == 1


def test_without_a_key_there_is_no_such_page(mailing, report_folder, monkeypatch):
    monkeypatch.delenv("UNSUBSCRIBE_KEY")
    assert open_desk(mailing.settings) is None
    with serve(report_folder, mailing.settings.database_url) as served:
        assert served.get(PATHS[TEAM])[0] == 404
        assert served.get(PATHS[TEAM], "POST")[0] == 405


def test_a_database_that_is_away_is_told_and_the_next_click_works(mailing, guarded, tmp_path):
    files = sorted(tmp_path.glob("*.db*"))
    for file in files:
        file.rename(tmp_path / f"away-{file.name}")
    status, headers, page = guarded.get(PATHS[TEAM], "POST")
    assert status == 503
    assert headers["Retry-After"] == "60"
    assert "Nothing has changed so far" in page
    assert str(tmp_path) not in page
    for file in files:
        (tmp_path / f"away-{file.name}").rename(file)
    assert guarded.get(PATHS[TEAM], "POST")[0] == 200
    assert len(mailing.store.load_unsubscribed()) == 1


def test_one_link_cannot_keep_the_database_busy_and_hinders_no_other(mailing):
    seconds, left = [0.0], []
    find = dict(zip("ab", READERS, strict=True)).__getitem__
    desk = LeaveDesk(find, left.append, mailing.settings.report, lambda: seconds[0])
    states = [desk.answer("a", is_click=True).status for _ in range(MOST_CLICKS + 2)]
    assert states == [*[200] * MOST_CLICKS, 429, 429]
    assert desk.answer("a", is_click=False).status == 200
    assert desk.answer("b", is_click=True).status == 200
    seconds[0] = 61.0
    assert desk.answer("a", is_click=True).status == 200
    assert left == [*[READERS[0]] * MOST_CLICKS, READERS[1], READERS[0]]


def test_readers_who_were_added_since_are_found(mailing):
    seconds, broken = [0.0], []
    now = {"settings": mailing.settings}

    def reload():
        if broken:
            raise ConfigError(*broken)
        return now["settings"]

    readers = Readers(mailing.settings, KEY, reload, lambda: seconds[0])
    token = make_unsubscribe_token("new@acme.example", KEY)
    new = Recipient(address="new@acme.example", brands=(), language="en")
    now["settings"] = mailing.load_settings(*READERS, new)
    with pytest.raises(ConfigError):
        readers.find(token)  # read a moment ago
    broken.append("mail.prot: unknown setting")
    seconds[0] = REREAD_SECONDS
    with pytest.raises(ConfigError, match="this is no token of anybody"):
        readers.find(token)
    assert readers.find(PATHS[TEAM].rpartition("/")[2]) == READERS[0]
    broken.clear()
    seconds[0] *= 2
    assert readers.find(token) == new


@pytest.mark.browser
def test_a_person_reads_and_presses_the_button(mailing, guarded, make_page):
    options = {"viewport": {"width": 320, "height": 700}, "color_scheme": "dark"}
    page = make_page(**options)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(guarded.url.rstrip("/") + PATHS[BOSS])
    for heading in ("Keine Berichte mehr per Mail?", "Ab jetzt keine Mail mehr"):
        page.get_by_role("heading", name=heading).wait_for()
        assert page.locator("html").get_attribute("lang") == "de"
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        button = page.get_by_role("button", name="Keine Mail mehr bekommen")
        if button.count():
            button.click()
    assert len(mailing.store.load_unsubscribed()) == 1
    assert not complaints
