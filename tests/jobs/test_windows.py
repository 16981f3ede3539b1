"""A report reads the conversations that it needs, and says what it says of all of them."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.jobs.accuracy import measure_brand_week
from listener.jobs.measuring import measure_by_settings
from listener.jobs.reports import ReportRequest, choose_period, make_setting
from listener.jobs.windows import measure_for_reports
from listener.label import load_phrases
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store.imports import ImportRecord
from listener.store.reviews import SavedCaseReview
from tests.builders import make_brand, make_post

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEKS = 60
ACME = make_brand("acme", handles=("AcmeHelp", "Acme", "acme@social.example"))
GLOBE = make_brand("globe", handles=("GlobeAir",), queries=("globe air",))
BRANDS = (ACME, GLOBE)
SETTINGS = replace(load_settings(env={}), brands=BRANDS)
SAID = (
    "my phone is dead since the update",
    "where is my parcel? this is a joke",
    "still not working, no answer to my DM",
    "it works again, thank you!",
    "my globe air flight is late again",
    "done, sent you a DM",
)
REPLIES = (
    "Sorry to hear that! Please DM us your account number and we will look into it. ^KT",
    "Please try to restart it while holding the volume button for ten seconds. ^JB",
    "We will get back to you tomorrow.",
    "Did that help?",
)


class World:
    """Sixty weeks of talk with all that reaches from one week into others."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.posts = []
        self.numbers = iter(range(10_000, 90_000))

    def live(self, talks):
        for _ in range(talks):
            self.talk(END - timedelta(minutes=self.chance.randrange(WEEKS * 7 * 1440)))
        for _ in range(talks // 3):
            self.resume()
        return [post for post in self.posts if post.created_at < END]

    def add(self, text, author, at, reply_to=None, **fields):
        number = str(next(self.numbers))
        handle = author.lstrip("@")
        names = {"author_id": f"9{sum(map(ord, handle))}", "post_id": number}
        if self.chance.random() < 0.1:
            names["aliases"] = (f"alias-{number}",)
        post = make_post(text, author=handle, at=at, reply_to=reply_to, platform="x", **names)
        if reply_to is not None and reply_to.aliases and self.chance.random() < 0.5:
            fields["reply_to_id"] = reply_to.aliases[0]
        post = replace(post, **fields)
        if self.chance.random() > 0.05:
            self.posts.append(post)
        return post

    def talk(self, at):
        handle = self.chance.choice(("AcmeHelp", "GlobeAir"))
        customer = f"anna{self.chance.randrange(40)}"
        shared = {"conversation_id": f"c{next(self.numbers)}"} if self.chance.random() < 0.3 else {}
        said = self.add(f"@{handle} {self.chance.choice(SAID)}", customer, at, **shared)
        for _ in range(self.chance.randrange(4)):
            at += timedelta(seconds=self.chance.choice((5, 600, 40_000, 400_000)))
            author = self.chance.choice((handle, handle, customer))
            text = self.chance.choice(REPLIES if author == handle else SAID)
            named = f"@{customer if author == handle else handle} {text}"
            if self.chance.random() < 0.1:
                said = self.add(named, author, at, quote_of_id=said.post_id)
            else:
                nameless = {"reply_to_author_id": None} if self.chance.random() < 0.3 else {}
                said = self.add(named, author, at, said, **nameless, **shared)

    def resume(self):
        """Go on with something old, or answer it with a clock that is slow."""
        old = self.chance.choice(self.posts)
        late = self.chance.choice((-400, 5, 20, 80, 200, 300))
        author = self.chance.choice(("AcmeHelp", "GlobeAir", f"anna{self.chance.randrange(40)}"))
        named = old.mentions[0] if author.startswith("anna") and old.mentions else old.author_handle
        self.add(
            f"@{named} {self.chance.choice(SAID)}",
            author,
            old.created_at + timedelta(days=late),
            old,
        )


@pytest.fixture(scope="module")
def phrases():
    return load_phrases([phrases_dir()])


def measure(store, request, phrases, *, windowed):
    measured = (
        measure_for_reports(store, SETTINGS, BRANDS, phrases, [request], as_of=END)
        if windowed
        else measure_by_settings(store, SETTINGS, BRANDS, phrases, as_of=END)
    )
    found = {}
    for brand in BRANDS:
        setting = make_setting(measured, brand)
        observed = min([setting.as_of, *setting.observed_until.values()])
        period = choose_period(brand, request, observed)
        found[brand.key] = measure_brand_week(measured, brand, period, setting)
    return measured, found


def list_cases(measured, figures):
    """List what is known of the period's cases; row numbers of posts are another matter."""
    rows = (
        pl.col("brand") == figures.brand,
        pl.col("opened_at").is_between(figures.since, figures.until, closed="left"),
    )
    cases = measured.tables.cases.filter(*rows).sort("case")
    return cases.drop("outcome_post", "fate_post")


@pytest.mark.parametrize("seed", range(3))
def test_a_window_gives_the_figures_of_everything(store, seed, phrases):
    store.save_posts(World(seed).live(400), seen_at=END)
    for request in (
        ReportRequest(output=Path("out")),
        ReportRequest(output=Path("out"), week="2026-W30"),
        ReportRequest(output=Path("out"), since=date(2026, 9, 1), until=date(2026, 10, 15)),
    ):
        everything, expected = measure(store, request, phrases, windowed=False)
        window, found = measure(store, request, phrases, windowed=True)
        assert window.since is not None
        assert window.tables.cases.height < everything.tables.cases.height
        for key, figures in expected.items():
            assert found[key] == figures
            assert_frame_equal(list_cases(window, figures), list_cases(everything, figures))


@pytest.mark.parametrize("seed", range(3))
def test_one_brand_alone_has_the_figures_that_it_has_among_others(store, seed, phrases):
    """Its conversations alone are looked at, with what is said elsewhere of who is who."""
    store.save_posts(World(seed).live(200), seen_at=END)
    request = ReportRequest(output=Path("out"))
    together, expected = measure(store, request, phrases, windowed=True)
    for brand in BRANDS:
        own = replace(request, brands=(brand.key,))
        alone = measure_for_reports(
            store, SETTINGS, BRANDS, phrases, [own], as_of=END, only_requested=True
        )
        assert alone.readable.height < together.readable.height
        setting = make_setting(alone, brand)
        period = choose_period(brand, own, min(setting.observed_until.values()))
        figures = measure_brand_week(alone, brand, period, setting)
        assert figures == expected[brand.key]
        assert_frame_equal(list_cases(alone, figures), list_cases(together, figures))


def test_who_wrote_long_ago_is_known_still(store, phrases):
    """The brand's id, and that of a customer whose post is not there, are in old posts only."""
    old, now = END - timedelta(days=400), END - timedelta(days=9)
    store.save_posts(
        [
            make_post("@Bob hello", author="AcmeHelp", author_id="77", at=old),
            make_post("hello", author="Bob", author_id="55", at=old),
            make_post("@bob Please DM us", author="Acme", author_id="78", reply_to="gone", at=now),
            make_post(
                "why is this so slow?",
                author="eve",
                reply_to="lost",
                reply_to_author_id="77",
                at=now,
            ),
        ],
        seen_at=END,
    )
    request = ReportRequest(output=Path("out"), brands=("acme",))
    everything, figures = measure(store, request, phrases, windowed=False)
    window, _ = measure(store, request, phrases, windowed=True)
    cases = list_cases(window, figures["acme"])
    assert set(cases["customer"]) == {"55", "eve"}
    assert_frame_equal(cases, list_cases(everything, figures["acme"]))


def test_all_is_read_where_a_brand_was_silent_for_long(store, phrases):
    old, now = END - timedelta(days=400), END - timedelta(days=9)
    talks = [make_post("@GlobeAir where is it?", at=old), make_post("@AcmeHelp it is dead", at=now)]
    store.save_posts(talks, seen_at=END)
    record = ImportRecord(platform="x", file="a.csv", format="x", imported_at=END, newest=now)
    store.save_import(record)
    for brands, since_all in ((("acme",), False), (("acme", "globe"), True)):
        request = ReportRequest(output=Path("out"), brands=brands)
        measured, _ = measure(store, request, phrases, windowed=True)
        assert (measured.since is None) == since_all


def test_all_is_read_where_people_have_labelled_what_chance_drew(store, phrases):
    """Such cases stand for all that there are."""
    post = make_post("@AcmeHelp it is dead", at=END - timedelta(days=9))
    store.save_posts([post], seen_at=END)
    request = ReportRequest(output=Path("out"), brands=("acme",))
    measured, _ = measure(store, request, phrases, windowed=True)
    assert measured.since is not None
    store.save_case_review(
        SavedCaseReview(
            case=measured.tables.cases["case"].item(),
            reviewer="kim",
            brand="acme",
            platform="x",
            opening_post_id=post.post_id,
            last_post_id=post.post_id,
            outcome="none",
            said="pending",
            phrases=phrases.digest,
            pick="random",
            stratum="acme/2026-W46",
            reviewed_at=END - timedelta(days=1),
        )
    )
    measured, _ = measure(store, request, phrases, windowed=True)
    assert measured.since is None
