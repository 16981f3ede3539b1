"""Make the editions that are due: claim, measure once, write, and give back.

An *edition* is one brand's report of one week. Which are due is in `due_editions`.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from listener.errors import ConfigError, DeliveryError, StoreError
from listener.jobs.brands import find_brands
from listener.jobs.collecting.rounds import RunStoppedError, never
from listener.jobs.due_editions import Edition
from listener.jobs.leases import BROKEN_OFF, Leases, holding_editions
from listener.jobs.measuring import Measured
from listener.jobs.reports import (
    ReportRequest,
    check_request,
    write_comparison,
    write_reports,
)
from listener.jobs.unmade_editions import load_made_keys
from listener.jobs.windows import measure_for_reports
from listener.label import Phrases
from listener.settings import Settings
from listener.store.store import Store

__all__ = ["Edition", "MadeEdition", "make_editions"]

LEASE = timedelta(seconds=60)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MadeEdition:
    """What became of an edition that was claimed.

    Attributes:
        folder: Where its report lies, None if it could not be made.
        error: Why not, in one line; the next run tries again.
    """

    edition: Edition
    folder: Path | None = None
    error: str = ""


def make_editions(
    store: Store,
    settings: Settings,
    phrases: Phrases,
    editions: Sequence[Edition],
    *,
    owner: str,
    now: datetime,
    is_stopped: Callable[[], bool] = never,
) -> list[MadeEdition]:
    """Make those of these editions that nobody has made and nobody else is making.

    All posts are measured once, as they are known now. The brands of one week are
    written together, so that they are compared; one that cannot be written stops no
    other. An edition whose maker was killed is taken over when his lease is over.

    Args:
        store: Where posts are, and who makes what.
        settings: Where reports go, and how they look.
        phrases: What posts are read by.
        editions: What is wanted, in this order; weeks must be together.
        owner: Who makes them.
        now: The moment of measuring.
        is_stopped: Whether it is to end at the next step: measuring is one, each week another.

    Returns:
        What became of each that was claimed.

    Raises:
        ConfigError: If the settings of reports are wrong; nothing is claimed then.
        RunStoppedError: If it was to end; what is not made may be made by anybody at once.
        StoreError: If the database fails.
    """
    check_request(_make_request(settings, ()), now)
    claimed = [each for each in editions if store.claim_edition(each.key, owner, lease=LEASE)]
    if not claimed:
        return []
    with holding_editions(store, [each.key for each in claimed], owner, LEASE) as leases:
        maker = _Maker(store, settings, phrases, owner, now, leases, is_stopped)
        try:
            return list(maker.make(claimed))
        except BaseException:
            for each in claimed:
                maker.release(each, BROKEN_OFF)
            raise


@dataclass(slots=True)
class _Maker:
    """One pass over claimed editions."""

    store: Store
    settings: Settings
    phrases: Phrases
    owner: str
    now: datetime
    leases: Leases
    is_stopped: Callable[[], bool]

    def make(self, claimed: Sequence[Edition]) -> Iterator[MadeEdition]:
        brands = find_brands(self.settings, self.store)
        requests = list(self._list_requests(claimed))
        measured = measure_for_reports(
            self.store, self.settings, brands, self.phrases, requests, as_of=self.now
        )
        for week, group in groupby(claimed, key=lambda each: each.week):
            if self.is_stopped():
                raise RunStoppedError
            made = list(self._make_week(measured, week, list(group)))
            yield from made
            own = [each.edition.brand for each in made if each.folder]
            if own:
                self._compare(measured, week, own)

    def _list_requests(self, claimed: Sequence[Edition]) -> Iterator[ReportRequest]:
        """Yield what is to be written, and what it will be compared with."""
        made = load_made_keys(self.store)
        for week in {each.week for each in claimed}:
            keys = [
                brand.key for brand in self.settings.brands if Edition(brand.key, week).key in made
            ]
            own = [each.brand for each in claimed if each.week == week]
            yield _make_request(self.settings, list(dict.fromkeys([*own, *keys])), week)

    def _make_week(
        self, measured: Measured, week: str, claimed: Sequence[Edition]
    ) -> Iterator[MadeEdition]:
        # What somebody else took over meanwhile is his.
        ours = [each for each in claimed if self.leases.holds(each.key)]
        if not ours:
            return
        try:
            request = _make_request(self.settings, [each.brand for each in ours], week)
            folders = write_reports(measured, request, self.phrases).folders
        except (DeliveryError, ConfigError) as error:
            yield from self._make_each(measured, week, ours, str(error))
            return
        for each, folder in zip(ours, folders, strict=True):
            yield from self._finish(each, folder)

    def _make_each(
        self, measured: Measured, week: str, ours: Sequence[Edition], error: str
    ) -> Iterator[MadeEdition]:
        """Make one after the other where they could not be made together."""
        if len(ours) > 1:
            for each in ours:
                yield from self._make_week(measured, week, [each])
            return
        (edition,) = ours
        self.release(edition, error)
        yield MadeEdition(edition, error=error)

    def _finish(self, edition: Edition, folder: Path) -> Iterator[MadeEdition]:
        self.leases.discard(edition.key)
        if self.store.finish_edition(edition.key, self.owner, folder=str(folder.resolve())):
            _log.info("edition=%s state=made", edition.key)
            yield MadeEdition(edition, folder)

    def _compare(self, measured: Measured, week: str, own: Sequence[str]) -> None:
        """Compare with brands whose reports were made apart: earlier, or by somebody else.

        Looked up after the own ones are noted down: of two makers that work at the same
        time at least the later one sees both.
        """
        made = load_made_keys(self.store)
        others = [
            brand.key
            for brand in self.settings.brands
            if brand.key not in own and Edition(brand.key, week).key in made
        ]
        if not others:
            return
        try:
            request = _make_request(self.settings, [*own, *others], week)
            write_comparison(measured, request)
        except (DeliveryError, ConfigError) as error:
            _log.warning("the comparison of %s could not be written: %s", week, error)

    def release(self, edition: Edition, error: str) -> None:
        """Give an edition back; if the database is away, its lease ends by itself."""
        self.leases.discard(edition.key)
        with suppress(StoreError):
            self.store.release_edition(edition.key, self.owner, error=error)


def _make_request(
    settings: Settings, brands: Sequence[str], week: str | None = None
) -> ReportRequest:
    report = settings.report
    return ReportRequest(
        output=report.output,
        brands=tuple(brands),
        week=week,
        language=report.spoken,
        handles=report.handles,
        templates=report.templates,
        archive=report.archive,
    )
