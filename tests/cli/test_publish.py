"""`listener publish` on a store full of what nobody may see: what is published, and what not."""

import hashlib
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as Xml

import html5lib
import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe

from listener.app import load_phrases
from listener.cli import main
from listener.collect.archive.listener_lines import dump_post
from listener.jobs.collecting.rounds import RunStoppedError
from listener.jobs.publishing import publish_site
from listener.posts import Quotable
from listener.report.render import render_page
from listener.settings import load_settings
from listener.store.store import Store
from listener.store.told import ToldOutcome
from tests.builders import START, talk
from tests.report.feeds import check_feed

SETTINGS = """
database_url = "{folder}/posts.db"
secrets_file = "{folder}/listener.secrets.toml"
[report]
output = "{folder}/out"
[publish]
address = "https://reports.example.org/replies"
title = "How <b>brands</b> answer"
statement = "We watch.\\n\\nWrite to us."
imprint = "https://example.org/imprint"
languages = ["en", "de"]
opt_outs = ["@shy@social.example"]
{more}
[brands.acme]
name = "Acme & <i>Söhne</i>"
mode = "owner"
queries = ["secretquery"]
accounts = [
    {{ platform = "x", handle = "acme" }},
    {{ platform = "mastodon", handle = "acme@social.example" }},
]
[brands.bolt]
name = "Bolt"
accounts = [{{ platform = "x", handle = "bolt" }}]
"""
OPEN = {"calm": Quotable("unasked"), "acme": Quotable("allowed")}
SECRETS = (
    "secret",  # every text that must not be there holds this word
    "zz-token",
    "jo@example.org",
    "1701234567",
    "4711220098",
    "annabel_full",
    "calm@social",
    "calmina",
    "@calm",
    "refuser",
    "stranger_full",
    "follower",
    "shy",
    "hotline",
)
HOSTILE = "</p><script>alert(1)</script> \u202egnorw \x07"


def write_posts():
    """Return posts of which nearly nothing may be shown, by what they are."""
    calm, ids = "calm@social.example", {"conversation_id": None}

    def toot(who, words, **more):
        return talk(
            f"{who}@social.example: @acme@social.example {words}",
            f"+9m acme@social.example: @{who}@social.example Please send us a DM.",
            **more,
        )

    x = talk(
        f"annabel_full: @acme my parcel is secretly lost, jo@example.org {HOSTILE}",
        "+12m acme: @annabel_full Sorry! Please send us a DM. secret",
        "+2h annabel_full: @acme still secret, and it has been like that for days, still broken",
    )
    quoted = talk(
        f"{calm}: @acme@social.example my modem blinks, order 4711220098, call +49 170 1234567 "
        f"or jo@example.org, ask @stranger_full@far.example "
        f"or https://x.com/annabel_full/status/1 {HOSTILE}",
        f"+9m acme@social.example: @{calm} Hi Calmina! Hold the button until the light is green.",
        f"+1h {calm}: @acme@social.example That worked, thank you!",
        **ids,
    )
    return {
        "x": x,
        "quoted": [_link(replace(post, author_name="Calmina Weber")) for post in quoted],
        "refused": [_link(post) for post in toot("refuser", "help, secretrefused")],
        "unknown": toot("nobody", "help, secretunknown"),
        "opted_out": toot("shy", "help, secretshy"),
        "unlisted": toot("calm", "help, secretunlisted", at=600, visibility="unlisted"),
        "followers": toot("follower", "help, secretfollowers", visibility="private"),
        "direct": talk(
            "annabel_full: secretmessage, my token is zz-token", visibility="direct", at=30
        ),
        "bolt": talk("annabel_full: @bolt secret, where is it?", at=50),
    }


def _link(post):
    host = f"https://social.example/@{post.author_handle.partition('@')[0]}"
    return replace(post, url=f"{host}/{post.post_id}")


