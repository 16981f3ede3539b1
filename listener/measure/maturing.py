"""How earlier weeks have matured: what customers said at first, and by now.

`docs/measures.md`, section 4. Customers come back weeks later.
"""

import polars as pl

from listener.figures import Maturing, Share
from listener.measure.first_told import TOLD
from listener.measure.periods import Period, shift_week
from listener.measure.selection import with_need
from listener.measure.setting import Setting
from listener.measure.statistics import make_share
from listener.measure.tables import Tables
from listener.measure.window import MATURING_WEEKS
from listener.posts import Brand


def measure_maturing(
    tables: Tables, brand: Brand, judged: Period, setting: Setting
) -> tuple[Maturing, ...]:
    """Measure the weeks before the one whose outcomes are told, oldest first.

    A free period has none, and neither have weeks of which words are gone.
    """
    if "W" not in judged.name:
        return ()
    weeks = [shift_week(judged, -n, brand.time_zone) for n in range(MATURING_WEEKS, 0, -1)]
    since = setting.measured_since
    known = [week for week in weeks if since is None or week.since >= since]
    own = with_need(tables.cases.filter(pl.col("brand") == brand.key))
    told = own.filter(pl.col("week").is_in([week.name for week in known]))
    by_week = told.sort("opened_at").partition_by("week", maintain_order=True)
    return tuple(_measure_week(cases["week"].item(0), cases) for cases in by_week)


def _measure_week(name: str, cases: pl.DataFrame) -> Maturing:
    return Maturing(
        week=name,
        cases=cases.height,
        first=_confirm(cases["told_first"]),
        now=_confirm(cases["outcome"]),
    )


def _confirm(outcomes: pl.Series) -> Share:
    resolved, unresolved = (outcomes.filter(outcomes == outcome).len() for outcome in TOLD)
    return make_share(resolved, resolved + unresolved)
