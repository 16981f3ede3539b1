"""The bundled demo: as its source gives it, complete, invented, true about itself."""

import gzip
import itertools
import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from listener.collect.archive.listener_lines import parse_line
from listener.posts import CUSTOMER_LABELS, LABELS, fold_handle
from listener.settings import load_settings
from tests.demo_source.archive import ARCHIVE, build_demo, lines, pack
from tests.demo_source.dialogue_files import DIALOGUES, read_scripts
from tests.demo_source.situations import find_situations, find_stages, render_table
from tests.demo_source.truth import find_cases, write_truth

BRANDS = ("kranich", "hedgewick", "kiebitz")
TARGETS = ("dm", "phone", "email", "form", "handle")
HELPS = {"answer", "done"}
# Fewer than five only where one is enough to be seen or told.
LEAST = {
    **dict.fromkeys(("unanswered", "public_answer", "moved_dm", "silence", "fast_no_help"), 40),
    **dict.fromkeys(("asks_back", "solved", "unsolved", "praise", "none", "slow", "story"), 20),
    **dict.fromkeys(("moved_phone", "moved_form", "came_back", "chase", "broadcast"), 20),
    **dict.fromkeys(("acknowledged", "linked", "public_then_moved", "moved_email"), 10),
    **dict.fromkeys(("moved_handle", "brand_silent", "customer_silent", "recontact"), 10),
    **dict.fromkeys(("refusal", "done", "automatic", "off_hours", "untagged", "canned"), 10),
    **dict.fromkeys(("brand_came_back", "promise_kept", "promise_late", "promise_broken"), 5),
    **dict.fromkeys(("promise_open", "opening_unknown", "proactive", "quote", "edited"), 5),
    **dict.fromkeys(("split_reply", "clock_skew", "spelling", "broadcast_thread", "weekend"), 5),
    **dict.fromkeys(("reopened", "new_segment", "reply_to_two", "deleted_customer"), 3),
    **dict.fromkeys(("deleted_brand", "other_language", "register_mismatch", "hostile"), 3),
    **dict.fromkeys(("unlisted", "outage_wave", "guest_language", "holiday", "thanks_only"), 3),
    **dict.fromkeys(("followers_only", "tie", "promise_after_chase", "late_answer"), 2),
    **dict.fromkeys(("direct", "two_brands", "brand_to_brand", "side_talk"), 1),
}


@cache
def posts():
    return build_demo().posts


@cache
def settings():
    return load_settings(ARCHIVE.with_name("demo.toml"), env={})


def accounts():
    return {
        (account.platform, fold_handle(account.handle)): brand.key
        for brand in settings().brands
        for account in brand.accounts
    }


def brand_of(post):
    return accounts().get((post.platform, fold_handle(post.author_handle)))


def shown(situation):
    """Return the posts of each performance that shows it."""
    demo = build_demo()
    by_draft = dict(zip(map(id, demo.drafts), demo.posts, strict=True))
    stages = find_stages(demo)
    return [
        [(draft, by_draft[id(draft)]) for draft in stages[stage]]
        for stage in find_situations(demo)[situation]
    ]


def test_the_bundled_archive_is_what_its_source_gives():
    committed = ARCHIVE.read_bytes()
    assert gzip.decompress(committed) == lines(build_demo())
    assert committed[4:8] == bytes(4), "the time of packing would change the file each time"


def test_the_source_gives_the_same_each_time():
    first = pack(build_demo())
    build_demo.cache_clear()
    assert pack(build_demo()) == first


def test_every_line_of_the_archive_is_a_post():
    packed = gzip.decompress(ARCHIVE.read_bytes()).splitlines()
    assert tuple(parse_line(line) for line in packed) == posts()


def test_it_holds_about_two_thousand_posts_in_order_of_time():
    assert 1_800 <= len(posts()) <= 2_400
    assert [post.created_at for post in posts()] == sorted(post.created_at for post in posts())
    assert len({(post.platform, post.post_id) for post in posts()}) == len(posts())


def test_eight_whole_weeks_are_full_and_a_ninth_lets_them_settle():
    weeks = Counter(post.created_at.date().isocalendar()[1] for post in posts())
    assert all(weeks[week] >= 150 for week in range(3, 11))
    assert 20 <= weeks[11] < min(weeks[week] for week in range(3, 11))
    assert posts()[0].created_at.date() == date(2026, 1, 12)
    for brand in settings().brands:
        newest = max(post.created_at for post in posts() if brand_of(post) == brand.key)
        assert datetime(2026, 3, 15, tzinfo=UTC) <= newest < datetime(2026, 3, 16, tzinfo=UTC)