class Site:
    """A folder with database, settings, reports and the site made of them."""

    def __init__(self, folder, more=""):
        self.folder, self.site = folder, folder / "site"
        self.config = folder / "listener.toml"
        self.configure(more)

    def configure(self, more="", *, without=" " * 99):
        text = SETTINGS.format(folder=self.folder, more=more)
        self.config.write_text(text.replace(without, ""), encoding="utf-8")

    def call(self, *words, code=0):
        assert main(["--config", str(self.config), *map(str, words)]) == code

    def publish(self, *words, code=0):
        self.call("publish", self.site, *words, code=code)

    def open(self):
        return Store.open(f"sqlite:///{self.folder / 'posts.db'}")

    def delete(self, word):
        """Let the one post with this word be deleted."""
        with self.open() as store:
            (post,) = (post for post in store.iter_posts() if word in post.text)
            assert store.mark_deleted(post.platform, [post.post_id], at=datetime.now(UTC)) == 1

    def list_files(self):
        return sorted(path for path in self.site.rglob("*") if path.is_file())

    def take_picture(self):
        """Return what every file holds, and when it was written."""
        return {
            path.relative_to(self.site).as_posix(): (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                path.stat().st_mtime_ns,
            )
            for path in self.list_files()
        }

    def read(self, path="acme/2026-W10/index.html"):
        return (self.site / path).read_text(encoding="utf-8")

    def read_feed(self, path="feed.xml"):
        atom = "{http://www.w3.org/2005/Atom}"
        feed = Xml.fromstring(self.read(path))  # noqa: S314 - our own file
        entries = {
            entry.findtext(f"{atom}id"): entry.findtext(f"{atom}updated")
            for entry in feed.iter(f"{atom}entry")
        }
        return feed.findtext(f"{atom}updated"), entries


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("publish")
    site = Site(folder)
    posts = write_posts()
    (folder / "listener.secrets.toml").write_text('X_BEARER_TOKEN = "zz-token"\n')
    (folder / "listener.secrets.toml").chmod(0o600)
    archive = folder / "posts.jsonl"
    lines = [dump_post(post) + b"\n" for group in posts.values() for post in group]
    archive.write_bytes(b"".join(lines))
    site.call("import", archive)
    with site.open() as store:
        run = store.start_run("mastodon:acme", "mastodon", "acme", kind="posts",
                              planned_at=START, started_at=START)  # fmt: skip
        names = {f"{name}@social.example": said for name, said in OPEN.items()}
        names["refuser@social.example"] = Quotable("refused", is_certain=True)
        store.save_page(run, posts["quoted"], seen_at=START, quoting=names)
        store.fail_run(run, finished_at=START + timedelta(days=9), error="secret of a server")
        opening = posts["x"][0]
        told = {"brand": "acme", "platform": "x", "post_id": opening.post_id, "case": "c"}
        store.save_told_outcomes([ToldOutcome(
            **told, source="hotline", told_at=START, outcome="solved", note="secret", saved_at=START
        )])  # fmt: skip
    site.call("report", "--week", "2026-W10")
    site.publish()
    return folder


@pytest.fixture
def site(original, tmp_path):
    """Return a copy of the published site that a test may change."""
    folder = tmp_path / "copy"
    shutil.copytree(original, folder)
    return Site(folder)


def test_nothing_private_is_in_any_file(site):
    for path in site.list_files():
        held = path.read_text(encoding="utf-8").casefold()
        assert not [word for word in SECRETS if word in held], path
        assert "alert(1)</script>" not in held
        assert "\u202e" not in held
    assert "my modem blinks" in site.read()


def test_figures_that_only_the_operator_may_see_stay_at_home(site):
    own = orjson.loads((site.folder / "out/acme/2026-W10/report.json").read_bytes())
    shown = orjson.loads(site.read("acme/2026-W10/report.json"))
    assert own["private"] is not None
    assert shown["private"] is None
    assert own["counts"] == shown["counts"]
    holes = [each["hole"] for each in shown["coverage"]["platforms"] if each["hole"]]
    assert all(hole["source"] == "" for hole in holes)
    assert shown["told_elsewhere"]["sources"] == {}
    assert not list(site.site.rglob("*.csv"))
    assert not list(site.site.rglob("*.parquet"))


def test_posts_of_x_are_address_number_and_labels(site):
    page = site.read()
    opening = write_posts()["x"]
    assert "sends to a direct message" in page or "direct message" in page
    numbers = re.findall(r'href="https://x\.com/i/status/(\d+)"', page)
    assert len(set(numbers)) >= len(opening)
    assert all(f"Post {number} on X, not quoted here." in page for number in set(numbers))


