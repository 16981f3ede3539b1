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

_SEEN = ("told_first", "outcome")
_READ = ("brand", "week", "opened_at", "untagged", "has_need", *_SEEN)


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
    own = tables.cases.select(_READ).filter(
        (pl.col("brand") == brand.key) & pl.col("week").is_in([week.name for week in known])
    )
    counted = (
        with_need(own)
        .group_by("week")
        .agg(
            pl.col("opened_at").min(),
            pl.len().alias("cases"),
            *((pl.col(seen) == end).sum().alias(f"{seen}.{end}") for seen in _SEEN for end in TOLD),
        )
    )
    return tuple(
        Maturing(week, cases, _confirm(*told[:2]), _confirm(*told[2:]))
        for week, _, cases, *told in counted.sort("opened_at").iter_rows()
    )


def _confirm(resolved: int, unresolved: int) -> Share:
    return make_share(resolved, resolved + unresolved)
