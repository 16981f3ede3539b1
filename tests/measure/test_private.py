"""The private part, by talks that a person can follow."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.measure.messages import find_messages
from listener.measure.periods import find_week
from listener.measure.private import (
    PRIVATE_SCHEMA,
    close_hand_overs,
    divide_talks,
    list_hand_overs,
    measure_private_parts,
)
from listener.measure.private_figures import measure_private
from listener.measure.threads import link_posts, make_accounts
from listener.posts import LABELS
from tests.measure.world import ACME, BOLT, DAY, HOUR, MINUTE, START, World

OWNER = replace(ACME, mode="owner")
IDS = {"acme": "acme", "bolt": "bolt"}


class Desk(World):
    """A brand's own view: what is public, and what only it sees."""

    def __init__(self, *brands):
        super().__init__(*(brands or (OWNER,)))
        self.messages = World(*self.brands)

    def write(self, who, to, *, at, labels="", **fields):
        """Write a direct message, as X tells it: with the partner's id."""
        post_id = f"dm:{len(self.messages.posts) + 1}"
        given = {"visibility": "direct", "reply_to_author_id": to, "post_id": post_id, **fields}
        return self.messages.say(
            who, given.pop("text", f"words {post_id}"), at=at, labels=labels, **given
        )

    def find(self):
        public = self.threads().posts
        frame = self.messages.frame().sort("created_at", "post_id")
        self.ids = dict(enumerate(frame["post_id"]))
        return find_messages(frame, public, self.brands)

    def private(self, *, observed=60 * DAY, settle_days=7):
        tables, messages = self.tables(), self.find()
        talks = divide_talks(messages, list_hand_overs(tables.cases, tables.case_posts))
        rows = [
            {
                "post": post,
                **{label: label in self.messages.labels[self.ids[post]] for label in LABELS},
            }
            for post in talks["post"]
        ]
        schema = {"post": pl.UInt32, **dict.fromkeys(LABELS, pl.Boolean)}
        until = pl.DataFrame(
            [(brand.key, "x", START + observed) for brand in self.brands],
            schema={
                "brand": pl.String,
                "platform": pl.String,
                "observed_until": pl.Datetime("us", "UTC"),
            },
            orient="row",
        )
        labels = pl.DataFrame(rows, schema=schema)
        return measure_private_parts(talks, labels, self.brands, until, settle_days=settle_days)

    def part(self, **options):
        (row,) = self.private(**options).iter_rows(named=True)
        return row


def handed_over(at=0 * HOUR):
    """Return a desk where anna was sent to private messages ten minutes after `at`."""
    desk = Desk()
    asked = desk.say("anna", "@acme help", at=at, labels="need")
    desk.say("acme", "@anna DM us", at=at + 10 * MINUTE, to=asked, labels="dm")
    return desk


def test_a_talk_after_a_hand_over_belongs_to_its_case():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)
    desk.write("acme", "anna", at=3 * HOUR, labels="done")
    part = desk.part()
    assert part["case"] == desk.case()["case"]
    assert not part["private_only"]
    assert part["handed_over_at"] == START + 10 * MINUTE
    assert (part["customer_posts"], part["replies"], part["answered"]) == (1, 1, True)
    assert part["reply_seconds"] == 2 * 3600  # from the customer's first message
    assert part["reply_observed"]
    assert (part["outcome"], part["settled"], part["closed"]) == ("claimed", True, True)


def test_where_the_brand_writes_first_the_wait_began_with_the_hand_over():
    desk = handed_over()
    desk.write("acme", "anna", at=70 * MINUTE, labels="question")
    part = desk.part()
    assert part["reply_seconds"] == 3600
    assert part["customer_posts"] == 0


@pytest.mark.parametrize(("days", "joined"), [(14, True), (14.01, False)])
def test_a_hand_over_is_remembered_for_fourteen_days(days, joined):
    desk = handed_over()
    desk.write("anna", "acme", at=10 * MINUTE + days * DAY)
    part = desk.part()
    assert part["private_only"] == (not joined)
    assert (part["case"] is not None) == joined