def test_all_brands_platforms_and_languages_speak():
    own = Counter(brand_of(post) for post in posts())
    assert set(own) == {*BRANDS, None}
    assert own[None] > 700
    assert {post.platform for post in posts()} == {"x", "mastodon"}
    languages = Counter(post.language for post in posts())
    assert min(languages["de"], languages["en"]) > 600
    assert languages["fr"] >= 3
    assert languages[None] >= 50, "platforms do not always tell the language"


def test_each_language_has_sixty_dialogues_of_its_own():
    found = Counter(
        script.settings.get("lang", "en" if brand == "hedgewick" else "de")
        for brand in BRANDS
        for script in read_scripts(brand)
    )
    assert min(found["de"], found["en"]) >= 60
    assert sum(found.values()) >= 200


@pytest.mark.parametrize("situation", sorted(LEAST))
def test_every_situation_is_there(situation):
    assert len(find_situations(build_demo()).get(situation, ())) >= LEAST[situation]


def test_the_readme_tells_which_dialogue_shows_what():
    readme = (DIALOGUES.parent / "README.md").read_text(encoding="utf-8")
    assert readme.split("<!-- table -->\n")[1] == render_table(build_demo())


def test_the_truth_only_knows_the_labels_of_the_guide_on_their_own_side():
    for draft in build_demo().drafts:
        allowed = CUSTOMER_LABELS if draft.is_customer else set(LABELS) - {"need", "solved"}
        assert set(draft.labels) <= set(allowed), draft.text


def test_hand_overs_go_where_the_table_says():
    for target in TARGETS:
        for stage in shown(f"moved_{target}"):
            assert any(target in draft.labels for draft, _ in stage if draft.speaker), target


def test_handling_agrees_with_the_labels():
    def replies(stage):
        return [set(draft.labels) for draft, _ in stage if draft.speaker and draft.parent]

    for stage in shown("acknowledged"):
        assert any(not labels & {*TARGETS, *HELPS, "link"} for labels in replies(stage))
    for stage in shown("linked"):
        assert any(
            "link" in labels and not labels & {*TARGETS, *HELPS} for labels in replies(stage)
        )
    for stage in shown("public_then_moved"):
        first = next(at for at, labels in enumerate(replies(stage)) if labels & set(TARGETS))
        assert any(labels & HELPS for labels in replies(stage)[: first + 1])


def test_nobody_answers_who_is_said_to_be_unanswered():
    for stage in shown("unanswered"):
        kinds = [draft.flags for draft, _ in stage if draft.speaker and draft.parent]
        assert all("auto" in flags for flags in kinds)


def test_hedgewick_answers_fast_and_does_not_help():
    waits = [
        (later[1].created_at - post.created_at).total_seconds()
        for stage in shown("fast_no_help")
        for (draft, post), later in itertools.pairwise(stage)
        if draft.is_customer and not draft.parent and later[0].speaker
    ]
    assert sum(wait <= 3600 for wait in waits) > 0.6 * len(waits)


def test_kiebitz_answers_slowly_and_helps():
    stages = shown("slow")
    helped = [any(HELPS & set(draft.labels) for draft, _ in stage) for stage in stages]
    assert sum(helped) > 0.8 * len(stages)


def test_automatic_replies_come_within_seconds_or_in_crowds():
    waves = shown("outage_wave")
    for stage in waves:
        same = [(draft, post) for draft, post in stage if "auto" in draft.flags]
        assert len({draft.person.handle for draft, _ in same}) >= 3
        assert len({post.text.partition(" ")[2] for _, post in same}) == 1
    for stage in shown("automatic"):
        if stage not in waves:
            (_, asked), (_, reply), *_ = stage
            assert reply.created_at - asked.created_at <= timedelta(seconds=10)


def test_an_outage_has_many_customers_in_one_conversation():
    crowds = [
        len({draft.person.handle for draft, _ in s if draft.person}) for s in shown("outage_wave")
    ]
    assert max(crowds) >= 30


def test_new_segments_and_recontacts_keep_their_distance():
    for stage in shown("new_segment"):
        times = [post.created_at for _, post in stage]
        assert max(b - a for a, b in itertools.pairwise(times)) >= timedelta(days=14)
    for stage in shown("recontact"):
        at = next(at for at, (draft, _) in enumerate(stage) if "new" in draft.flags)
        assert stage[at][1].created_at - stage[at - 1][1].created_at <= timedelta(days=7)
        assert stage[at][1].reply_to_id is None


def test_clocks_go_wrong_by_two_and_by_ten_minutes():
    early = [stage[0][1].created_at - stage[1][1].created_at for stage in shown("clock_skew")
             if stage[0][0].speaker is None]  # fmt: skip
    early += [stage[1][1].created_at - stage[0][1].created_at for stage in shown("clock_skew")
              if stage[0][0].speaker]  # fmt: skip
    assert timedelta(minutes=2) in early
    assert timedelta(minutes=10) in early


