"""Runs, their pages and their cursors: nothing is half-written, no cursor moves too early."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from listener.errors import StoreError
from listener.measure.periods import Period
from listener.measure.watch import (
    Watch,
    count_runs,
    find_live_until,
    find_longest_hole,
    list_gaps,
    list_holes,
    list_sources,
    select_gaps,
)
from listener.store import runs
from listener.store.runs import Cursor
from listener.store.spending import Spend
from tests.builders import START, make_post

SOURCE = "x:acme:acme:mentions:"
LATER = START + timedelta(minutes=5)
MARK = ("1000001", START)
SPEND = Spend(
    platform="x",
    brand="acme",
    day=START.date(),
    kind="post",
    units=1,
    micro_dollars=5_000,
    things=frozenset({"post:1"}),
)


def start(store, source=SOURCE, at=START):
    return store.start_run(source, "x", "acme", kind="mentions", planned_at=at, started_at=at)


def load_run(store, run_id):
    return store.load_runs().row(by_predicate=pl.col("id") == run_id, named=True)


@pytest.mark.parametrize("hours", [0, 30, 75, 1_000])
def test_runs_since_a_moment_tell_the_same_of_it_as_all_runs(store, hours):
    """Of four sources one works, one fails, one has ended, one has begun."""
    for hour in range(0, 96, 8):
        at = START + timedelta(hours=hour)
        if hour % 16 == 0:
            store.finish_run(start(store, "x:acme:a", at), finished_at=at, mark=None)
        store.fail_run(start(store, "x:acme:b", at), finished_at=at, error="no answer")
        if hour < 40:
            store.finish_run(start(store, "x:acme:c", at), finished_at=at, mark=None)
        if hour > 60:
            lost = (at - timedelta(hours=9), at) if hour == 80 else None
            run = start(store, "x:acme:d", at)
            store.finish_run(run, finished_at=at, mark=None, lost=lost)
    since, as_of = START + timedelta(hours=hours), START + timedelta(hours=97)
    found = store.load_watching_runs(since)
    everything = store.load_runs()
    assert found.height < everything.height or hours == 0
    period = Period("", since, as_of) if since < as_of else Period("", as_of, as_of)
    told, expected = (
        [
            list_sources(Watch(runs=each), as_of).rows(),
            find_live_until(Watch(runs=each), as_of).rows(),
            find_longest_hole(list_holes(Watch(runs=each), as_of), period),
            count_runs(each, period),
            select_gaps(list_gaps(each), period),
        ]
        for each in (found, everything)
    )
    assert told == expected
    assert store.load_runs(last_of_each=True)["id"].to_list() == sorted(
        everything.group_by("source").agg(pl.col("id").max())["id"]
    )


def test_a_run_that_begins_is_in_the_ledger(store):
    run = load_run(store, start(store))
    assert (run["source"], run["platform"], run["brand"]) == (SOURCE, "x", "acme")
    assert (run["planned_at"], run["started_at"], run["finished_at"]) == (START, START, None)
    assert (run["state"], run["kind"], run["error"]) == ("running", "mentions", None)
    assert (run["pages"], run["read"], run["problems"]) == (0, 0, "")
    assert run["lost_since"] is run["lost_until"] is run["retry_at"] is None


def test_without_runs_the_frame_has_its_columns(store):
    frame = store.load_runs()
    assert frame.height == 0
    assert frame.schema["finished_at"] == pl.Datetime("us", "UTC")
    assert frame.schema["missing"] == pl.Int64


def test_runs_come_in_order_and_from_a_moment_on(store):
    first, second = start(store), start(store, at=LATER)
    assert store.load_runs()["id"].to_list() == [first, second]
    assert store.load_runs(since=LATER)["id"].to_list() == [second]


def test_the_pages_of_a_run_add_up(store):
    run_id = start(store)
    post = make_post(post_id="1")
    counts = store.save_page(run_id, [post, make_post(post_id="2")], seen_at=START)
    assert (counts.read, counts.new) == (2, 2)
    store.save_page(run_id, [replace(post, text="better")], seen_at=START, gone=["2", "never"])
    run = load_run(store, run_id)
    counted = [run[name] for name in ("pages", "read", "new", "changed", "gone")]
    assert counted == [2, 3, 2, 1, 1]


def test_a_page_without_posts_is_a_page(store):
    run_id = start(store)
    assert store.save_page(run_id, [], seen_at=START).read == 0
    assert load_run(store, run_id)["pages"] == 1


def test_a_page_saved_again_changes_and_books_nothing(store):
    run_id = start(store)
    post, gone = make_post(), make_post(post_id="9")
    store.save_posts([gone], seen_at=START)
    for _ in range(2):
        store.save_page(run_id, [post], seen_at=START, gone=["9"], spent=[SPEND])
    run = load_run(store, run_id)
    assert (run["new"], run["changed"], run["gone"]) == (1, 0, 1)
    assert store.load_spent("2026-03")["micro_dollars"].to_list() == [5_000]


def test_what_is_gone_is_erased_under_any_of_its_ids(store):
    run_id = start(store)
    store.save_posts([make_post("words", post_id="1", aliases=("5",))], seen_at=START)
    store.save_page(run_id, [], seen_at=LATER, gone=["5"])
    (row,) = store.load_posts().iter_rows(named=True)
    assert (row["text"], row["deleted_at"]) == ("", LATER)


def test_what_the_platform_shows_again_is_there_again(store):
    run_id = start(store)
    post = make_post("words", post_id="1", author_name="Anna", aliases=("5",))
    store.save_page(run_id, [post], seen_at=START)
    store.save_page(run_id, [], seen_at=LATER, gone=["5"])
    # What was seen before it was gone proves nothing, and neither does a file.
    store.save_page(run_id, [post], seen_at=START)
    store.save_posts([post], seen_at=LATER + timedelta(days=1))
    assert store.load_posts()["text"].to_list() == [""]
    counts = store.save_page(run_id, [post], seen_at=LATER + timedelta(days=1))
    assert (counts.new, counts.changed) == (0, 1)
    (row,) = store.load_posts().iter_rows(named=True)
    assert (row["text"], row["author_name"], row["deleted_at"]) == ("words", "Anna", None)


def test_a_post_that_a_page_brings_and_calls_gone_is_gone(store):
    store.save_page(start(store), [make_post("words", post_id="1")], seen_at=START, gone=["1"])
    assert store.load_posts()["text"].to_list() == [""]


def test_posts_of_forgotten_people_are_refused_in_pages_too(store):
    store.forget_account("x", "anna")
    counts = store.save_page(start(store), [make_post(author="anna")], seen_at=START)
    assert counts.refused == 1
    assert store.load_posts().height == 0


def test_a_page_of_an_unknown_run_is_refused_whole(store):
    with pytest.raises(StoreError, match="has no run 7"):
        store.save_page(7, [make_post()], seen_at=START, spent=[SPEND])
    assert store.load_posts().height == store.load_spent("2026-03").height == 0


def test_an_error_in_the_pages_source_leaves_nothing(store):
    def stream():
        yield make_post()
        msg = "the page is broken"
        raise ValueError(msg)

    run_id = start(store)
    with pytest.raises(ValueError, match="the page is broken"):
        store.save_page(run_id, stream(), seen_at=START)
    assert (store.load_posts().height, load_run(store, run_id)["pages"]) == (0, 0)


def test_a_source_that_was_never_read_to_its_end_has_no_cursor(store):
    run_id = start(store)
    store.save_page(run_id, [make_post()], seen_at=START)
    assert store.load_cursor(SOURCE) is None
    store.fail_run(run_id, finished_at=LATER, error="no answer")
    assert store.load_cursor(SOURCE) is None


def test_a_finished_run_moves_the_cursor_of_its_source_only(store):
    run_id = start(store)
    store.finish_run(run_id, finished_at=LATER, mark=MARK, announced=9, missing=2)
    assert store.load_cursor(SOURCE) == Cursor(newest_id="1000001", seen_at=START, moved_at=LATER)
    assert store.load_cursor("x:acme:acme:posts:") is None
    run = load_run(store, run_id)
    assert (run["state"], run["finished_at"]) == ("done", LATER)
    assert (run["announced"], run["missing"]) == (9, 2)


def test_a_run_without_a_mark_leaves_the_cursor(store):
    store.finish_run(start(store), finished_at=START, mark=MARK)
    store.finish_run(start(store), finished_at=LATER, mark=None)
    cursor = store.load_cursor(SOURCE)
    assert (cursor.newest_id, cursor.moved_at) == ("1000001", START)


def test_the_next_run_moves_the_cursor_on(store):
    store.finish_run(start(store), finished_at=START, mark=MARK)
    store.finish_run(start(store), finished_at=LATER, mark=("01HZX", LATER))
    assert store.load_cursor(SOURCE) == Cursor(newest_id="01HZX", seen_at=LATER, moved_at=LATER)


@pytest.mark.parametrize("end", ["done", "failed", "paused"])
def test_a_run_ends_only_once(store, end):
    run_id = start(store)
    if end == "done":
        store.finish_run(run_id, finished_at=START, mark=MARK)
    elif end == "failed":
        store.fail_run(run_id, finished_at=START, error="no answer")
    else:
        store.pause_run(run_id, finished_at=START, reason="the cap is reached")
    before, cursor = load_run(store, run_id), store.load_cursor(SOURCE)
    store.finish_run(run_id, finished_at=LATER, mark=("9999999", LATER))
    store.fail_run(run_id, finished_at=LATER, error="another")
    store.pause_run(run_id, finished_at=LATER, reason="a third")
    assert (load_run(store, run_id), store.load_cursor(SOURCE)) == (before, cursor)


def test_a_run_that_nobody_began_cannot_end(store):
    with pytest.raises(StoreError, match="has no run 7"):
        store.finish_run(7, finished_at=START, mark=MARK)
    with pytest.raises(StoreError, match="has no run 7"):
        store.fail_run(7, finished_at=START, error="no answer")
    with pytest.raises(StoreError, match="has no run 7"):
        store.pause_run(7, finished_at=START, reason="the cap is reached")


def test_a_cursor_that_cannot_move_leaves_the_run_open(store, monkeypatch):
    def break_off(*_):
        raise KeyboardInterrupt

    store.finish_run(start(store), finished_at=START, mark=MARK)
    run_id = start(store)
    monkeypatch.setattr(runs, "_move_cursor", break_off)
    with pytest.raises(KeyboardInterrupt):
        store.finish_run(run_id, finished_at=LATER, mark=("9999999", LATER))
    assert load_run(store, run_id)["state"] == "running"
    assert store.load_cursor(SOURCE).newest_id == "1000001"


def test_a_time_without_a_zone_moves_nothing(store):
    run_id = start(store)
    with pytest.raises(ValueError, match="has no time zone"):
        store.finish_run(run_id, finished_at=LATER, mark=("9", START.replace(tzinfo=None)))
    assert load_run(store, run_id)["state"] == "running"
    assert store.load_cursor(SOURCE) is None


def test_an_error_is_kept_as_one_short_line(store):
    run_id = start(store)
    store.fail_run(run_id, finished_at=LATER, error="the server\nbroke\x00 off" + " x" * 1_000)
    run = load_run(store, run_id)
    assert (run["state"], run["finished_at"]) == ("failed", LATER)
    assert run["error"].startswith("the server broke off x")
    assert len(run["error"]) == 500


def test_a_broken_run_knows_when_to_try_again(store):
    run_id = start(store)
    store.fail_run(run_id, finished_at=START, error="too many calls", retry_at=LATER)
    assert load_run(store, run_id)["retry_at"] == LATER


def test_a_paused_run_tells_why_and_leaves_the_cursor(store):
    store.finish_run(start(store), finished_at=START, mark=MARK)
    run_id = start(store)
    store.pause_run(run_id, finished_at=LATER, reason="the cap\nis reached", problems=["late"])
    run = load_run(store, run_id)
    assert (run["state"], run["finished_at"]) == ("paused", LATER)
    assert (run["error"], run["problems"]) == ("the cap is reached", "late")
    assert store.load_cursor(SOURCE).moved_at == START


@pytest.mark.parametrize("since", [None, START])
def test_a_run_tells_between_which_moments_posts_are_lost(store, since):
    run_id = start(store)
    store.finish_run(run_id, finished_at=LATER, mark=MARK, lost=(since, LATER))
    run = load_run(store, run_id)
    assert (run["state"], run["lost_since"], run["lost_until"]) == ("done", since, LATER)


def test_problems_are_kept_once_a_line_each(store):
    run_id = start(store)
    problems = ["post 1 has\nno \x00time", "", "post 2\ud83d is cut", "post 1 has no time"]
    store.finish_run(run_id, finished_at=LATER, mark=None, problems=problems)
    assert load_run(store, run_id)["problems"] == "post 1 has no time\npost 2\ufffd is cut"


@pytest.mark.parametrize("length", [1, 9, 40, 499, 9_000])
def test_too_many_problems_are_counted(store, length):
    run_id = start(store)
    problems = [f"{number} {'x' * length}" for number in range(9_000)]
    store.fail_run(run_id, finished_at=LATER, error="no answer", problems=problems)
    kept = load_run(store, run_id)["problems"]
    assert len(kept) <= 2_000
    *lines, last = kept.split("\n")
    assert lines == [problem[:500] for problem in problems[: len(lines)]]
    assert last == f"(and {9_000 - len(lines)} more)"


def test_runs_of_killed_processes_are_stopped(store):
    old, ended, young = start(store), start(store), start(store, at=LATER)
    store.finish_run(ended, finished_at=START, mark=None)
    assert store.close_stale_runs(LATER) == 1
    assert store.close_stale_runs(LATER) == 0
    states = dict(store.load_runs().select("id", "state").iter_rows())
    assert states == {old: "stopped", ended: "done", young: "running"}
    assert load_run(store, old)["finished_at"] is None


def test_a_run_that_was_wrongly_taken_for_killed_may_still_end(store):
    run_id = start(store)
    store.close_stale_runs(LATER)
    store.save_page(run_id, [make_post()], seen_at=LATER)
    store.finish_run(run_id, finished_at=LATER, mark=MARK)
    assert load_run(store, run_id)["state"] == "done"
    assert store.load_cursor(SOURCE).newest_id == "1000001"


def test_hostile_keys_and_ids_are_stored(store):
    source = "mastodon:acme:acme@social.example:search:" + "é\x00\ud83d" * 9_000
    newest_id = "https://social.example/" + "a" * 9_000
    for _ in range(2):
        store.finish_run(start(store, source), finished_at=START, mark=(newest_id, START))
    assert store.load_cursor(source).newest_id == newest_id
    assert store.load_cursor(source + "x") is None