def test_who_writes_in_private_alone_has_a_case_apart():
    desk = Desk()
    desk.write("anna", "acme", at=1 * HOUR, labels="need")
    part = desk.part()
    assert part["private_only"]
    assert part["outcome"] == "unanswered"
    assert not part["reply_observed"]
    assert part["reply_seconds"] == (60 * DAY - HOUR).total_seconds()
    assert desk.tables().cases.is_empty()


def test_a_brand_that_writes_to_nobody_s_question_starts_no_clock():
    desk = Desk()
    desk.write("acme", "anna", at=1 * HOUR)
    assert desk.part()["reply_seconds"] is None


def test_the_latest_of_two_handed_over_cases_is_meant_and_begins_a_new_part():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)
    later = desk.say("anna", "@acme again", at=2 * DAY, labels="need")
    desk.say("acme", "@anna DM us", at=2 * DAY + HOUR, to=later, labels="dm")
    desk.write("anna", "acme", at=3 * DAY)
    desk.write("acme", "anna", at=4 * DAY)
    parts = desk.private()
    cases = desk.tables().cases.sort("opened_at")["case"].to_list()
    assert parts["case"].to_list() == cases
    assert parts["answered"].to_list() == [False, True]


def test_a_long_pause_begins_a_new_part_before_a_customer_only():
    desk = Desk()
    desk.write("anna", "acme", at=0 * DAY)
    desk.write("acme", "anna", at=20 * DAY)
    desk.write("anna", "acme", at=34 * DAY)
    assert desk.private()["customer_posts"].to_list() == [1, 1]
    assert desk.private()["replies"].to_list() == [1, 0]


def test_an_automatic_greeting_answers_nobody():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)
    desk.write("acme", "anna", at=1 * HOUR + timedelta(seconds=3), labels="answer")
    part = desk.part()
    assert (part["answered"], part["automatic_replies"], part["replies"]) == (False, 1, 0)
    assert part["outcome"] == "unanswered"


def test_what_was_asked_in_public_is_a_matter_in_private_too():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)  # only a number, say
    desk.write("acme", "anna", at=2 * HOUR, labels="question")
    assert desk.part(observed=3 * HOUR)["outcome"] == "pending"
    assert desk.part()["outcome"] == "customer_silent"


@pytest.mark.parametrize(
    ("labels", "fate"),
    [("solved", "private_closed"), ("unsolved", "silence")],
)
def test_the_end_in_private_is_the_fate_of_a_silent_hand_over(labels, fate):
    desk = handed_over()
    desk.write("acme", "anna", at=1 * HOUR, labels="answer")
    desk.write("anna", "acme", at=2 * HOUR, labels=labels)
    cases = close_hand_overs(desk.tables().cases, desk.private())
    assert cases["fate"].to_list() == [fate]


def test_what_people_say_in_public_comes_before_what_is_seen_in_private():
    desk = handed_over()
    desk.write("acme", "anna", at=1 * HOUR, labels="done")
    desk.say("anna", "@acme still broken", at=1 * DAY, to="2", labels="unsolved")
    cases = close_hand_overs(desk.tables().cases, desk.private())
    assert cases["fate"].to_list() == ["came_back"]


def test_only_who_sees_with_own_access_has_a_private_part():
    desk = Desk(ACME)
    desk.write("anna", "acme", at=1 * HOUR)
    assert desk.private().is_empty()
    assert measure_private(desk.private(), ACME, (find_week("2026-W10", "UTC"),) * 2, None) is None


def test_posts_for_followers_and_between_brands_are_no_private_talk():
    desk = Desk(OWNER, BOLT)
    desk.say("bolt", "hello", at=0 * HOUR)
    desk.write("anna", "acme", at=1 * HOUR, visibility="private")
    desk.write("acme", "bolt", at=1 * HOUR)
    desk.write("bolt", "acme", at=2 * HOUR)
    desk.write("anna", None, at=3 * HOUR)  # in a group of several
    assert desk.private().is_empty()


