"""The figures of one brand in all its weeks, and its evidence, from the tables of all parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import polars as pl

from listener.errors import ConfigError
from listener.figures import Method, WeekFigures
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.measuring import Measured
from listener.jobs.partitions.brand_tables import (
    find_first_moment,
    read_nothing,
    read_span,
    save_tables,
)
from listener.jobs.partitions.planning import Setup
from listener.jobs.partitions.stored import Known
from listener.jobs.reports import make_setting
from listener.measure.periods import (
    Period,
    find_last_complete_week,
    find_outcome_period,
    find_week,
    shift_week,
)
from listener.measure.tables import Observation, Tables
from listener.measure.window import find_window_start
from listener.posts import Brand
from listener.report.export import figures_to_json

FIGURES = "figures"
# What is counted at once; a week looks back at about as many again.
WEEKS_AT_ONCE = timedelta(weeks=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandMeasurer:
    """Measures all weeks of a brand from what was written down of its parts.

    Attributes:
        weeks: Their names; all complete ones if empty.
        handles: Whether customers are shown in full or as codes.
        known: What is known of how posts were collected, None if files are all that there is.
    """

    setup: Setup
    observation: Observation
    method: Method
    weeks: tuple[str, ...] = ()
    handles: str = "initials"
    target: Path = field(default_factory=Path)
    known: Known | None = None

    def __call__(self, key: str) -> int:
        """Write evidence and figures of the brand; return how many weeks it has."""
        brand = next(brand for brand in self.setup.brands if brand.key == key)
        target = self.target / key
        target.mkdir(exist_ok=True)
        save_tables(self.setup.folder, key, target, handles=self.handles)
        weeks = {figures.week: figures_to_json(figures) for figures in self._measure(brand)}
        path = self.setup.folder / FIGURES / f"{key}.json"
        path.write_bytes(orjson.dumps(weeks))
        return len(weeks)

    def _measure(self, brand: Brand) -> Iterator[WeekFigures]:
        folder = self.setup.folder
        setting = make_setting(self._fill(brand, read_nothing(folder)), brand)
        observed = min([setting.as_of, *setting.observed_until.values()])
        for periods in _join_weeks(self._list_periods(brand, observed)):
            since = _find_start(periods, brand, observed, self.setup.settle_days)
            until = max(period.until for period in periods)
            tables = read_span(folder, brand.key, since, until)
            measured = self._fill(brand, tables)
            for period in periods:
                yield measure_brand_week(measured, brand, period, setting)

    def _fill(self, brand: Brand, tables: Tables) -> Measured:
        measured = Measured(
            brands=(brand,),
            tables=tables,
            said=tables,
            readable=pl.DataFrame(),
            observation=self.observation,
            method=self.method,
        )
        if self.known is None:
            return measured
        return replace(measured, watch=self.known.watch, texts_since=self.known.texts_since)

    def _list_periods(self, brand: Brand, observed: datetime) -> list[Period]:
        if self.weeks:
            return [find_week(name, brand.time_zone) for name in self.weeks]
        return list_weeks(find_first_moment(self.setup.folder, brand.key), brand, observed)


def _join_weeks(periods: Sequence[Period]) -> Iterator[list[Period]]:
    """Yield weeks that are so near to each other that they are counted together."""
    near: list[Period] = []
    for period in periods:
        if near and not timedelta() <= period.since - near[0].since < WEEKS_AT_ONCE:
            yield near
            near = []
        near.append(period)
    if near:
        yield near


def _find_start(
    periods: Sequence[Period], brand: Brand, observed: datetime, settle_days: int
) -> datetime:
    """Return since when something is needed for these weeks, as reports of them would."""
    zone = brand.time_zone
    return min(
        find_window_start(
            period, find_outcome_period(period, observed, zone, settle_days=settle_days), zone
        )
        for period in periods
    )


def list_weeks(first: datetime | None, brand: Brand, observed_until: datetime) -> list[Period]:
    """Return the complete weeks since a moment, the one in which it lies included."""
    weeks: list[Period] = []
    week = find_last_complete_week(observed_until, brand.time_zone)
    while first is not None and week.until > first:
        weeks.append(week)
        week = shift_week(week, -1, brand.time_zone)
    return weeks[::-1]


def parse_weeks(text: str | None, as_of: datetime) -> tuple[str, ...]:
    """Return the names of weeks such as `2026-W10,2026-W12..2026-W14`; none for all.

    Raises:
        ConfigError: With a line for each part that is no week, or has not begun.
    """
    names: dict[str, None] = {}
    problems = []
    for part in [] if text is None else text.split(","):
        try:
            names |= dict.fromkeys(_spell_out(part.strip()))
        except ValueError as error:
            problems.append(f"--weeks: {error}")
    late = (name for name in names if find_week(name, "UTC").since > as_of + timedelta(days=1))
    problems += [f"--weeks: {name} has not begun" for name in late]
    if problems:
        raise ConfigError(*problems)
    return tuple(sorted(names))


def _spell_out(part: str) -> Sequence[str]:
    first, _, last = part.partition("..")
    week, end = find_week(first, "UTC"), find_week(last or first, "UTC")
    if end.since < week.since:
        msg = f"{last} lies before {first}"
        raise ValueError(msg)
    weeks = [week.name]
    while week.name != end.name:
        week = shift_week(week, 1, "UTC")
        weeks.append(week.name)
    return weeks
