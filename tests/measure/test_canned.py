"""Canned replies: exactly those that the definition names, however they are searched for."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.measure import canned, shelf, word_triples
from listener.measure.canned import find_canned_replies, mark_canned
from listener.measure.text import join_words
from listener.measure.word_triples import Triples, make_triples
from tests.measure.world import ACME, BOLT, DAY, HOUR, MINUTE, START, World

SORRY = "we are very sorry to hear this please send us a message today"
# Eleven triples of twelve words; one word at the end changes one: 10 of 12 are shared.
NEARLY = "we are very sorry to hear this please send us a message tomorrow"


def reply(world, customer, text, *, at, **fields):
    asked = world.say(customer, "@acme help", at=at - HOUR, labels="need")
    return world.say("acme", f"@{customer} {text}", at=at, to=asked, **fields)


def find(world, **options):
    """Return whether each reply is canned, and its cluster, by its id."""
    rows = world.tables(**options).replies.filter(kind="reply")
    ids = dict(world.tables(**options).replies.select("post", "post_id").iter_rows())
    return {
        row["post_id"]: (row["canned"], ids.get(row["cluster"]))
        for row in rows.iter_rows(named=True)
    }


def told(*texts, days=1):
    """Return a world in which customer after customer is told a text, a day apart."""
    world = World()
    posts = [reply(world, f"c{n}", text, at=(n + 1) * days * DAY) for n, text in enumerate(texts)]
    return world, posts


def test_the_fourth_customer_to_hear_the_same_gets_a_canned_reply():
    world, posts = told(*[SORRY] * 5)
    found = find(world)
    assert [found[post][0] for post in posts] == [False, False, False, True, True]
    assert {found[post][1] for post in posts} == {posts[0]}


def test_what_is_said_again_when_it_was_nearly_forgotten_is_forgotten_with_it():
    """Both lie on the shelf when it is next cleared, and the later one is met first."""
    world = World()
    others = list("abcdef")
    said = [("first", 0), ("again", 1), *((each, 28.5) for each in others), ("again", 30)]
    said += [*((each, 33) for each in others), ("last", 60)]
    posts = [reply(world, f"c{n}", text, at=(day + 1) * DAY) for n, (text, day) in enumerate(said)]
    assert find(world, as_of=70 * DAY)[posts[-1]] == (False, None)


def test_names_numbers_links_and_signatures_make_no_difference():
    world, posts = told(
        f"{SORRY} https://a.example ^KB",
        f"{SORRY.upper()} 12",
        f"{SORRY}! ^TM",
        f"Hi. {SORRY} a@b.example",
        f"{SORRY} @friend",
    )
    assert find(world)[posts[4]][0]


def test_a_near_duplicate_counts_and_a_distant_one_does_not():
    world, posts = told(SORRY, NEARLY, SORRY, NEARLY)
    assert find(world)[posts[3]][0]
    other = "we are very sorry to hear that kindly send us a message today"
    world, posts = told(SORRY, SORRY, SORRY, other)
    assert find(world)[posts[3]] == (False, None)


def owned_by(*brands):
    return pl.Series(brands, dtype=pl.UInt32)


def test_a_jaccard_index_of_exactly_four_fifths_is_near():
    words = list("abcdefghijkl")
    texts = [words[:11], words[1:], words[:10], words[1:11]]
    triples = make_triples(pl.Series(texts), owned_by(1, 1, 1, 1))
    pairs = np.array([0, 2]), np.array([1, 3])  # 8 triples of 10, 7 of 9
    assert triples.are_near(*pairs).tolist() == [True, False]


def test_short_texts_must_have_the_same_words():
    world, posts = told(
        "please write us", "please write us!", "Please, write us", "please write us"
    )
    assert find(world)[posts[3]][0]
    world, posts = told(*["please write to us"] * 3, "please write us")
    assert not find(world)[posts[3]][0]


def test_texts_of_five_and_of_six_words_are_never_alike():
    five = "we are sorry to hear"
    world, posts = told(*[five] * 3, f"{five} this")
    assert not find(world)[posts[3]][0]


def test_replies_without_words_are_like_no_others():
    world, posts = told(*["https://a.example 👍"] * 5)
    assert {find(world)[post] for post in posts} == {(False, None)}


@pytest.mark.parametrize(("days", "canned"), [(28, True), (29, False)])
def test_only_the_twenty_eight_days_before_count(days, canned):
    world = World()
    for n in range(3):
        reply(world, f"c{n}", SORRY, at=1 * DAY + n * HOUR)
    last = reply(world, "late", SORRY, at=(1 + days) * DAY)
    assert find(world)[last][0] == canned


def test_what_comes_later_does_not_count():
    world, posts = told(*[SORRY] * 4)
    assert not find(world)[posts[2]][0]


def test_the_same_customer_again_is_no_other_customer():
    world = World()
    posts = [reply(world, "anna", SORRY, at=n * DAY) for n in range(1, 6)]
    assert not any(find(world)[post][0] for post in posts)
    for name in ("ben", "cem"):
        reply(world, name, SORRY, at=6 * DAY)
    last = reply(world, "dora", SORRY, at=7 * DAY)
    assert find(world)[last][0]


def test_automatic_and_deleted_replies_are_no_models():
    world = World()
    for n in range(3):
        asked = world.say(f"c{n}", "@acme help", at=n * HOUR, labels="need")
        world.say("acme", f"@c{n} {SORRY}", at=n * HOUR + timedelta(seconds=3), to=asked)
        reply(world, f"d{n}", SORRY, at=(n + 5) * HOUR, deleted_at=START + DAY)
    last = reply(world, "late", SORRY, at=2 * DAY)
    assert not find(world)[last][0]


def test_two_brands_may_say_the_same():
    world = World(ACME, BOLT)
    for n in range(3):
        asked = world.say(f"c{n}", "@bolt help", at=n * HOUR, labels="need")
        world.say("bolt", f"@c{n} {SORRY}", at=n * HOUR + 10 * MINUTE, to=asked)
    last = reply(world, "anna", SORRY, at=2 * DAY)
    assert find(world)[last] == (False, None)


def test_a_text_that_was_forgotten_begins_anew():
    world = World()
    for start in (1, 60):
        posts = [reply(world, f"c{n}", SORRY, at=start * DAY + n * HOUR) for n in range(4)]
        found = find(world, as_of=100 * DAY)
        assert [found[post] for post in posts] == [(n == 3, posts[0]) for n in range(4)]


def test_a_post_on_two_platforms_by_people_of_the_same_name():
    posts = pl.DataFrame(
        {
            "post": pl.Series(range(4), dtype=pl.UInt32),
            "platform": ["x", "mastodon", "x", "x"],
            "created_at": [START + n * DAY for n in range(4)],
            "text": [SORRY] * 4,
            "deleted_at": pl.Series([None] * 4, dtype=pl.Datetime("us", "UTC")),
        }
    )
    targets = pl.DataFrame(
        {"post": posts["post"], "brand": "acme", "kind": "reply", "automatic": False}
    ).with_columns(customer=pl.Series(["anna", "anna", "ben", "cem"]))
    assert find_canned_replies(posts, targets)["canned"].to_list() == [False, False, False, True]


# -- against the definition itself, pair by pair --------------------------------------


def jaccard(a, b):
    grams = [{tuple(words[n : n + 3]) for n in range(len(words) - 2)} for words in (a, b)]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def alike(a, b):
    if not a or not b:
        return False
    return a == b if min(len(a), len(b)) < 6 else jaccard(a, b) >= 0.8 - 1e-12


def judge_by_definition(frame):
    """Compare each reply with each one before it."""
    rows = frame.rows(named=True)
    verdicts = []
    for place, row in enumerate(rows):
        others = {
            other["customer"]
            for other in rows[:place]
            if row["brand"] == other["brand"]
            and row["at"] - other["at"] <= 28 * DAY
            and alike(row["words"], other["words"])
        }
        verdicts.append(len(others - {row["customer"]}) >= 3)
    return verdicts


@st.composite
def replies(draw):
    """Draw replies of two brands, made of few words: many of them are nearly the same."""
    word = st.sampled_from(
        [
            "we",
            "are",
            "very",
            "sorry",
            "please",
            "send",
            "us",
            "some",
            "more",
            "details",
            "about",
            "it",
        ]
    )
    people = st.sampled_from("abcdefg")
    models = draw(st.lists(st.lists(word, min_size=0, max_size=18), min_size=1, max_size=4))
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        words = list(draw(st.sampled_from(models)))
        for _ in range(draw(st.integers(0, 2))):
            if words:
                words[draw(st.integers(0, len(words) - 1))] = draw(word)
        at = timedelta(hours=draw(st.integers(0, 24 * 80)))
        brand, customer = draw(st.sampled_from(["acme", "acme", "globe"])), draw(people)
        rows.append((brand, customer, START + at, " ".join(words)))
    schema = {
        "brand": pl.String,
        "customer": pl.String,
        "created_at": pl.Datetime("us", "UTC"),
        "text": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("created_at")
    return frame.with_row_index("post")


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(
    replies(),
    st.sampled_from([1, 7, word_triples.PAIRS_AT_ONCE]),
    st.sampled_from([1, canned.REPLIES_AT_ONCE]),
)
def test_the_search_finds_what_the_definition_says(frame, at_once, replies_at_once):
    gone = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    posts = frame.with_columns(platform=pl.lit("x"), deleted_at=gone)
    targets = frame.select("post", "brand", "customer").with_columns(
        kind=pl.lit("reply"), automatic=pl.lit(value=False)
    )
    with pytest.MonkeyPatch.context() as patched:
        for module in (shelf, word_triples):
            patched.setattr(module, "PAIRS_AT_ONCE", at_once)
        patched.setattr(canned, "REPLIES_AT_ONCE", replies_at_once)
        found = find_canned_replies(posts, targets)
    told = frame.with_columns(
        join_words(frame["text"]).str.extract_all(r"\S+").alias("words"),
        pl.col("created_at").alias("at"),
    )
    assert found["canned"].to_list() == judge_by_definition(told)
    check_clusters(found.join(told, on="post", maintain_order="left").rows(named=True))


def check_clusters(rows):
    """Check that canned replies are in one, and that each hangs together by near duplicates."""
    assert all(row["cluster"] is not None for row in rows if row["canned"])
    for cluster in {row["cluster"] for row in rows} - {None}:
        own = [row for row in rows if row["cluster"] == cluster]
        assert own[0]["post"] == cluster
        assert len({row["brand"] for row in own}) == 1
        assert len(own) > 1
        for place, row in enumerate(own[1:], start=1):
            assert any(alike(row["words"], other["words"]) for other in own[:place])
    for brand, *words in {(row["brand"], *row["words"]) for row in rows if row["words"]}:
        own = [row for row in rows if row["brand"] == brand and row["words"] == words]
        for before, row in pairwise(own):
            if row["at"] - before["at"] <= 28 * DAY:
                assert row["cluster"] == before["cluster"]


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcde"), min_size=6, max_size=14), max_size=12))
def test_sketches_never_sort_out_a_near_duplicate(texts):
    distinct = list({tuple(text): text for text in texts}.values())
    if not distinct:
        return
    owners = owned_by(*[1] * len(distinct))
    triples = make_triples(pl.Series(distinct, dtype=pl.List(pl.String)), owners)
    everybody = np.arange(len(distinct))
    not_alone = set(triples.find_likely().tolist())
    for n in everybody:
        found = triples.are_near(np.full(len(distinct), n), everybody)
        for other in everybody:
            near = alike(distinct[n], distinct[other])
            assert found[other] == near
            assert n in not_alone or n == other or not near


def test_texts_that_differ_by_a_name_are_not_compared():
    names = ("anna", "ben", "cem")
    texts = [f"hi {name} please send us your number and postcode" for name in names]
    other = f"{texts[0]} by message"
    words = [text.split() for text in (*texts, other)]
    assert make_triples(pl.Series(words), owned_by(*[1] * 4)).find_likely().tolist() == []
    more = pl.Series([*words, [*words[3], "today"]])
    assert make_triples(more, owned_by(*[1] * 5)).find_likely().tolist() == [3, 4]
    assert make_triples(more, owned_by(*[1] * 4, 2)).find_likely().tolist() == []


def test_a_brand_that_says_nearly_the_same_all_the_time_is_hardly_more_work(monkeypatch):
    """All texts are near all others: half a million pairs, of which few have to be compared."""
    compared = []
    are_near = Triples.are_near

    def count(triples, texts, others):
        compared.append(len(texts))
        return are_near(triples, texts, others)

    monkeypatch.setattr(Triples, "are_near", count)
    size = 1_000
    told = pl.DataFrame(
        {
            "post": pl.Series(range(size), dtype=pl.UInt32),
            "brand": "acme",
            "person": [f"c{n}" for n in range(size)],
            "at": range(size),
            "said": [f"hi{n} {SORRY} or call us between nine and six bye{n}" for n in range(size)],
        }
    )
    found = mark_canned(told)
    assert found["canned"].to_list() == [False] * 3 + [True] * (size - 3)
    assert found["cluster"].unique().to_list() == [0]
    assert 0 < sum(compared) < 10 * size
