from collections import Counter
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from listener.figures import Cluster
from listener.measure.statistics import make_share
from listener.report.case_list import build_brand_week
from listener.report.render import render_page
from listener.report.telling import STORIES, STORY_POSTS, choose_stories
from listener.report.weekly import Evidence, Options
from tests.report.builders import MONDAY, World


def test_every_figure_finds_exactly_its_cases():
    week = World(cases=60, weeks=2).tell()
    figures = week.figures
    assert week.filters["handling-moved"] == figures.handling["moved"].count
    assert week.filters["deflected"] == figures.deflection_rate.count
    assert week.filters["fast_no_help"] == figures.fast_no_help.count
    assert week.filters["last_public_word"] == figures.last_public_word.count
    assert week.filters["chased"] == figures.chased.count
    assert week.filters["fate-silence"] == figures.fate["silence"].count
    assert week.filters["helped"] == figures.first_helpful_reply.answered
    assert week.filters["replied"] == figures.first_reply.answered
    assert week.filters["waiting"] == figures.first_reply.open
    for outcome, share in figures.outcomes.items():
        assert week.filters.get(f"outcome-{outcome}", 0) == share.count
    for target, share in figures.targets.items():
        assert week.filters.get(f"target-{target}", 0) == share.count


def test_outcome_figures_find_their_cases_in_the_older_week():
    week = World(cases=30, weeks=3).tell(as_of=MONDAY)
    assert len(week.outcome_cases) == week.figures.outcome_cases
    assert week.filters["fast_no_help"] == week.figures.fast_no_help.count
    assert all(row.outcome is None for row in week.cases)
    assert all(row.outcome for row in week.outcome_cases)


def test_a_free_period_finds_its_outcome_cases_by_day():
    world = World(cases=20, weeks=2)
    tables = world.tables
    figures = world.measure(as_of=MONDAY)
    free = replace(figures, week="2017-10-23_2017-11-05", outcome_week="2017-10-23_2017-10-29")
    week = build_brand_week(free, world.brand, tables.cases, tables.case_posts)
    assert len(week.outcome_cases) == figures.outcome_cases
    empty = replace(free, outcome_week="2017-10-23_2017-10-22")
    week = build_brand_week(empty, world.brand, tables.cases, tables.case_posts)
    assert week.outcome_cases == ()


def test_cases_without_need_or_found_by_keyword_alone_are_not_listed():
    world = World(weeks=0)
    world.add_case(has_need=False)
    world.add_case(untagged=True)
    world.add_case()
    assert len(world.tell().cases) == 1


def test_private_posts_never_appear():
    world = World(weeks=0)
    row = world.add_case(handling="moved")
    world.add_post(row, "customer", "my secret", [], visibility="direct")
    world.add_post(row, "customer", "for followers", [], visibility="private")
    world.add_post(row, "customer", "unknown reach", [], visibility=None)
    texts = [post.text for post in world.tell().cases[0].story.posts]
    assert not any("secret" in text or "followers" in text or "reach" in text for text in texts)


def test_customers_and_strangers_are_not_named():
    world = World(weeks=0)
    row = world.add_case(handling="moved", customer="jana_weber")
    world.add_post(row, "customer", "@AcmeHelp ask @neighbour, mail jo@example.org", ["need"])
    story = world.tell().cases[0].story
    assert story.posts[1].author == "@AcmeHelp"
    assert story.posts[1].text.startswith("@j… Sorry")
    assert story.posts[-1].text == "@AcmeHelp ask @n…, mail •••@•••"


def test_handles_are_shown_if_the_settings_say_so():
    world = World(weeks=0)
    world.add_case(handling="moved", customer="jana_weber")
    case = world.tell(handles="full").cases[0]
    assert case.customer == "@jana_weber"
    assert case.story.posts[1].text.startswith("@jana_weber Sorry")
    assert Options().handles == "initials"


def test_labels_come_with_the_words_that_led_to_them():
    world = World(weeks=0)
    world.add_case(handling="moved")
    evidence = world.tell().cases[0].story.posts[1].evidence
    assert [(item.label, item.words) for item in evidence] == [
        ("dm", ("send us a DM",)),
    ]