def test_links_lead_somewhere_from_a_disk_and_below_a_path(site):
    here = {path.relative_to(site.site).as_posix() for path in site.list_files()}
    for path in (path for path in here if path.endswith(".html")):
        page = site.read(path)
        anchors = set(re.findall(r'id="([^"]+)"', page))
        for href in re.findall(r'(?:href|src)="([^"]+)"', page):
            if href.startswith("#"):
                assert href[1:] in anchors, (path, href)
            elif not urlsplit(href).scheme:
                assert not href.startswith("/")
                target = urljoin(f"https://host.example/some/path/{path}", href)
                assert target.removeprefix("https://host.example/some/path/") in here, (path, href)


def test_pages_are_valid(site):
    parser = html5lib.HTMLParser(strict=True)  # raises at the first mistake
    for path in ("index.html", "acme/index.de.html", "acme/2026-W10/index.html"):
        parser.parse(site.read(path))
    site.delete("modem")
    site.publish()
    parser.parse(site.read("acme/2026-W10/index.de.html"))


def test_pages_and_feeds_of_both_languages_point_to_each_other(site):
    assert '<html lang="de">' in site.read("acme/2026-W10/index.de.html")
    page = site.read()
    address = "https://reports.example.org/replies/acme/2026-W10/"
    assert f'<link rel="canonical" href="{address}">' in page
    assert 'hreflang="de" href="index.de.html"' in page
    assert 'content="noindex, nofollow, noarchive"' in page
    assert "Disallow: /" in site.read("robots.txt")
    german = site.read_feed("feed.de.xml")[1]
    assert set(german) == {
        f"https://reports.example.org/replies/{key}/2026-W10/index.de.html"
        for key in ("acme", "bolt")
    }


def test_a_week_of_the_trend_leads_to_its_page_as_long_as_there_is_one(site):
    site.call("report", "--week", "2026-W11")
    site.publish()
    for name in ("index.html", "index.de.html"):
        assert f'href="../2026-W10/{name}"' in site.read(f"acme/2026-W11/{name}")
    shutil.rmtree(site.folder / "out/acme/2026-W10")
    site.publish()
    assert "2026-W10/index" not in site.read("acme/2026-W11/index.html")


def test_brands_of_a_week_are_compared(site):
    for name, word in (("index.html", "Comparison of brands"), ("index.de.html", "Vergleich")):
        page = site.read(f"2026-W10/{name}")
        assert word in page
        assert f'href="../acme/2026-W10/{name}"' in page
        assert f'href="2026-W10/{name}"' in site.read(name)
        assert "../feed" in page


def test_all_feeds_are_valid_and_quote_nobody(site):
    feeds = [path for path in site.list_files() if path.name.startswith("feed")]
    assert len(feeds) == 6
    for path in feeds:
        read = check_feed(path.read_bytes())
        assert read.entries
        assert all("modem" not in entry.summary for entry in read.entries)


def test_settings_open_what_they_say(site):
    more = 'handles = "full"\nexcerpt_x = 40\nrobots = "all"\ntold_outcomes = true\n'
    site.configure(more + 'mastodon_quotes = "none"\nbrands = ["acme"]\npublisher = "Desk"')
    site.publish()
    page = site.read()
    assert "@annabel_full" in page
    assert "my parcel is secretly" in page
    assert "still broken" not in page
    assert "my modem blinks" not in page
    assert "hotline" in page
    assert 'content="index, follow"' in page
    assert "Published by Desk." in page
    assert not (site.site / "bolt").exists()
    assert not (site.site / "2026-W10").exists()
    assert "bolt" not in site.read("index.html").casefold()


def test_publishing_again_touches_nothing(site):
    before = site.take_picture()
    site.publish()
    assert site.take_picture() == before


