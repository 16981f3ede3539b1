"""Housekeeping: what is old goes, and no figure of the weeks that stay is another one."""

import re
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.app import load_phrases
from listener.errors import ConfigError, ListenerError
from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.measuring import measure_store
from listener.jobs.reports import ReportRequest, make_setting, write_reports
from listener.jobs.tidying import find_held, tidy
from listener.measure.held import HELD_AT_MOST, find_measured_since
from listener.measure.periods import find_week_of, shift_week
from listener.measure.voice import find_canned_since
from listener.measure.week import measure_week
from listener.posts import PLATFORMS
from listener.resources import config_dir, demo_archive
from listener.settings import RetentionSettings, load_settings
from listener.store.store import Store
from listener.store.visits import SavedVisit
from tests.builders import START, make_brand, make_post, talk
from tests.sqlite import copy_migrated

DAY = timedelta(days=1)
DEFAULTS = load_settings(env={})
PHRASES = load_phrases(DEFAULTS)
HOST = "@h.example"
ACME, BOLT = (make_brand(key, handles=(key, key + HOST)) for key in ("acme", "bolt"))


def measure_weeks(store, brands, since, as_of):
    """Return all figures of each brand's weeks that begin later, by brand and week."""
    measured = measure_store(store, brands, PHRASES, as_of=as_of, settle_days=7)
    return {
        (brand.key, week.name): measure_week(
            measured.tables, brand, week, make_setting(measured, brand)
        )
        for brand in brands
        for week in list_weeks(brand, since, as_of)
    }


def keep_lasting(known, brands, since, as_of):
    """Return of these figures what stays: that of weeks that begin, as their outcomes', later."""
    kept = {}
    for brand in brands:
        weeks = list(list_weeks(brand, since, as_of))
        for week in weeks:
            figures = known[brand.key, week.name]
            if figures.outcome_week >= weeks[0].name:
                kept[brand.key, week.name] = simplify(figures, weeks[0])
    return kept


def list_weeks(brand, since, as_of):
    week = find_week_of(since, brand.time_zone)
    while week.since < as_of:
        if week.since >= since:
            yield week
        week = shift_week(week, 1, brand.time_zone)


def simplify(figures, first):
    """Leave out what is of the erased time: older weeks of the trend, older first and last posts.

    Posts that only a keyword found are known no more without their words.
    """
    known = asdict(replace(figures, trend_since=None))
    for coverage in (known["coverage"], *known["coverage"]["platforms"]):
        del coverage["collected_from"]
        last = coverage["collected_to"]
        coverage["collected_to"] = last if last is not None and last >= first.since else None
    if figures.since < find_canned_since(first.since):
        del known["voice"]["canned_share"]  # it needs the words of the 28 days before
    del known["rhythm"]  # it is that of all weeks whose words are there
    del known["voice"]["clusters"]  # nor is it known with which older ones they hang together
    if first.name in {figures.week, figures.outcome_week}:
        del known["changes"]  # the week before is gone
    for name in ("trend", "maturing"):
        known[name] = [point for point in known[name] if point["week"] >= first.name]
    return known


def erase(store, brands, before, *, as_of):
    accounts = [account for brand in brands for account in brand.accounts]
    held = find_held(store, brands, before, now=as_of)
    return store.erase_old_texts(before, private_before=before, accounts=accounts, held=held)


def check_figures(store, brands, before, *, as_of, known=None):
    """Erase, and compare the figures before and after; return those after, and the counts.

    What is known of the store as it is need not be measured once more.
    """
    since = find_measured_since(before)
    known = known or measure_weeks(store, brands, since, as_of)
    counts = erase(store, brands, before, as_of=as_of)
    found = measure_weeks(store, brands, since, as_of)
    compared = brands, since, as_of
    assert keep_lasting(found, *compared) == keep_lasting(known, *compared)
    return found, counts


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The invented archive, once: a database to copy, its settings, its last moment."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    settings = load_settings(config_dir() / "demo" / "demo.toml", env={})
    now = datetime(2026, 12, 1, tzinfo=UTC)
    with Store.open(f"sqlite:///{path}") as store:
        import_file(store, demo_archive(), ImportOptions(form="listener"), now=now)
        newest = store.load_imports()["newest"].max()
    return path, settings, newest + timedelta(seconds=1)