def explain(text, words, **changes):
    """Return the evidence of one post for which these words decided."""
    world = World(weeks=0)
    row = world.add_case(handling="unanswered")
    world.add_post(row, "brand", text, ["answer", "signed"], **changes)
    tables = world.tables
    week = build_brand_week(
        world.measure(), world.brand, tables.cases, tables.case_posts,
        find_evidence=lambda posts: pl.DataFrame({
            "post": posts[-1:].append(posts[-1:])[: len(words)], "label": ["answer"] * len(words),
            "words": words,
        }),
    )  # fmt: skip
    return week.cases[0].story.posts[-1].evidence


def test_a_sentence_that_decided_as_a_whole_is_not_repeated():
    said = "Hold the button for ten seconds"
    whole = (Evidence("answer", is_whole=True),)
    assert explain(f"@jo {said}", [said, "Hold"]) == whole
    assert explain(f"@jo {said}. Then wait.", [said, "Then wait."]) == whole


def test_long_parts_are_named_by_their_beginning_and_parts_of_parts_not_at_all():
    long = "hold the small button at the back for ten whole seconds"
    text = f"@jo Sorry about all this, what a day it has been, now please {long}, then wait. ^K"
    (evidence,) = explain(text, [long, "button"])
    assert evidence.words == ("hold the small button at the back for…",)


def test_nothing_is_claimed_of_what_automatic_replies_say():
    assert explain("@jo We are here from 8.", ["We are here"], automatic=True) == ()


def test_a_new_case_of_the_same_customer_is_linked_both_ways():
    world = World(weeks=0)
    old = world.add_case(handling="moved", customer="jo", fate="came_back")
    later = old["opened_at"] + timedelta(days=3)
    new = world.add_case(customer="jo", opened_at=later, recontact_of=old["case"])
    rows = {row.case: row for row in world.tell().cases}
    (link,) = rows[old["case"]].later
    assert (link.case, link.address) == (new["case"], f"#case-{new['case']}")
    assert link.seconds == timedelta(days=3).total_seconds()
    assert rows[new["case"]].earlier.case == old["case"]
    assert rows[old["case"]].earlier is None


def test_a_case_off_the_page_is_linked_to_its_first_post():
    world = World(weeks=0)
    old = world.add_case(ago=4, customer="jo")
    new = world.add_case(customer="jo", recontact_of=old["case"])
    (row,) = world.tell().cases
    assert row.case == new["case"]
    assert row.earlier.address == old["opening_url"]


def test_long_stories_and_long_lists_are_capped_and_say_so():
    world = World(weeks=0)
    row = world.add_case(handling="public")
    for _ in range(STORY_POSTS + 5):
        world.add_post(row, "customer", "and another thing", ["need"])
    story = world.tell().cases[0].story
    assert len(story.posts) == STORY_POSTS
    assert story.posts_left_out > 0


def test_stories_are_chosen_from_every_reason():
    candidates = [("public", 2, f"p{n}") for n in range(1000)] + [("resolved", 3, "r")]
    chosen = choose_stories(candidates)
    assert len(chosen) == STORIES
    assert "r" in chosen


def test_rows_without_a_story_are_still_listed():
    week = World(cases=STORIES + 20, weeks=1).tell()
    assert len(week.stories) == STORIES
    assert len(week.others) == 20
    assert Counter(row.group for row in week.cases) == {"2017-W44": STORIES + 20}


def test_bad_links_are_dropped():
    world = World(weeks=0)
    world.add_case(opening_url="javascript:alert(1)")
    assert world.tell().cases[0].url is None


def test_a_private_post_that_slips_through_is_an_error():
    from listener.report.privacy import OwnPages
    from listener.report.stories import _Teller

    world = World(weeks=0)
    world.add_case()
    with pytest.raises(ValueError, match="must never be quoted"):
        _Teller(world.brand, {}, OwnPages(), {}).tell({"visibility": "direct", "case": "c"}, "J.")


def test_an_example_of_canned_replies_leads_to_its_case():
    world = World(cases=4, weeks=1)
    post = next(post for post in world.posts if post["side"] == "brand")
    figures = world.measure()
    groups = tuple(
        Cluster(post=name, platform="x", replies=make_share(3, 9), customers=3)
        for name in (post["post_id"], "of a case that the page does not list")
    )
    figures = replace(figures, voice=replace(figures.voice, clusters=groups))
    tables = world.tables
    week = build_brand_week(figures, world.brand, tables.cases, tables.case_posts)
    assert week.canned_cases == (post["case"], "")
    page = render_page(week)
    assert f'href="#case-{post["case"]}">its case<' in page
