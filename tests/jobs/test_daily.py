"""What goes by itself every day costs as much in a store of many years as in a young one."""

from tests.jobs.daily import GROWING, run_day

OLD = 6_000
# How a server lays out its pages decides of some rows whether they are looked at; and what a
# month has cost is summed up each time.
SLACK = 50


def test_no_day_looks_through_the_store_nor_costs_more_when_it_is_four_times_as_large(
    migrated, database_url, tmp_path
):
    with run_day(tmp_path, database_url, old=OLD) as day:
        day.count(8)
        assert day.list_scans() == []
        rows, steps = day.read, day.steps
        day.grow(3 * OLD)
        day.count(7)
        assert day.list_scans() == []
        tasks, made = day.store.load_tasks(), day.store.load_editions()
        assert [error for error in tasks["error"] if error] == []
        # Both days were a Monday.
        assert made["key"].to_list() == ["acme:2026-W10", "acme:2026-W11", "acme:2026-W12"]
    if day.database.is_postgresql:
        assert rows["posts"] > 100
        grown = {name: day.read[name] - rows[name] for name in GROWING - {"spending"}}
    else:
        assert steps.total() > 100
        grown = {statement: more - steps[statement] for statement, more in day.steps.items()}
    assert {name: more for name, more in grown.items() if more > SLACK} == {}