@pytest.mark.parametrize("days_back", [45, 30])
def test_figures_of_the_demo_stay_as_they_are(demo, tmp_path, days_back):
    path, settings, as_of = demo
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with Store.open(f"sqlite:///{copy}") as store:
        before = as_of - days_back * DAY
        _, counts = check_figures(store, settings.brands, before, as_of=as_of)
        assert counts.posts > 100


WORDS = (
    "my phone is dead, please help",
    "thanks, it works again",
    "it still does not work!",
    "Sorry to hear that! Please send us a DM.",
    "Hold the button for ten seconds, then wait until the light is green.",
    "is anybody there?",
    "",
)
PEOPLE = ("anna", "ben", "cem")


@st.composite
def worlds(draw):
    """Draw up to 25 posts of two months with any links and mentions, some of them deleted."""
    posts = []
    for number in range(draw(st.integers(2, 25))):
        author = draw(st.sampled_from((*PEOPLE, "acme", "bolt")))
        named = draw(st.lists(st.sampled_from((*PEOPLE, "acme", "bolt")), max_size=2, unique=True))
        words = draw(st.sampled_from(WORDS))
        target = draw(st.one_of(st.none(), st.integers(0, 27)))
        quoted = draw(st.one_of(st.none(), st.none(), st.integers(0, 27)))
        text = " ".join([*(f"@{name}" for name in named), words])
        hours = draw(st.integers(0, 60 * 24))
        post = make_post(
            text,
            author=author,
            author_id=f"id-{author}",
            at=START + timedelta(hours=hours),
            post_id=f"{1000 + number}",
            reply_to=None if target is None else f"{1000 + target}",
            reply_to_author_id=draw(st.sampled_from((None, "id-anna", "id-acme"))),
            quote_of_id=None if quoted is None else f"{1000 + quoted}",
            conversation_id=draw(st.sampled_from((None, None, "c1"))),
        )
        gone = draw(st.integers(0, 9)) == 0
        posts.append(replace(post, deleted_at=post.created_at + DAY) if gone else post)
    return posts


def move_to_mastodon(posts):
    """Return the same posts on a server where every id names its author."""
    authors = {post.post_id: post.author_handle for post in posts}

    def name(number):
        author = authors.get(number, "lost")
        return number and f"https://h.example/users/{author}/statuses/{number}"

    return [
        replace(
            post,
            platform="mastodon",
            post_id=name(post.post_id),
            author_id=post.author_handle + HOST,
            author_handle=post.author_handle + HOST,
            text=re.sub(r"@(\w+)", rf"@\1{HOST}", post.text),
            mentions=tuple(handle + HOST for handle in post.mentions),
            reply_to_id=name(post.reply_to_id),
            quote_of_id=name(post.quote_of_id),
            aliases=(f"h.example/{post.post_id}",),
        )
        for post in posts
    ]


@pytest.mark.long
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds() | worlds().map(move_to_mastodon), st.integers(5, 50))
def test_figures_of_any_posts_stay_as_they_are(posts, days):
    as_of, brands = START + 70 * DAY, [ACME, BOLT]
    with tempfile.TemporaryDirectory() as folder:
        copy_migrated(Path(folder) / "a.db")
        with Store.open(f"sqlite:///{folder}/a.db") as store:
            store.save_posts(posts, seen_at=as_of)
            known, _ = check_figures(store, brands, START + days * DAY, as_of=as_of)
            # Erasing further, and reading everything again, changes no younger figure either.
            later = START + (days + 10) * DAY
            known, _ = check_figures(store, brands, later, as_of=as_of, known=known)
            store.save_posts(posts, seen_at=as_of)
            compared = brands, find_measured_since(later), as_of
            again = measure_weeks(store, *compared)
            assert keep_lasting(again, *compared) == keep_lasting(known, *compared)


def make_settings(days, private_days=30):
    return replace(
        DEFAULTS,
        brands=(ACME,),
        retention=RetentionSettings(days=days, private_days=private_days),
    )