def test_pages_are_rendered_again_only_where_they_may_differ(site, monkeypatch):
    rendered = []

    def render(week, *words, site, **more):
        rendered.append(site.folder)
        return render_page(week, *words, site=site, **more)

    monkeypatch.setattr("listener.jobs.site_writing.render_page", render)
    before = site.read()
    site.publish()
    assert rendered == []
    (site.site / "acme/2026-W10/index.html").write_text("defaced")
    site.publish()
    assert rendered == ["acme/2026-W10/"] * 2
    assert site.read() == before
    site.configure('publisher = "Desk"')
    site.publish()
    assert rendered.count("bolt/2026-W10/") == 2
    assert "Published by Desk." in site.read()


def test_a_dry_run_writes_nothing_and_says_what_would_change(site, capsys):
    before = site.take_picture()
    site.configure('brands = ["acme"]')
    site.publish("--dry-run")
    out = capsys.readouterr().out
    assert f"- {site.site}/bolt/2026-W10/report.json" in out
    assert "nothing was written" in out
    assert site.take_picture() == before
    shutil.rmtree(site.site)
    site.publish("--dry-run")
    assert not site.site.exists()


def test_what_is_deleted_vanishes_and_the_page_says_that_figures_changed(site, capsys):
    updated, entries = site.read_feed()
    site.delete("modem")
    site.publish()
    out = capsys.readouterr().out
    assert "acme/2026-W10/: figures changed since it was published" in out
    for path in site.list_files():
        assert "my modem blinks" not in path.read_text(encoding="utf-8")
    assert "Corrected since it was published" in site.read()
    assert "Cases that called for a reply" in site.read()
    after, changed = site.read_feed()
    address = "https://reports.example.org/replies/{}/2026-W10/"
    assert changed[address.format("bolt")] == entries[address.format("bolt")]
    assert changed[address.format("acme")] > entries[address.format("acme")]
    assert after > updated
    picture = site.take_picture()
    site.publish()
    assert site.take_picture() == picture


def test_what_only_a_newer_version_tells_is_no_correction(site, capsys):
    path = site.site / "acme/2026-W10/report.json"
    told = orjson.loads(path.read_bytes())
    del told["reopened"]
    del told["deflection_rate"]["rate"]
    path.write_bytes(orjson.dumps(told))
    manifest = site.site / ".listener-site.json"
    state = orjson.loads(manifest.read_bytes())
    state["pages"]["acme/2026-W10/"]["digest"] = "of another version"
    manifest.write_bytes(orjson.dumps(state))
    site.publish()
    assert "figures changed" not in capsys.readouterr().out
    assert "Corrected since" not in site.read()
    assert "reopened" in site.read("acme/2026-W10/report.json")


def test_who_is_forgotten_is_on_no_page(site):
    assert "my modem blinks" in site.read()
    with site.open() as store:
        store.forget_account("mastodon", "calm@social.example")
    site.publish()
    for path in site.list_files():
        assert "modem" not in path.read_text(encoding="utf-8")


def test_an_edition_whose_folder_lies_elsewhere_is_measured_again(site):
    cases = orjson.loads(site.read("acme/2026-W10/report.json"))["counts"]["cases"]
    shutil.rmtree(site.folder / "out")
    with site.open() as store:
        assert store.claim_edition("acme:2026-W10", "me", lease=timedelta(minutes=1))
        assert store.finish_edition("acme:2026-W10", "me", folder="/nowhere/acme/2026-W10")
    site.publish()
    assert "my modem blinks" in site.read()
    assert orjson.loads(site.read("acme/2026-W10/report.json"))["counts"]["cases"] == cases
    assert not (site.site / "bolt").exists()


def test_reports_that_are_gone_go_and_strangers_files_stay(site):
    (site.site / "CNAME").write_text("reports.example.org")
    (site.site / "bolt" / "note.txt").write_text("mine")
    shutil.rmtree(site.folder / "out" / "bolt")
    shutil.rmtree(site.folder / "out" / "acme")
    site.publish()
    left = {path.relative_to(site.site).as_posix() for path in site.list_files()}
    assert left == {
        ".listener-site.json", "CNAME", "bolt/note.txt", "feed.xml", "feed.de.xml",
        "index.html", "index.de.html", "robots.txt",
    }  # fmt: skip
    assert "There is no report yet." in site.read("index.html")


