import base64
import hashlib
from datetime import date, timedelta

import polars as pl
import pytest

from listener.measure.cases import digest_names
from listener.posts import Account, Brand
from tests.measure.world import ACME, BOLT, DAY, HOUR, MINUTE, START, World


def members(world: World) -> set[tuple[str, str, str]]:
    """Return (brand, customer, post id) of every post in a case."""
    threads = world.threads()
    joined = threads.members.join(threads.posts.select("post", "post_id"), on="post")
    return set(joined.select("brand", "customer", "post_id").iter_rows())


def test_a_mention_and_its_answer_are_one_case():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * MINUTE)
    world.say("acme", "@anna we are looking", at=5 * MINUTE, to=first)
    assert members(world) == {("acme", "anna", "1"), ("acme", "anna", "2")}


def test_each_customer_in_a_thread_has_a_case():
    world = World()
    news = world.say("acme", "Our network is down", at=0 * MINUTE)
    for n, who in enumerate(("anna", "ben", "cem"), start=1):
        asked = world.say(who, "@acme here too", at=n * MINUTE, to=news)
        world.say("acme", f"@{who} sorry", at=(n + 10) * MINUTE, to=asked)
    cases = world.tables().cases
    assert sorted(cases["customer"]) == ["anna", "ben", "cem"]
    assert cases["conversation"].n_unique() == 1


def test_posts_to_third_parties_with_the_brand_put_in_front_are_no_mentions():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * MINUTE)
    world.say("ben", "@anna @acme same for me, funny", at=1 * MINUTE, to=first)
    assert ("acme", "ben", "2") not in members(world)


def test_naming_the_brand_again_in_the_text_is_a_mention():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * MINUTE)
    world.say("ben", "@anna @acme same for me. @acme do something!", at=1 * MINUTE, to=first)
    assert ("acme", "ben", "2") in members(world)


def test_a_leading_mention_that_the_parent_did_not_have_is_meant():
    world = World()
    first = world.say("anna", "my parcel is gone", at=0 * MINUTE)
    world.say("ben", "@anna @acme can you help her?", at=1 * MINUTE, to=first)
    assert ("acme", "ben", "2") in members(world)


def test_own_continuations_are_in_the_case():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * MINUTE)
    second = world.say("anna", "it was a present", at=1 * MINUTE, to=first)
    third = world.say("anna", "for my son", at=2 * MINUTE, to=second)
    assert {(row[2]) for row in members(world)} == {first, second, third}


def test_a_long_pause_before_a_customers_post_begins_a_new_segment():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * DAY, labels="need")
    answer = world.say("acme", "@anna please wait", at=1 * DAY, to=first, labels="answer")
    world.say("anna", "@acme still gone", at=15 * DAY, to=answer, labels="need")
    cases = world.tables().cases
    assert cases["segment"].to_list() == [1, 2]
    assert cases["customer_posts"].to_list() == [1, 1]


def test_a_pause_just_below_fourteen_days_keeps_the_segment():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * DAY)
    world.say("anna", "@acme still", at=14 * DAY - timedelta(seconds=1), to=first)
    assert world.case()["customer_posts"] == 2


def test_a_late_answer_of_the_brand_belongs_to_the_running_segment():
    world = World()
    first = world.say("anna", "@acme my parcel is gone", at=0 * DAY)
    world.say("acme", "@anna found it", at=20 * DAY, to=first)
    assert world.case()["replies"] == 1


def test_a_reply_to_a_post_that_was_not_collected_goes_to_the_first_customer_named():
    world = World()
    world.say("acme", "@anna @ben hello", at=0 * MINUTE, to="lost")
    case = world.case()
    assert case["opening_unknown"]
    assert not case["proactive"]


def test_replies_to_one_lost_post_are_one_conversation():
    world = World()
    world.say("acme", "@anna 1/2", at=0 * MINUTE, to="lost")
    world.say("acme", "@anna 2/2", at=1 * MINUTE, to="lost")
    assert world.case()["replies"] == 2


def test_the_platforms_word_goes_before_the_first_mention():
    world = World()
    world.say("acme", "@ben hello", at=0 * MINUTE, to="lost", reply_to_author_id="anna")
    assert world.case("anna")["opening_unknown"]