def test_on_mastodon_the_mentions_tell_whose_a_message_is():
    brand = replace(OWNER, accounts=make_mastodon())
    frame = World(brand)
    fields = {"platform": "mastodon", "visibility": "direct"}
    asked = frame.say("anna@b.example", "@acme hi", at=0 * HOUR, **fields)
    frame.say("acme@a.example", "@anna yes", at=1 * HOUR, to=asked, **fields)
    posts = frame.frame().with_columns(
        mentions=pl.Series([["acme@a.example"], ["anna@b.example"]]),
    )
    public = link_posts(posts.clear(), make_accounts([brand]))
    found = find_messages(posts, public, [brand])
    assert found["customer"].to_list() == ["anna@b.example"] * 2
    assert found["side"].to_list() == ["customer", "brand"]


def make_mastodon():
    from listener.posts import Account

    return (Account(platform="mastodon", handle="acme@a.example"),)


def test_the_figures_of_a_week():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)
    desk.write("acme", "anna", at=2 * HOUR, labels="done")
    desk.write("ben", "acme", at=1 * DAY, labels="need")
    week = find_week("2026-W10", "UTC")
    told = measure_private(desk.private(), OWNER, (week, week), None)
    assert told.counts == {"parts": 2, "joined": 1, "private_only": 1}
    assert (told.private_reply.total, told.private_reply.answered, told.private_reply.open) == (
        2,
        1,
        1,
    )
    assert (told.unanswered.count, told.unanswered.total) == (1, 2)
    ends = {name: share.count for name, share in told.outcomes.items() if share.count}
    assert ends == {"claimed": 1, "unanswered": 1}


def test_of_weeks_whose_messages_are_gone_nothing_is_told():
    desk = handed_over()
    desk.write("anna", "acme", at=1 * HOUR)
    older, week = (find_week(name, "UTC") for name in ("2026-W10", "2026-W11"))
    since = week.since
    assert measure_private(desk.private(), OWNER, (older, older), since) is None
    told = measure_private(desk.private(), OWNER, (week, older), since)
    assert told.unanswered.total == 0


def test_the_table_has_no_column_for_words_or_ids():
    assert not {"text", "post", "post_id", "url", "author_handle"} & set(PRIVATE_SCHEMA)


@st.composite
def desks(draw):
    """Draw a desk with talks of three people over two months."""
    desk = Desk()
    times = st.integers(0, 60 * 24 * 50)
    for _ in range(draw(st.integers(0, 6))):
        who, at = draw(st.sampled_from(("anna", "ben"))), draw(times) * MINUTE
        asked = desk.say(who, "@acme help", at=at, labels="need")
        desk.say("acme", f"@{who} DM us", at=at + HOUR, to=asked, labels="dm")
    for _ in range(draw(st.integers(1, 14))):
        who = draw(st.sampled_from(("anna", "ben", "cem")))
        pair = (who, "acme") if draw(st.booleans()) else ("acme", who)
        desk.write(*pair, at=draw(times) * MINUTE)
    return desk


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(desks())
def test_each_message_is_in_one_part_whose_case_was_handed_over_shortly_before(desk):
    parts, messages = desk.private(), desk.find()
    automatic = parts["automatic_replies"].sum()
    assert parts["customer_posts"].sum() + parts["replies"].sum() + automatic == messages.height
    assert parts["private"].n_unique() == parts.height
    for part in parts.iter_rows(named=True):
        assert part["private_only"] == (part["case"] is None) == (part["handed_over_at"] is None)
        if part["case"]:
            waited = part["opened_at"] - part["handed_over_at"]
            assert timedelta() <= waited <= 14 * DAY
        if part["reply_seconds"] is not None:
            assert part["reply_seconds"] >= 0
