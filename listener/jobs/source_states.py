"""How each source of live collection is doing: when it was last read, and what is wrong."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from listener.measure.coverage import LATEST_END
from listener.measure.watch import Watch, list_known_runs, list_sources
from listener.store.store import Store

BROKEN = ("failed", "stopped", "paused")
_KILLED = "it was killed; nothing is lost, start the collection again"
_SILENT = 'nothing has run since; start "listener collect", or look why nobody does'


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How one source is doing.

    Attributes:
        source: Its key in the ledger.
        state: Of its last run; `removed` if the settings name the source no more.
        last_done: When its last complete run began.
        failing_since: When the first of the runs began that have all broken off since.
        why: Why the last one did.
        next_step: What to do about it; empty if there is nothing to be done.
        retry_at: Until when the platform wants to be left alone, if it still does.
        read_until: When the newest post was seen up to which everything is known.
        problems: What the last run could not read.
    """

    brand: str
    platform: str
    account: str
    kind: str
    query: str
    source: str
    state: str
    last_run: datetime
    last_done: datetime | None
    failing_since: datetime | None
    why: str
    next_step: str
    retry_at: datetime | None
    read_until: datetime | None
    problems: tuple[str, ...]


def list_source_states(
    store: Store, watch: Watch, brands: Collection[str], as_of: datetime
) -> Iterator[SourceState]:
    """Yield the state of everything that was ever read for these brands."""
    removed = set(list_sources(watch, as_of).filter("removed")["source"])
    runs = list_known_runs(watch, as_of).filter(pl.col("brand").is_in(list(brands)))
    for own in runs.sort("started_at", "id").partition_by("source", maintain_order=True):
        last = own.row(-1, named=True)
        cursor = store.load_cursor(last["source"])
        state = "removed" if last["source"] in removed else last["state"]
        why, step = _explain(last, state, as_of)
        yield SourceState(
            **_name_parts(last),
            state=state,
            last_run=last["started_at"],
            last_done=own.filter(state="done")["started_at"].max(),  # type: ignore[arg-type]
            failing_since=_find_first_failure(own),
            why=why,
            next_step=step,
            retry_at=_find_patience(last, as_of),
            read_until=cursor.seen_at if cursor else None,
            problems=tuple(line for line in last["problems"].splitlines() if line),
        )


def _name_parts(run: dict[str, Any]) -> dict[str, str]:
    # An account's host may have a port: its own name ends where the kind begins.
    rest = run["source"].split(":", 2)[-1]
    account, _, query = rest.partition(f":{run['kind']}:")
    names = {name: run[name] for name in ("brand", "platform", "kind", "source")}
    return {**names, "account": account, "query": query}


def _find_first_failure(runs: pl.DataFrame) -> datetime | None:
    """Return when the runs began to break off, None if the last one that ended did not."""
    ended = runs.filter(pl.col("state") != "running")
    done = ended.filter(state="done")["started_at"].max()
    broken = ended if done is None else ended.filter(pl.col("started_at") > done)
    first: datetime | None = broken["started_at"].min()  # type: ignore[assignment]
    return first


def _find_patience(run: dict[str, Any], as_of: datetime) -> datetime | None:
    retry_at: datetime | None = run["retry_at"]
    return retry_at if retry_at is not None and retry_at > as_of else None


def _explain(run: dict[str, Any], state: str, as_of: datetime) -> tuple[str, str]:
    """Return why a run broke off and what to do; messages hold both."""
    if state in ("failed", "paused"):
        why, _, step = (run["error"] or "").rpartition("; ")
        return (why, step) if why else (step, "")
    if state == "stopped":
        why, _, step = _KILLED.partition("; ")
        return why, step
    if state != "removed" and as_of - run["started_at"] > LATEST_END:
        why, _, step = _SILENT.partition("; ")
        return why, step
    return "", ""