def test_some_openings_answer_what_was_never_collected():
    known = {post.post_id for post in posts()}
    missing = [post for post in posts() if post.reply_to_id and post.reply_to_id not in known]
    assert len(missing) == len(shown("opening_unknown"))


def test_deleted_posts_have_lost_words_and_name():
    gone = [post for post in posts() if post.deleted_at]
    assert all((post.text, post.author_name, post.mentions) == ("", "", ()) for post in gone)
    assert {brand_of(post) is None for post in gone} == {True, False}


def test_edits_keep_their_first_id():
    edited = [post for post in posts() if post.edited_at]
    assert len(edited) >= 9
    assert all(post.edited_at > post.created_at and post.aliases for post in edited)


def test_one_private_exchange_is_in_it_and_some_half_public_posts():
    seen = Counter(post.visibility for post in posts())
    assert seen["direct"] == 2
    assert min(seen["unlisted"], seen["private"]) >= 2


def test_hostile_names_and_words_are_in_it():
    everything = "\n".join(f"{post.author_name}\n{post.text}" for post in posts())
    assert "<script>" in everything
    assert "\u202e" in everything
    assert "\0" not in everything


def test_nobody_speaks_twice_in_the_same_second_but_where_it_is_meant():
    times = Counter((post.author_id, post.created_at) for post in posts())
    assert sum(times.values()) - len(times) == len(shown("tie"))


def test_mastodon_and_x_posts_look_like_those_of_the_platforms():
    for post in posts():
        assert post.url.startswith("https://")
        if post.platform == "x":
            assert post.post_id.isdigit()
            assert len(post.author_handle) <= 15
            assert post.conversation_id
        else:
            assert post.author_id == fold_handle(post.author_handle)
            assert post.author_handle.endswith(".example")
            assert post.post_id.startswith("https://")
            assert post.aliases


def test_customers_rarely_repeat_each_other():
    words = Counter(
        re.sub(r"@\S+ ", "", post.text) for post in posts() if post.text and not brand_of(post)
    )
    repeated = sum(count for text, count in words.items() if count > 1 and len(text) > 30)
    assert repeated < 0.08 * sum(words.values())


def test_most_customers_write_by_day():
    zone = ZoneInfo("Europe/Berlin")
    hours = [post.created_at.astimezone(zone).hour for post in posts() if not brand_of(post)]
    assert sum(7 <= hour < 23 for hour in hours) > 0.85 * len(hours)


def test_all_numbers_hosts_and_addresses_are_of_the_kind_that_never_exists():
    for post in posts():
        for host in re.findall(r"https?://([^/\s]+)", f"{post.text} {post.url} {post.post_id}"):
            assert host.endswith(".example"), host
        for host in re.findall(r"\w+@([\w-]+(?:\.\w+)+)", post.text):
            assert host.endswith(".example"), host
        for number in re.findall(r"\b0\d[\d ]{7,}\d", post.text):
            digits = number.replace(" ", "")
            assert digits.startswith(("01632960", "02079460", "03023125")), number


def test_no_known_company_is_named():
    known = (
        r"deutsche bahn|\bdb\b|flixbus|metronom|nordbahn|telekom|vodafone|\bo2\b|talktalk"
        r"|\bsky\b|openreach|\bbt\b|\bee\b|\beir\b|plusnet|amazon|dhl|hermes|paypal|netflix|youtube"
        r"|ortlieb|shimano|vaude|google|facebook|instagram|whatsapp|virgin media"
    )
    named = [post.text for post in posts() if re.search(known, post.text.casefold())]
    assert named == []


def test_the_truth_is_written_in_the_format_of_the_labelled_sets():
    rows = [json.loads(line) for line in write_truth(build_demo()).splitlines()]
    assert len(rows) == len({row["case"] for row in rows}) >= 500
    for row in rows:
        assert list(row["labels"]) == [str(post["n"]) for post in row["posts"]]
        assert row["posts"][0]["at"].endswith("Z")
        assert set(row["outcome"]) <= {
            "resolved", "unresolved", "claimed", "handed_over", "pending", "none",
        }  # fmt: skip


def test_every_script_names_an_outcome_for_each_of_its_cases():
    for stage, cases in find_cases(build_demo()).items():
        assert len(cases[0].drafts[0].script.outcomes) in (1, len(cases)), stage


def test_private_and_deleted_posts_are_not_in_the_truth():
    for cases in find_cases(build_demo()).values():
        for case in cases:
            assert all("del" not in draft.flags for draft in case.drafts)
            assert all(draft.visibility != "direct" for draft in case.drafts)
