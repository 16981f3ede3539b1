"""A ledger of runs, written in a line each."""

from datetime import timedelta

from listener.measure.watch import Watch, make_runs
from tests.measure.world import START

MENTIONS, POSTS = "x:acme:acme:mentions:", "x:acme:acme:posts:"


def run(at, state="done", *, source=MENTIONS, took=timedelta(minutes=1), **changes):
    """Return a run that began `at` so much after the start."""
    platform, brand, _, kind, _ = source.split(":", 4)
    ended = None if state in ("running", "stopped") else START + at + took
    return {
        "source": source,
        "platform": platform,
        "brand": brand,
        "kind": kind,
        "planned_at": START + at,
        "started_at": START + at,
        "finished_at": ended,
        "state": state,
        "lost_since": None,
        "lost_until": None,
        **changes,
    }


def watch(*rows, **options):
    """Return what is known of live collection from these runs."""
    return Watch(runs=make_runs(list(rows)), **options)


def daily(first, last, **changes):
    """Return complete runs, one a day, of both days and those between."""
    return [run(timedelta(days=day), **changes) for day in range(first, last + 1)]
