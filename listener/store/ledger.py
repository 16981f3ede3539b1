"""What the store keeps of live collection: runs, cursors, costs and visits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import polars as pl

from listener.posts import Platform, Post, Quotable
from listener.store import clearing, runs, spending, visits, watching
from listener.store.clearing import LedgerCounts
from listener.store.database import Database
from listener.store.runs import Cursor
from listener.store.saving import SaveCounts
from listener.store.spending import Spend
from listener.store.visits import SavedVisit


class Ledger:
    """The part of `Store` that collectors' jobs use; each method raises `StoreError`."""

    _database: Database

    def start_run(
        self,
        source_key: str,
        platform: Platform,
        brand: str,
        *,
        kind: str,
        planned_at: datetime,
        started_at: datetime,
    ) -> int:
        """Record that a run begins to read a source and return the run's number.

        Args:
            source_key: The name of what is read, under which its cursor lies.
            platform: Where it is.
            brand: Key of the brand it is read for.
            kind: What is read, such as `mentions`, or `visits` and `states` for posts
                that are known already.
            planned_at: When the run was due.
            started_at: When it began.
        """
        return runs.start_run(
            self._database,
            source_key,
            platform,
            brand,
            kind=kind,
            planned_at=planned_at,
            started_at=started_at,
        )

    def save_page(
        self,
        run_id: int,
        posts: Iterable[Post],
        *,
        seen_at: datetime,
        gone: Iterable[str] = (),
        spent: Sequence[Spend] = (),
        quoting: Mapping[str, Quotable] | None = None,
    ) -> SaveCounts:
        """Save one answer of a platform in one transaction; it may be repeated.

        Args:
            run_id: The run that counts it.
            posts: What came, saved as by `save_posts`; but what the platform shows
                again, after it was gone, is there again.
            seen_at: When it came.
            gone: Ids, or aliases, of posts that exist no more: as by `mark_deleted`.
            spent: What the answer costs; things that were booked on the same day are not again.
            quoting: What authors say of being quoted, by their ids.
        """
        return runs.save_page(
            self._database,
            run_id,
            posts,
            seen_at=seen_at,
            gone=gone,
            spent=spent,
            quoting=quoting or {},
        )

    def finish_run(
        self,
        run_id: int,
        *,
        finished_at: datetime,
        mark: tuple[str, datetime] | None,
        announced: int = 0,
        missing: int = 0,
        problems: Sequence[str] = (),
        lost: tuple[datetime | None, datetime] | None = None,
    ) -> None:
        """Record that a run came to its end, and move the cursor in the same transaction.

        A run that has ended before, well or badly, is left as it is.

        Args:
            run_id: The run.
            finished_at: When it came to its end.
            mark: The newest id and when it was seen; None leaves the cursor.
            announced: How many posts the platform said there are.
            missing: How many of these were not to be had.
            problems: What else could not be read, a line each; secrets must not be in it.
            lost: Between which moments posts may be missing for good; None as the first
                one means since ever.
        """
        runs.finish_run(
            self._database,
            run_id,
            finished_at=finished_at,
            mark=mark,
            announced=announced,
            missing=missing,
            problems=problems,
            lost=lost,
        )

    def fail_run(
        self,
        run_id: int,
        *,
        finished_at: datetime,
        error: str,
        problems: Sequence[str] = (),
        retry_at: datetime | None = None,
    ) -> None:
        """Record why a run broke off; the cursor stays.

        Args:
            run_id: The run; one that has ended before is left as it is.
            finished_at: When it broke off.
            error: Why, in one line that is free of secrets.
            problems: What could not be read before that, as in `finish_run`.
            retry_at: From when on the platform will answer again, where it told.
        """
        runs.break_off_run(
            self._database,
            run_id,
            "failed",
            finished_at=finished_at,
            error=error,
            problems=problems,
            retry_at=retry_at,
        )

    def pause_run(
        self, run_id: int, *, finished_at: datetime, reason: str, problems: Sequence[str] = ()
    ) -> None:
        """Record that a run was not to go on, such as for the month's cap; the cursor stays.

        Args:
            run_id: The run; one that has ended before is left as it is.
            finished_at: When it stopped.
            reason: Why, in one line; it becomes the run's `error`.
            problems: What could not be read before that, as in `finish_run`.
        """
        runs.break_off_run(
            self._database,
            run_id,
            "paused",
            finished_at=finished_at,
            error=reason,
            problems=problems,
        )

    def close_stale_runs(self, before: datetime) -> int:
        """Mark runs as stopped that began before a moment and were killed; return their number."""
        return runs.close_stale_runs(self._database, before)

    def load_cursor(self, source_key: str) -> Cursor | None:
        """Return up to where a source was read completely, None if it never was."""
        return runs.load_cursor(self._database, source_key)

    def load_runs(
        self, since: datetime | None = None, *, last_of_each: bool = False
    ) -> pl.DataFrame:
        """Return the runs that began since a moment, the first one first, one row each.

        With `last_of_each`, only the latest one of each source.

        `state` is `running`, `done`, `failed`, `paused`, or `stopped` for a killed one;
        `problems` has a line each, 2,000 characters at most.
        """
        return runs.load_runs(self._database, since, last_of_each=last_of_each)

    def save_spending(self, spent: Sequence[Spend]) -> None:
        """Book what was paid for outside of a run; what was booked that day is not again."""
        spending.save_spending(self._database, spent)

    def load_watching_runs(self, since: datetime) -> pl.DataFrame:
        """Return the runs that began since a moment, and how each source stood before it.

        That are its first run, its last one before, and its last complete one; as from
        `load_runs` otherwise.
        """
        return watching.load_watching_runs(self._database, since)

    def load_spent(self, month: str) -> pl.DataFrame:
        """Return a month's costs: platform, brand, day, kind, units, micro_dollars.

        Args:
            month: Such as `2026-03`, in UTC.
        """
        return spending.load_spent(self._database, month)

    def sum_spent(self, platform: Platform, month: str) -> dict[str, int]:
        """Return what a month such as `2026-03` has cost on a platform: micro-dollars by brand."""
        return spending.sum_spent(self._database, platform, month)

    def clear_spent_things(self, before: date) -> int:
        """Drop which things were paid for before a day; what they cost stays."""
        return spending.clear_spent_things(self._database, before)

    def save_visits(
        self,
        platform: Platform,
        visited: Iterable[SavedVisit],
        *,
        visited_at: datetime,
    ) -> None:
        """Keep that conversations were asked for; the latest visit of each stays.

        Args:
            platform: Where they are.
            visited: The conversations.
            visited_at: When.
        """
        visits.save_visits(self._database, platform, visited, visited_at=visited_at)

    def load_visits(self, since: datetime | None = None) -> pl.DataFrame:
        """Return the latest visits, with the columns of `SavedVisit`, platform and visited_at.

        Args:
            since: Leaves out conversations that were last asked for before this moment.
        """
        return visits.load_visits(self._database, since)

    def load_visits_of(self, posts: pl.DataFrame) -> pl.DataFrame:
        """Return the latest visits that were made for some posts: `platform`, `post_id`."""
        return visits.load_visits_of(self._database, posts)

    def clear_ledger(self, before: datetime) -> LedgerCounts:
        """Drop runs and visits from before a moment, which no report asks for any more.

        Each source keeps the last run before it that came to its end: it tells from when on
        there is a hole.
        """
        return clearing.clear_ledger(self._database, before)
