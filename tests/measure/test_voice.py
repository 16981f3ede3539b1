"""Voice: what is canned, signed, and how people are addressed, by tables one can check."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.measure.voice import (
    REGISTERS,
    find_canned_since,
    list_clusters,
    measure_mismatch,
    measure_registers,
    measure_voice,
)
from tests.measure.test_canned import NEARLY, SORRY, reply
from tests.measure.test_week import measure
from tests.measure.world import DAY, HOUR, START, World


def counts(share):
    return share.count, share.total


def test_canned_and_signed_replies_of_the_week():
    world = World()
    for n in range(3):
        reply(world, f"a{n}", SORRY, at=n * DAY)  # models of week 10
    for n in range(2):
        reply(world, f"b{n}", SORRY, at=(8 + n) * DAY, labels="signed")
    reply(world, "c", NEARLY, at=10 * DAY)
    reply(world, "d", "no", at=11 * DAY, labels="signed")
    voice = measure(world, "2026-W11").voice
    assert counts(voice.canned_share) == (3, 4)
    assert counts(voice.signed_share) == (3, 4)
    assert voice.canned_share.unit == voice.signed_share.unit == "replies"
    (cluster,) = voice.clusters
    assert counts(cluster.replies) == (3, 4)
    assert cluster.customers == 3
    assert voice.register_brand["none"].total == 0  # in English nobody can tell


def test_the_first_week_has_its_own_models_only():
    world = World()
    for n in range(5):
        reply(world, f"a{n}", SORRY, at=(n + 1) * DAY)
    voice = measure(world).voice
    assert counts(voice.canned_share) == (2, 5)


def test_deleted_and_automatic_replies_are_in_no_share():
    world = World()
    reply(world, "anna", "no", at=1 * DAY, labels="signed", deleted_at=START + 2 * DAY)
    asked = world.say("ben", "@acme help", at=1 * DAY, labels="need")
    world.say("acme", "@ben no", at=1 * DAY + timedelta(seconds=2), to=asked, labels="signed")
    voice = measure(world).voice
    assert counts(voice.canned_share) == counts(voice.signed_share) == (0, 0)
    assert voice.clusters == ()


def test_where_words_are_gone_what_is_canned_is_told_three_weeks_later():
    world = World()
    for n in range(5):
        reply(world, f"a{n}", SORRY, at=(n + 1) * DAY)
    tables = world.tables()
    since = START - 19 * DAY
    assert find_canned_since(since) == START + 2 * DAY
    replies = tables.replies.filter("counted")
    voice = measure_voice(replies, tables.cases, tables.cases["case", "customer"], since)
    assert counts(voice.canned_share) == (2, 4)
    assert counts(voice.signed_share) == (0, 5)


def test_groups_of_canned_replies_are_told_from_the_largest_on():
    rows = [
        ("b", 1, "anna"), ("b", 1, "ben"), ("b", 1, "ben"),
        ("c", 2, "anna"), ("c", 2, "ben"), ("c", None, "cem"), ("d", 3, "dora"),
    ]  # fmt: skip
    frame = pl.DataFrame(
        {
            "post": range(7),
            "post_id": [f"{name}{n}" for n, (name, _, _) in enumerate(rows)],
            "platform": "x",
            "at": [START + n * HOUR for n in range(7)],
            "cluster": [cluster for _, cluster, _ in rows],
            "customer": [customer for _, _, customer in rows],
            "canned": [cluster is not None for _, cluster, _ in rows],
        }
    )
    told = list_clusters(frame.filter("canned"), frame.height)
    assert [(c.post, counts(c.replies), c.customers) for c in told] == [
        ("b2", (3, 7), 2),
        ("c4", (2, 7), 2),
    ]


def spoken(*posts):
    """Return posts of one case: side, what it says (`d`, `S`, both, nothing; ? for unread)."""
    rows = [
        {
            "case": "k",
            "side": "brand" if side == "b" else "customer",
            "automatic": "auto" in marks,
            "familiar": None if "?" in marks else "d" in marks,
            "formal": None if "?" in marks else "S" in marks,
        }
        for side, marks in posts
    ]
    return pl.DataFrame(rows, schema_overrides={"familiar": pl.Boolean, "formal": pl.Boolean})


@pytest.mark.parametrize(
    ("posts", "brand", "customer"),
    [
        ([("c", "d"), ("b", "S")], "formal", "familiar"),
        ([("c", "d"), ("c", "S"), ("b", "")], "none", "mixed"),
        ([("c", ""), ("b", "dS")], "mixed", "none"),
        ([("c", "?"), ("b", "S")], "formal", None),
        ([("c", "?"), ("c", "d")], None, "familiar"),
        ([("c", ""), ("b", "auto S")], None, "none"),
    ],
)
def test_the_register_of_each_side(posts, brand, customer):
    row = measure_registers(spoken(*posts)).row(0, named=True)
    assert (row["register_brand"], row["register_customer"]) == (brand, customer)


def test_a_mismatch_needs_both_sides_to_keep_to_one():
    pairs = [
        ("familiar", "familiar"), ("familiar", "formal"), ("formal", "familiar"),
        ("mixed", "formal"), ("none", "familiar"), ("formal", None), (None, None),
    ]  # fmt: skip
    schema = {"register_brand": pl.String, "register_customer": pl.String}
    cases = pl.DataFrame(pairs, schema=schema, orient="row")
    assert counts(measure_mismatch(cases)) == (2, 3)


REGISTER = st.one_of(st.none(), st.sampled_from(REGISTERS))


@given(st.lists(st.tuples(REGISTER, REGISTER), max_size=30))
def test_registers_add_up_to_the_cases_that_have_one(pairs):
    schema = {"register_brand": pl.String, "register_customer": pl.String}
    cases = pl.DataFrame(pairs, schema=schema, orient="row")
    tables = World().tables()
    voice = measure_voice(tables.replies, cases, tables.cases["case", "customer"], None)
    for side, place in (("brand", 0), ("customer", 1)):
        shares = getattr(voice, f"register_{side}")
        known = [pair[place] for pair in pairs if pair[place] is not None]
        assert {name: share.count for name, share in shares.items()} == {
            name: known.count(name) for name in REGISTERS
        }
        assert {share.total for share in shares.values()} == {len(known)}
    mismatch = voice.register_mismatch
    assert mismatch.count == sum(set(pair) == {"familiar", "formal"} for pair in pairs)
