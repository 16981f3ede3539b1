"""The ledger of long ago goes; what tells of holes that are still open stays."""

from datetime import timedelta

from listener.store.clearing import LedgerCounts
from listener.store.visits import SavedVisit
from tests.builders import START

DAY = timedelta(days=1)


def run(store, source, day, *, state="done"):
    at = START + day * DAY
    run_id = store.start_run(source, "x", "acme", kind="posts", planned_at=at, started_at=at)
    if state == "done":
        store.finish_run(run_id, finished_at=at, mark=(str(run_id), at))
    elif state == "failed":
        store.fail_run(run_id, finished_at=at, error="no answer")
    return run_id


def visit(store, day, *conversations):
    visits = [SavedVisit(conversation=each, post_id=each) for each in conversations]
    store.save_visits("x", visits, visited_at=START + day * DAY)


def test_old_runs_go_but_each_sources_last_complete_one(store):
    for day in (0, 1):
        run(store, "a", day)
    kept = [run(store, "b", 1)]
    run(store, "b", 2, state="failed")
    run(store, "b", 3, state="killed")
    kept += [run(store, "a", 4), run(store, "a", 10), run(store, "b", 11, state="failed")]
    assert store.clear_ledger(START + 10 * DAY) == LedgerCounts(runs=4, visits=0)
    assert store.load_runs()["id"].to_list() == kept
    assert store.load_cursor("a").newest_id == str(kept[2])


def test_old_visits_go(store):
    visit(store, 0, "1", "2")
    visit(store, 10, "2", "3")
    assert store.clear_ledger(START + 10 * DAY) == LedgerCounts(runs=0, visits=1)
    assert store.load_visits()["conversation"].to_list() == ["2", "3"]


def test_clearing_again_finds_nothing(store):
    run(store, "a", 0)
    run(store, "a", 1)
    visit(store, 0, "1")
    assert store.clear_ledger(START + 5 * DAY) == LedgerCounts(runs=1, visits=1)
    assert store.clear_ledger(START + 5 * DAY) == LedgerCounts(runs=0, visits=0)


def test_the_last_run_of_each_source_can_be_loaded_alone(store):
    run(store, "a", 0)
    last = [run(store, "b", 1, state="failed"), run(store, "a", 2)]
    assert store.load_runs(last_of_each=True)["id"].to_list() == last
    since = START + 2 * DAY
    assert store.load_runs(since, last_of_each=True)["id"].to_list() == last[1:]
