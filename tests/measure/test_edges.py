"""Edges where a careless reading of the rules would wrong somebody."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from listener.jobs.observing import find_observed_until
from listener.posts import Account, Brand
from tests.measure.world import ACME, BOLT, DAY, HOUR, MINUTE, START, World

SECOND = timedelta(seconds=1)


def test_a_typed_mention_on_x_is_an_opening_though_the_platform_calls_it_a_reply():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need", reply_to_author_id="acme")
    world.say("acme", "@anna sure", at=48 * HOUR, to=first, labels="answer")
    case = world.case()
    assert not case["opening_unknown"]
    assert case["first_reply_seconds"] == 48 * 3600


def test_an_automatic_reply_to_two_hides_no_person_from_either():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("ben", "@anna me too @acme", at=1 * SECOND, to=first, labels="need")
    world.say("acme", "@anna @ben we know", at=3 * SECOND, to=first, labels="answer")
    world.say("acme", "@anna @ben restart the box", at=1 * HOUR, to=first, labels="answer")
    ben = world.case("ben")
    assert ben["handling"] == "public"
    assert ben["automatic_replies"] == 1
    assert ben["first_reply_seconds"] == 3599


def test_a_silent_brand_is_a_brand_all_the_same():
    world = World(ACME, BOLT)
    world.say("acme", "@bolt @anna hello", at=0 * HOUR, to="lost")
    cases = world.tables().cases
    assert cases["customer"].to_list() == ["anna"]


def test_an_answer_to_a_lost_post_of_a_brand_that_never_wrote_is_a_case():
    brand = Brand(
        key="acme", name="Acme", accounts=(Account(platform="mastodon", handle="care@acme.social"),)
    )
    world = World(brand)
    world.say(
        "anna@a.example",
        "still broken",
        at=0 * HOUR,
        to="lost",
        platform="mastodon",
        reply_to_author_id="care@acme.social",
    )
    assert world.tables().cases["opening_unknown"].to_list() == [True]


def test_a_part_that_answers_the_brands_own_lost_part_goes_to_whom_it_names():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need", conversation_id="c")
    world.say("acme", "@anna 1/3 hello", at=1 * HOUR, to=first, conversation_id="c")
    world.say(
        "acme",
        "@anna 3/3 DM us",
        at=1 * HOUR + MINUTE,
        to="lost",
        reply_to_author_id="acme",
        conversation_id="c",
        labels="dm",
    )
    assert world.case()["handling"] == "moved"


def test_a_strangers_fast_clock_moves_nobody_elses_posts():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    ben = world.say("ben", "@anna poor you", at=2 * HOUR, to=first)
    world.say("anna", "@ben yes, @acme please", at=5 * MINUTE, to=ben, labels="need")
    world.say("acme", "@anna restart it", at=30 * MINUTE, to=first, labels="answer")
    case = world.case()
    assert case["outcome"] == "claimed"
    assert case["chases"] == 0


def test_nobody_comes_back_before_being_handed_over():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("anna", "@acme something else", at=1 * HOUR, labels="need")
    world.say("acme", "@anna DM us", at=2 * DAY, to=first, labels="dm")
    assert world.tables().cases["fate"][0] == "silence"


def test_a_new_case_before_the_claim_does_not_break_it():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("anna", "@acme something else", at=1 * HOUR, labels="need")
    world.say("acme", "@anna done", at=2 * DAY, to=first, labels="done")
    assert world.tables().cases["outcome"][0] == "claimed"


def test_a_brand_that_quotes_a_customers_post_answers_it():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "Restart the box", at=5 * MINUTE, quote_of_id=first, labels="answer")
    case = world.case()
    assert case["handling"] == "public"
    assert case["first_reply_seconds"] == 300


def with_queries():
    return replace(ACME, queries=("Acme Parcels",))


def test_a_keyword_changes_no_case_that_is_there_without_it():
    figures = []
    for brand in (ACME, with_queries()):
        world = World(brand)
        lost = world.say("anna", "Acme Parcels lost it", at=0 * HOUR, labels="need")
        world.say("anna", "@acme please help", at=1 * HOUR, to=lost, labels="need")
        case = world.case(as_of=10 * DAY)
        figures.append((case["untagged"], case["customer_posts"], case["first_reply_seconds"]))
    assert figures[0] == figures[1] == (False, 1, 9 * 86400 + 23 * 3600)


def test_what_continues_an_untagged_post_is_in_its_case():
    world = World(with_queries())
    lost = world.say("anna", "Acme Parcels lost it", at=0 * HOUR, labels="need")
    world.say("anna", "and it was a present", at=1 * HOUR, to=lost)
    assert world.case()["customer_posts"] == 2


def test_replies_count_only_in_cases_that_count():
    world = World(with_queries())
    gone = world.say("anna", "@acme help", at=0 * HOUR, deleted_at=START + DAY)
    world.say("acme", "@anna DM us", at=1 * HOUR, to=gone, labels="dm")
    found = world.say("ben", "Acme Parcels lost it", at=0 * HOUR)
    world.say("acme", "@ben DM us please", at=2 * HOUR, to=found, labels="dm")
    replies = world.tables().replies
    assert replies["counted"].to_list() == [False, False]


def test_automatic_replies_are_so_whatever_became_of_their_case():
    world = World()
    gone = world.say("anna", "@acme help", at=0 * HOUR, deleted_at=START + DAY)
    world.say("acme", "@anna hello", at=3 * SECOND, to=gone)
    tables = world.tables()
    assert tables.replies["automatic"].to_list() == [True]
    assert tables.deletions.height == 1


def test_a_deleted_reply_proves_neither_no_help_nor_silence():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "", at=5 * MINUTE, to=first, deleted_at=START + DAY)
    case = world.case()
    assert case["fast_no_help"] is None
    assert case["outcome"] == "pending"


@pytest.mark.parametrize("end", [".", ".)", "!", "?", ":", ", please", "-", "…"])
def test_a_name_at_the_end_of_a_sentence_is_a_mention(end):
    world = World()
    first = world.say("anna", "@acme gone", at=0 * HOUR)
    world.say("ben", f"@anna @acme same. Do something @acme{end}", at=1 * HOUR, to=first)
    assert world.case("ben")["customer_posts"] == 1


def test_a_machine_that_splits_its_message_is_one_machine():
    world = World()
    first = world.say("anna", "@acme help", at=0 * SECOND, labels="need")
    part = world.say("acme", "@anna we 1/2", at=3 * SECOND, to=first)
    world.say("acme", "know 2/2", at=4 * SECOND, to=part, labels="dm")
    case = world.case()
    assert case["automatic_replies"] == 2
    assert case["handling"] == "unanswered"


def test_a_burst_of_bare_links_is_automatic():
    world = World()
    for n in range(3):
        first = world.say(f"c{n}", "@acme help", at=0 * HOUR, labels="need")
        world.say(
            "acme", f"@c{n} https://acme.example/{n}", at=HOUR + n * SECOND, to=first, labels="link"
        )
    assert world.tables().cases["automatic_replies"].to_list() == [1, 1, 1]


def test_a_machines_greeting_does_not_open_the_case():
    world = World()
    post = world.say("anna", "moving house today", at=0 * HOUR)
    greeting = world.say("acme", "@anna need help?", at=3 * SECOND, to=post)
    asked = world.say("anna", "@acme yes, my line", at=1 * HOUR, to=greeting, labels="need")
    world.say("acme", "@anna done", at=73 * HOUR, to=asked, labels="done")
    case = world.case()
    assert case["opened_by"] == "customer"
    assert case["first_reply_seconds"] == 72 * 3600


def test_empty_ids_link_nothing():
    world = World()
    world.say("anna", "@acme help", at=0 * HOUR, to="", conversation_id="", labels="need")
    world.say("ben", "@acme help", at=1 * HOUR, conversation_id="", labels="need")
    cases = world.tables().cases
    assert cases["conversation"].n_unique() == 2
    assert not cases["opening_unknown"].any()


def test_a_post_that_answers_itself_answers_nothing():
    world = World()
    world.say("anna", "@acme help", at=0 * HOUR, to="1", labels="need")
    world.say("acme", "@anna news for all", at=1 * HOUR, to="2")
    tables = world.tables()
    assert tables.cases["opening_unknown"].to_list() == [False]
    assert tables.replies["kind"].to_list() == ["broadcast"]


def test_a_handle_that_several_people_bear_names_nobody():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    for n in range(2):
        world.say(f"id{n}", "me too @acme", at=HOUR + n * MINUTE, to=first, author_handle="someone")
    world.say("acme", "@anna @someone hello", at=2 * HOUR, to=first)
    assert set(world.tables().cases.filter(pl.col("replies") > 0)["customer"]) == {"anna"}


def ends(**files):
    rows = [("x", START + end) for end in files.values()]
    schema = {"platform": pl.String, "newest": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_another_brands_later_file_proves_no_silence():
    world = World(ACME, BOLT)
    world.say("anna", "@acme help", at=1 * DAY)
    world.say("ben", "@bolt help", at=400 * DAY)
    threads = world.threads(as_of=500 * DAY)
    until = find_observed_until(ends(acme=2 * DAY, bolt=400 * DAY), threads)
    assert dict(until.select("brand", "observed_until").iter_rows()) == {
        "acme": START + 2 * DAY,
        "bolt": START + 400 * DAY,
    }


def test_the_same_moment_for_a_thousand_cases_of_one_customer():
    world = World()
    for _ in range(1_000):
        world.say("anna", "@acme help", at=0 * DAY, labels="need")
    world.say("anna", "@acme help", at=1 * DAY, labels="need")
    cases = world.tables().cases
    assert cases["recontact_of"].null_count() == 1_000


def test_a_post_that_names_thousands_costs_its_answers_nothing():
    world = World()
    crowd = " ".join(f"@c{n}" for n in range(5_000))
    first = world.say("anna", f"@acme {crowd}", at=0 * HOUR)
    for n in range(300):
        world.say(f"c{n}", "@anna @acme ha", at=HOUR + n * SECOND, to=first)
    assert world.tables().cases.height == 1