def test_a_conversation_that_goes_on_keeps_its_words_until_it_is_over(store):
    now = START + 200 * DAY
    ongoing = talk("anna: @acme my phone is dead", "+5m acme: @anna Sorry", at=now - 125 * DAY)
    ongoing += talk("anna: @acme still dead", at=now - 119 * DAY, reply_to=ongoing[-1])
    over = talk("ben: @acme mine too", "+5m acme: @ben Sorry", at=now - 125 * DAY)
    later = make_post("Our new tariff", author="acme", at=now)
    store.save_posts([*ongoing, *over, later], seen_at=now)
    result = tidy(store, make_settings(120), now=now)
    assert (result.erased.posts, result.held) == (2, 2)
    texts = {post.post_id: post.text for post in store.iter_posts()}
    assert [texts[post.post_id] for post in ongoing] == [post.text for post in ongoing]
    assert [texts[post.post_id] for post in over] == ["@acme", ""]
    assert tidy(store, make_settings(120), now=now + 2 * DAY).erased.posts == 3


def test_nothing_is_held_for_ever(store):
    now = START + 400 * DAY
    first = make_post("@acme my phone is dead", at=now - 120 * DAY - HELD_AT_MOST - DAY)
    chain = [first]
    for days in range(205, 0, -5):
        chain.append(make_post("@acme still", at=now - days * DAY, reply_to=chain[-1]))
    store.save_posts(chain, seen_at=now)
    assert tidy(store, make_settings(120), now=now).erased.posts == 1
    texts = {post.post_id: post.text for post in store.iter_posts()}
    assert texts[first.post_id] == "@acme"


def save_days(store, days, **kept):
    """Save a post of every 10th day, with its number."""
    for day in range(0, days, 10):
        post = make_post(f"@acme {day}", at=START + day * DAY, post_id=str(day + 1), **kept)
        store.save_posts([post], seen_at=START + day * DAY)


def list_worded(store):
    return sorted(int(post.text[6:]) for post in store.iter_posts() if post.text != "@acme")


@pytest.mark.parametrize("is_by_itself", [True, False])
def test_a_clock_that_is_ahead_erases_nothing_that_is_young(store, is_by_itself):
    save_days(store, 200)
    now = START + 195 * DAY
    tidy(store, make_settings(120), now=now)
    assert list_worded(store) == list(range(80, 200, 10))
    for years in (1, 10):
        ahead = now + years * 365 * DAY
        tidy(store, make_settings(120), now=ahead, is_by_itself=is_by_itself)
        # The newest post is of day 190, and nobody is silent for more than 31 days.
        assert list_worded(store) == list(range(110, 200, 10))
    post = make_post("@acme 195", at=now)
    store.save_posts([post], seen_at=now)
    assert 195 in list_worded(store)


@pytest.mark.parametrize(
    ("visibility", "loss"), [("public", "lose their words and names"), ("direct", "be deleted")]
)
def test_what_nobody_expects_to_go_needs_an_agreement(store, visibility, loss):
    save_days(store, 200, visibility=visibility)
    now, strict = START + 190 * DAY, make_settings(120, 120)
    with pytest.raises(ListenerError, match=f"^7 .*posts from before 2026-05-11 would {loss}"):
        tidy(store, strict, now=now, is_by_itself=True)
    assert store.load_texts_since() is None
    tidy(store, strict, now=now)
    tidy(store, strict, now=now + 30 * DAY, is_by_itself=True)
    with pytest.raises(ListenerError, match=r", 60 days later than so far would .*listener tidy"):
        tidy(store, make_settings(60, 60), now=now + 30 * DAY, is_by_itself=True)


def test_who_never_had_old_posts_is_asked_for_nothing(store):
    strict = make_settings(120)
    assert tidy(store, strict, now=START, is_by_itself=True).erased.posts == 0
    assert store.load_texts_since() is None
    for day in range(0, 200, 10):
        now = START + day * DAY
        store.save_posts([make_post(f"@acme {day}", at=now)], seen_at=now)
        tidy(store, strict, now=now, is_by_itself=True)
    assert list_worded(store) == list(range(70, 200, 10))


def test_a_mark_that_a_wrong_clock_set_does_no_harm(store):
    store.erase_old_texts(START + 900 * DAY, private_before=START + 900 * DAY)
    now = START + 200 * DAY
    young, secret = make_post("@acme 195", at=now), make_post("psst", at=now, visibility="direct")
    store.save_posts([young, secret], seen_at=now)
    assert list_worded(store) == [195]
    assert store.load_private_posts().height == 1
    tidy(store, make_settings(120), now=now, is_by_itself=True)
    assert store.load_texts_since() == now - 120 * DAY


