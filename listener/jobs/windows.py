"""Measure what reports need: the conversations of their weeks, not the whole store."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from listener.jobs.choices import choose_brands
from listener.jobs.measuring import Measured, measure_by_settings
from listener.jobs.reports import ReportRequest, choose_period, make_setting
from listener.label import Phrases
from listener.measure.periods import find_outcome_period
from listener.measure.window import find_window_start
from listener.posts import Brand
from listener.settings import Settings
from listener.store.store import Store


def measure_for_reports(
    store: Store,
    settings: Settings,
    brands: Sequence[Brand],
    phrases: Phrases,
    requests: Sequence[ReportRequest],
    *,
    as_of: datetime,
    only_requested: bool = False,
    with_private: bool = True,
) -> Measured:
    """Measure as far back as the reports look.

    How far that is depends on until when each brand was observed, which is known
    afterwards: where it was not far enough, it is done again. All posts are read where a
    brand wrote nothing for so long that its last word is not found, and where people have
    labelled cases that chance drew, for these stand for all that there are.

    Args:
        store: Where the posts are.
        settings: What is known of sources and delays.
        brands: All brands.
        phrases: What posts are read by.
        requests: The reports; their brands must exist.
        as_of: The moment of measuring.
        only_requested: Whether nothing is asked of other brands than those of the requests.
        with_private: Whether private messages are looked at.
    """
    measure = partial(
        measure_by_settings,
        store,
        settings,
        brands,
        phrases,
        as_of=as_of,
        chosen=_list_chosen(brands, requests) if only_requested else (),
        with_private=with_private,
    )
    since = _guess_start(store, settings, brands, requests, as_of)
    measured = measure(since=since)
    if since is None:
        return measured
    needed = find_needed_start(store, measured, requests)
    if needed is not None and needed >= since:
        return measured
    return measure(since=needed)


def _list_chosen(brands: Sequence[Brand], requests: Sequence[ReportRequest]) -> tuple[str, ...]:
    """Return the keys of the brands of the requests; nothing where these are all."""
    wanted = {brand.key for each in requests for brand in choose_brands(brands, each.brands)}
    return () if len(wanted) == len(brands) else tuple(sorted(wanted))


def _guess_start(
    store: Store,
    settings: Settings,
    brands: Sequence[Brand],
    requests: Sequence[ReportRequest],
    as_of: datetime,
) -> datetime | None:
    """Guess as if each brand had been observed until the newest post."""
    newest = store.load_newest_post(as_of)
    if newest is None or store.load_case_reviews(as_of).height:
        return None
    return min(
        _find_start(brand, request, newest, settings.settle_days)
        for request in requests
        for brand in choose_brands(brands, request.brands)
    )


def find_needed_start(
    store: Store, measured: Measured, requests: Sequence[ReportRequest]
) -> datetime | None:
    """Return since when conversations must have been read for these reports; None: all."""
    starts, seen = [], _list_seen(measured)
    for request in requests:
        for brand in choose_brands(measured.brands, request.brands):
            if not _is_seen(store, measured, brand, seen):
                return None
            setting = make_setting(measured, brand)
            observed = min([setting.as_of, *setting.observed_until.values()])
            starts.append(_find_start(brand, request, observed, setting.settle_days))
    return min(starts)


def _find_start(
    brand: Brand, request: ReportRequest, observed: datetime, settle_days: int
) -> datetime:
    period = choose_period(brand, request, observed)
    judged = find_outcome_period(period, observed, brand.time_zone, settle_days=settle_days)
    return find_window_start(period, judged, brand.time_zone)


def _list_seen(measured: Measured) -> set[tuple[str, str]]:
    """List of which brands something was seen, and on which platforms."""
    tables, live = measured.tables, measured.observation.live
    told = [tables.case_posts, tables.replies, *([live] if live is not None else [])]
    return {row for table in told for row in table.select("brand", "platform").unique().iter_rows()}


def _is_seen(store: Store, measured: Measured, brand: Brand, seen: set[tuple[str, str]]) -> bool:
    """Whether the end of the brand's observation is known on each of its platforms.

    It comes from runs, or from the newest post: one before all that were read may be it.
    """
    platforms = {account.platform for account in brand.accounts}
    silent = {platform for platform in platforms if (brand.key, platform) not in seen}
    if measured.since is None or not silent:
        return True
    return not store.has_older_posts(silent, measured.since)