def test_a_brand_that_answers_people_who_did_not_address_it_is_proactive():
    world = World()
    first = world.say("anna", "what a day, parcel lost again", at=0 * MINUTE)
    world.say("acme", "@anna can we help?", at=1 * MINUTE, to=first, labels="question")
    case = world.case()
    assert case["proactive"]
    assert case["opened_by"] == "brand"
    assert case["first_reply_seconds"] is None


def test_a_keyword_makes_an_untagged_case_without_a_clock():
    world = World(
        Brand(
            key="acme",
            name="Acme",
            accounts=(Account(platform="x", handle="acme"),),
            queries=("Acme Parcels",),
        )
    )
    first = world.say("anna", "acme  parcels lost it again", at=0 * MINUTE, labels="need")
    world.say("acme", "@anna can we help?", at=1 * MINUTE, to=first, labels="question")
    case = world.case()
    assert case["untagged"]
    assert case["first_reply_seconds"] is None
    assert case["handling"] == "acknowledged"


def test_continuations_of_a_broadcast_are_broadcasts():
    world = World()
    first = world.say("acme", "Our new app 1/2", at=0 * MINUTE)
    world.say("acme", "Our new app 2/2", at=1 * MINUTE, to=first)
    assert world.tables().replies["kind"].to_list() == ["broadcast", "broadcast"]


def test_split_replies_belong_to_the_customer_of_the_first_part():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE)
    part = world.say("acme", "@anna please 1/2", at=1 * MINUTE, to=first)
    world.say("acme", "restart it 2/2", at=2 * MINUTE, to=part)
    assert world.case()["replies"] == 2


def test_brands_that_answer_each_other_have_no_cases():
    world = World(ACME, BOLT)
    first = world.say("acme", "@bolt nice shoes", at=0 * MINUTE)
    world.say("bolt", "@acme thank you", at=1 * MINUTE, to=first)
    tables = world.tables()
    assert tables.cases.is_empty()
    assert tables.replies["kind"].to_list() == ["broadcast", "to_brand"]


def test_two_brands_in_one_conversation_have_a_case_each():
    world = World(ACME, BOLT)
    first = world.say("anna", "@acme @bolt whose fault is it?", at=0 * MINUTE)
    world.say("acme", "@anna theirs", at=1 * MINUTE, to=first)
    world.say("bolt", "@anna theirs", at=2 * MINUTE, to=first)
    cases = world.tables().cases
    assert cases["brand"].to_list() == ["acme", "bolt"]
    assert cases["replies"].to_list() == [1, 1]


def test_a_reply_to_two_customers_counts_in_both_cases_and_once_per_reply():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    world.say("ben", "@anna me too @acme", at=1 * MINUTE, to=first, labels="need")
    world.say("acme", "@anna @ben DM us", at=2 * MINUTE, to=first, labels="dm")
    tables = world.tables()
    assert tables.cases.sort("customer")["replies"].to_list() == [1, 1]
    assert tables.replies.height == 1
    assert tables.replies["in_cases"].to_list() == [2]


def test_a_second_part_to_two_customers_needs_an_open_turn():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE)
    world.say("ben", "@anna me too @acme", at=1 * MINUTE, to=first)
    world.say("acme", "@anna @ben one", at=2 * MINUTE, to=first)
    world.say("acme", "@anna @ben two", at=3 * MINUTE, to=first)
    assert world.case("ben")["replies"] == 1
    assert world.case("anna")["replies"] == 2


def test_quotes_of_a_brands_post_open_a_case():
    world = World()
    news = world.say("acme", "All trains on time", at=0 * MINUTE)
    world.say("anna", "ha ha ha", at=1 * MINUTE, quote_of_id=news)
    assert world.case()["customer_posts"] == 1


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_private_posts_that_are_handed_over_are_in_no_table(visibility):
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE)
    world.say("acme", "@anna secret", at=1 * MINUTE, to=first, visibility=visibility)
    world.say("bea", "@acme secret", at=2 * MINUTE, visibility=visibility)
    tables = world.tables()
    assert tables.cases["customer"].to_list() == ["anna"]
    assert world.case()["replies"] == 0
    assert tables.case_posts["post_id"].to_list() == [first]
    assert tables.replies.is_empty()