def test_a_file_that_is_not_ours_is_never_overwritten(site, capsys, tmp_path):
    other = tmp_path / "mine"
    other.mkdir()
    (other / "index.html").write_text("my own page")
    site.call("publish", other, code=1)
    assert "is not of this site" in capsys.readouterr().err
    assert [path.name for path in other.iterdir()] == ["index.html"]
    assert (other / "index.html").read_text() == "my own page"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("out/site", "lie within each other"),
        ("out", "lie within each other"),
        (".", "holds posts.db, which is not to be published"),
    ],
)
def test_folders_that_hold_more_are_refused(site, capsys, place, told):
    site.call("publish", site.folder / place, code=2)
    assert told in capsys.readouterr().err


def test_the_folder_of_the_settings_is_taken_where_none_is_named(site, capsys):
    site.call("publish", code=2)
    assert "say where the site is to be: listener publish DIR" in capsys.readouterr().err
    before = site.take_picture()
    site.configure(f'folder = "{site.site}"')
    site.call("publish")
    assert f"reports in {site.site}: 0 new, 0 changed" in capsys.readouterr().out
    assert site.take_picture() == before  # where it lies is nowhere to be seen
    site.configure(f'folder = "{site.folder}/out/site"')
    site.call("run", "--once", code=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"listener: publish.folder: {site.folder}/out/site and report.output")


def test_without_an_address_it_says_what_to_set(site, capsys):
    site.configure(without='address = "https://reports.example.org/replies"')
    site.publish(code=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("listener: publish.address: is needed")


def test_a_damaged_list_of_files_stops_before_anything_is_touched(site, capsys):
    for text in ("{", '{"version": 1, "begun_at": "2026-01-01T00:00:00Z", "files": {"../x": ""}}'):
        (site.site / ".listener-site.json").write_text(text)
        before = site.take_picture()
        site.publish(code=1)
        assert ".listener-site.json" in capsys.readouterr().err
        assert site.take_picture() == before


def test_words_that_are_gone_leave_their_figures(site):
    figures = orjson.loads(site.read("acme/2026-W10/report.json"))
    late = START + timedelta(days=200)
    with site.open() as store:
        store.erase_old_texts(late, private_before=None, accounts=())
    site.publish()
    assert orjson.loads(site.read("acme/2026-W10/report.json"))["counts"] == figures["counts"]
    page = site.read()
    assert "my modem blinks" not in page
    assert "are not kept any more; so no case is listed" in page


def test_who_is_stopped_halfway_leaves_whole_pages_and_the_next_one_completes(site, monkeypatch):
    """Whoever is killed leaves the same; `tests/deliver/test_publish.py` kills at each step."""
    before = {path: path.read_bytes() for path in site.list_files()}
    site.delete("modem")
    left, real = iter(range(4)), Path.replace

    def stop_in_time(*words):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(*words)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", stop_in_time)
        site.publish(code=130)
    during = {path: path.read_bytes() for path in before}
    assert during != before
    site.publish()
    after = {path: path.read_bytes() for path in before}
    pages = [path for path in before if path.suffix == ".html"]
    assert all(during[path] in (before[path], after[path]) for path in pages)
    assert not (site.site / ".listener-new").exists()
    assert "Corrected since it was published" in site.read()
    assert b"modem" not in b"".join(path.read_bytes() for path in site.list_files())


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize(
    ("scheme", "paths"),
    [
        ("light", ("acme/2026-W10/index.html", "acme/index.de.html")),
        ("dark", ("index.html", "2026-W10/index.html")),
    ],
)
def test_it_fits_a_phone_and_can_be_used_by_all(original, make_page, scheme, paths):
    page = make_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    for path in paths:
        page.goto((original / "site" / path).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        found = Axe().run(page).response["violations"]
        assert not found, (path, [each["id"] for each in found])


def test_who_is_told_to_end_leaves_the_site_as_it_is(site):
    before = site.take_picture()
    site.configure('publisher = "Desk"')
    settings = load_settings(site.config, env={})
    with site.open() as store, pytest.raises(RunStoppedError):
        publish_site(
            store,
            settings,
            load_phrases(settings),
            site.site,
            now=START,
            is_stopped=lambda: True,
        )
    assert site.take_picture() == before
