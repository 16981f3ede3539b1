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
from listener.jobs.partitions.planning import PLAN, Setup
from listener.jobs.partitions.stored import Known
from listener.jobs.partitions.work_folder import TABLES, read_tables, write_parquet
from listener.jobs.reports import make_setting
from listener.measure.partitions import merge_counts, merge_waits
from listener.measure.periods import Period, find_last_complete_week, find_week, shift_week
from listener.measure.setting import Setting
from listener.measure.tables import Observation, Tables
from listener.posts import Brand
from listener.report.export import figures_to_json, hide_words_and_people

FIGURES = "figures"
# The largest goes first, when nothing else is held.
_ORDER = {
    "posts": ("case", "order"),
    "cases": ("opened_at", "case"),
    "turns": ("case", "turn"),
    "replies": ("post",),
    "promises": ("case", "at", "post"),
}
# No figure is counted from these, and of all posts of a brand they take much room.
_UNCOUNTED = {"posts": ("url", "author_handle", "author_name", "seen_at")}


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
        self._save_evidence(brand)
        tables = read_brand(self.setup.folder, key)
        weeks = {figures.week: figures_to_json(figures) for figures in self._measure(brand, tables)}
        path = self.setup.folder / FIGURES / f"{key}.json"
        path.write_bytes(orjson.dumps(weeks))
        return len(weeks)

    def _measure(self, brand: Brand, tables: Tables) -> Iterator[WeekFigures]:
        measured = Measured(
            brands=(brand,),
            tables=tables,
            said=tables,
            readable=pl.DataFrame(),
            observation=self.observation,
            method=self.method,
        )
        if self.known is not None:
            measured = replace(measured, watch=self.known.watch, texts_since=self.known.texts_since)
        setting = make_setting(measured, brand)
        for period in self._list_periods(brand, tables, setting):
            yield measure_brand_week(measured, brand, period, setting)

    def _list_periods(self, brand: Brand, tables: Tables, setting: Setting) -> list[Period]:
        if self.weeks:
            return [find_week(name, brand.time_zone) for name in self.weeks]
        observed = min([setting.as_of, *setting.observed_until.values()])
        return list_weeks(tables, brand, observed)

    def _save_evidence(self, brand: Brand) -> None:
        """Write table after table, so that one alone is held with all that is known of it."""
        folder = self.target / brand.key
        folder.mkdir(exist_ok=True)
        for name in (*_ORDER, "deletions"):
            # Named nowhere: what has a name is still held while the next one is read.
            write_parquet(self._read_shown(brand, name), folder / f"{name}.parquet")
        for name, merge in (("events", merge_waits), ("counts", merge_counts)):
            merged = merge(_read(self.setup.folder, name, brand.key))
            write_parquet(merged, folder / f"{name}.parquet")

    def _read_shown(self, brand: Brand, name: str) -> pl.DataFrame:
        table = _read_whole(self.setup.folder, name, brand.key)
        return hide_words_and_people(table, handles=self.handles)


def list_weeks(tables: Tables, brand: Brand, observed_until: datetime) -> list[Period]:
    """Return the complete weeks since the brand's first case or post."""
    own = pl.col("brand") == brand.key
    cases, replies = (table.filter(own) for table in (tables.cases, tables.replies))
    moments = [cases["opened_at"].min(), replies["at"].min()]
    first = min((at for at in moments if isinstance(at, datetime)), default=None)
    weeks: list[Period] = []
    week = find_last_complete_week(observed_until, brand.time_zone)
    while first is not None and week.until > first:
        weeks.append(week)
        week = shift_week(week, -1, brand.time_zone)
    return weeks[::-1]


def read_brand(folder: Path, key: str) -> Tables:
    """Return what figures of a brand are counted from, as if all had been measured at once."""
    found = {name: _read_whole(folder, name, key, _UNCOUNTED.get(name, ())) for name in _ORDER}
    return Tables(
        cases=found["cases"],
        case_posts=found["posts"],
        turns=found["turns"],
        replies=found["replies"],
        promises=found["promises"],
        deletions=_read_whole(folder, "deletions", key),
    )


def _read_whole(folder: Path, name: str, key: str, without: Sequence[str] = ()) -> pl.DataFrame:
    if name == "deletions":
        found = read_tables(folder / PLAN / name, pl.col("brand") == key)
        return found.rename({"created_at": "at"})
    return _read(folder, name, key, without).sort(_ORDER[name])


def _read(folder: Path, name: str, key: str, without: Sequence[str] = ()) -> pl.DataFrame:
    dropped = ("_brand", *without)
    return read_tables(folder / TABLES / name, pl.col("_brand") == key, without=dropped)


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