def test_a_deleted_complaint_is_neither_answered_nor_unanswered():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, deleted_at=START + HOUR)
    world.say("acme", "@anna sorry", at=1 * MINUTE, to=first)
    assert world.tables().cases.is_empty()


def test_a_deleted_reply_is_not_unanswered():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    world.say("acme", "", at=1 * MINUTE, to=first, deleted_at=START + HOUR)
    case = world.case()
    assert case["handling"] == "reply_deleted"
    assert case["first_reply_seconds"] == 60


def test_cycles_in_reply_links_end_nowhere():
    world = World()
    world.say("anna", "@acme one", at=0 * MINUTE, to="3")
    world.say("acme", "@anna two", at=1 * MINUTE, to="1")
    world.say("anna", "@acme three", at=2 * MINUTE, to="2")
    assert world.case()["customer_posts"] == 2


def test_a_post_that_answers_itself_is_an_opening():
    world = World()
    world.say("anna", "@acme one", at=0 * MINUTE, to="1")
    assert world.case()["customer_posts"] == 1


def test_a_reply_before_its_post_still_answers_it():
    world = World()
    first = world.say("anna", "@acme help", at=2 * MINUTE, labels="need")
    world.say("acme", "@anna sure", at=0 * MINUTE, to=first, labels="answer")
    case = world.case()
    assert case["opened_by"] == "customer"
    assert case["first_reply_seconds"] == 0


def test_ten_thousand_customers_in_one_thread():
    world = World()
    news = world.say("acme", "We are down", at=0 * MINUTE)
    for n in range(10_000):
        world.say(f"customer{n}", "@acme me too", at=MINUTE + n * timedelta(seconds=1), to=news)
    cases = world.tables().cases
    assert cases.height == 10_000
    assert cases["conversation"].n_unique() == 1


def test_a_chain_of_five_thousand_posts_is_one_case():
    world = World()
    last = world.say("anna", "@acme one", at=0 * MINUTE)
    for n in range(5_000):
        last = world.say("anna", "and", at=n * timedelta(seconds=1), to=last)
    assert world.case()["customer_posts"] == 5_001


def test_weeks_follow_the_brands_time_zone():
    berlin = Brand(
        key="acme",
        name="Acme",
        accounts=(Account(platform="x", handle="acme"),),
        time_zone="Europe/Berlin",
    )
    world = World(berlin)
    sunday_evening_utc = 6 * DAY + 14 * HOUR + 30 * MINUTE
    world.say("anna", "@acme help", at=sunday_evening_utc)
    assert world.case()["week"] == "2026-W11"


def test_cases_before_the_first_day_to_count_are_context_only():
    late = Brand(
        key="acme",
        name="Acme",
        accounts=(Account(platform="x", handle="acme"),),
        count_from=date(2026, 3, 3),
    )
    world = World(late)
    world.say("anna", "@acme help", at=0 * DAY)
    world.say("ben", "@acme help", at=1 * DAY)
    assert world.tables().cases["customer"].to_list() == ["ben"]


def test_accounts_of_one_brand_are_one_side():
    both = Brand(
        key="acme",
        name="Acme",
        accounts=(Account(platform="x", handle="acme"), Account(platform="x", handle="AcmeHelp")),
    )
    world = World(both)
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    world.say("AcmeHelp", "@anna sure", at=1 * MINUTE, to=first, labels="answer")
    case = world.case()
    assert case["first_reply_seconds"] == 60


def test_an_empty_store_gives_empty_tables():
    tables = World().tables()
    assert tables.cases.is_empty()
    assert tables.replies.is_empty()
    assert isinstance(tables.turns, pl.DataFrame)


def test_names_of_cases_are_digests_in_base_32():
    names = ["", "acme\x1fx\x1fänna\x1f1", *map(str, range(50))]
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    spelt = [base64.b32encode(each).decode().rstrip("=").lower() for each in digests]
    assert digest_names(pl.Series(names)).to_list() == spelt