def test_a_full_disk_makes_no_file_smaller_and_stops_nothing_else(sqlite_url, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100))
    with Store.open(sqlite_url) as store:
        posts = [make_post("x" * 2_000, visibility="direct") for _ in range(8_000)]
        store.save_posts([*posts, make_post(at=START + 99 * DAY)], seen_at=START + 99 * DAY)
        result = tidy(store, make_settings(120), now=START + 100 * DAY)
    assert result.erased.private == 8_000
    assert not result.is_smaller
    assert "make room" in result.note


def test_without_retention_nothing_goes(store):
    now = START + 3000 * DAY
    store.save_posts([make_post(), make_post(visibility="direct")], seen_at=now)
    run = store.start_run("s", "x", "acme", kind="posts", planned_at=START, started_at=START)
    store.fail_run(run, finished_at=START, error="no")
    result = tidy(store, make_settings(None, None), now=now)
    assert (result.erased.posts, result.erased.private, result.ledger.runs) == (0, 0, 0)
    assert store.load_texts_since() is None


def test_old_records_and_private_posts_go(store):
    now = START + 500 * DAY
    for started in (START, START + DAY, now - DAY):
        run = store.start_run(
            "s", "x", "acme", kind="posts", planned_at=started, started_at=started
        )
        store.finish_run(run, finished_at=started, mark=None)
    store.save_visits("x", [SavedVisit(conversation="1", post_id="1")], visited_at=START)
    store.save_posts([make_post(visibility="direct", at=now - 31 * DAY)], seen_at=now)
    result = tidy(store, make_settings(120), now=now)
    assert (result.ledger.runs, result.ledger.visits, result.erased.private) == (1, 1, 1)


def test_a_file_with_much_free_space_is_made_smaller(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        posts = [make_post("x" * 2_000, visibility="direct") for _ in range(8_000)]
        store.save_posts(posts, seen_at=START)
        store.save_posts([make_post("@acme hello", at=START + 99 * DAY)], seen_at=START + 99 * DAY)
        size = (tmp_path / "listener.db").stat().st_size
        result = tidy(store, make_settings(120), now=START + 100 * DAY)
        assert result.is_smaller
        assert (tmp_path / "listener.db").stat().st_size < size / 10
        assert not tidy(store, make_settings(120), now=START + 100 * DAY).is_smaller
        assert store.load_posts(platforms=PLATFORMS)["text"].to_list() == ["@acme hello"]


def test_a_week_whose_words_are_gone_is_refused_and_a_trend_says_where_it_begins(store, tmp_path):
    now = START + 150 * DAY
    lines = [
        talk("anna: @acme my phone is dead", "+5m acme: @anna Please DM us", at=START + n * DAY)
        for n in range(0, 148, 3)
    ]
    store.save_posts([post for said in lines for post in said], seen_at=now)
    tidy(store, make_settings(120), now=now)
    measured = measure_store(store, [ACME], PHRASES, as_of=now, settle_days=7)
    since = find_measured_since(store.load_texts_since())
    gone = find_week_of(since, "UTC")
    request = ReportRequest(output=tmp_path / "out", week=gone.name, formats=("html",))
    with pytest.raises(
        ConfigError, match=r"acme: words of .* are gone \(retention.days\)"
    ) as caught:
        write_reports(measured, request, PHRASES)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    week = shift_week(gone, 4, "UTC")
    written = write_reports(measured, replace(request, week=week.name), PHRASES)
    page = next(written.folders[0].glob("*.html")).read_text()
    assert "were erased in time" in page
    (figures,) = [measure_week(measured.tables, ACME, week, make_setting(measured, ACME))]
    assert figures.trend[0].week == shift_week(gone, 1, "UTC").name


def test_what_is_held_is_what_figures_need(store):
    before, as_of = START + 10 * DAY, START + 60 * DAY
    said = talk(
        "anna: @acme my phone is dead, please help",
        "+12d anna: @acme it still does not work!",
        "+1d acme: @anna Sorry to hear that! Please send us a DM.",
        at=before - DAY,
    )
    store.save_posts(said, seen_at=as_of)
    compared = [ACME], find_measured_since(before), as_of
    expected, _ = check_figures(store, [ACME], before, as_of=as_of)
    store.erase_old_texts(before, private_before=None, accounts=ACME.accounts)
    found = measure_weeks(store, *compared)
    assert keep_lasting(found, *compared) != keep_lasting(expected, *compared)
