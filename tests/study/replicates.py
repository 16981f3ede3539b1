"""Measure hundreds of weeks in one pass, as the program measures one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from listener.figures import Method, WeekFigures
from listener.measure.cases import build_threads
from listener.measure.periods import find_week
from listener.measure.setting import Setting
from listener.measure.tables import Observation, Tables, build_tables
from listener.measure.week import measure_week
from listener.posts import Brand
from tests.study.worlds import (
    NOTHING_LOST,
    Losses,
    Truth,
    after,
    draw_cases,
    list_brands,
    write_posts,
)

METHOD = Method(measures_version="study", phrases_digest="", labeller="given")
WEEK_NAME = "2026-W10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One point of the grid.

    Attributes:
        truth: How the brand works.
        cases: In each week.
        replicates: How many weeks are drawn.
        age: How long after the end of the week one looks, in seconds.
        behind: How far collection is behind then, in seconds.
        losses: What was not collected.
        seed: Of all that chance decides.
    """

    truth: Truth
    cases: int
    replicates: int
    age: float
    behind: float = 0.0
    losses: Losses = NOTHING_LOST
    seed: int = 2026


@dataclass(frozen=True, slots=True)
class Replicate:
    """One week: its figures, and the cases and tables that they are made of."""

    brand: Brand
    figures: WeekFigures
    tables: Tables
    setting: Setting


def run_plan(plan: Plan) -> Iterator[Replicate]:
    """Draw and measure the weeks of a plan."""
    random = np.random.default_rng(plan.seed)
    draws = draw_cases(plan.truth, plan.cases * plan.replicates, random)
    posts, labels = write_posts(draws, plan.cases, plan.losses, random)
    brands = list_brands(plan.replicates)
    yield from _measure(posts, labels, brands, plan)


def _measure(
    posts: pl.DataFrame, labels: pl.DataFrame, brands: Sequence[Brand], plan: Plan
) -> Iterator[Replicate]:
    as_of = after(plan.age)
    known = posts.filter(pl.col("created_at") <= after(plan.age - plan.behind))
    threads = build_threads(known, brands, as_of=as_of)
    read = threads.posts.select("post", "post_id").join(
        labels, on="post_id", how="left", maintain_order="left"
    )
    until = pl.DataFrame(
        {
            "brand": [brand.key for brand in brands],
            "platform": "x",
            "observed_until": after(plan.age - plan.behind),
        },
        schema_overrides={"observed_until": pl.Datetime("us", "UTC")},
    )
    tables = build_tables(
        threads, read.drop("post_id"), brands, Observation(as_of=as_of, until=until)
    )
    setting = Setting(
        as_of=as_of,
        settle_days=7,
        method=METHOD,
        grade="complete",
        observed_until={"x": after(plan.age - plan.behind)},
    )
    week = find_week(WEEK_NAME, "UTC")
    for brand, own in zip(brands, _divide(tables, brands), strict=True):
        yield Replicate(brand, measure_week(own, brand, week, setting), own, setting)


def _divide(tables: Tables, brands: Sequence[Brand]) -> Iterator[Tables]:
    """Yield each brand's own tables: to search those of all for each would take hours."""
    parts = {
        name: getattr(tables, name).partition_by("brand", as_dict=True)
        for name in ("cases", "case_posts", "replies", "deletions")
    }
    owners = tables.cases.select("case", "brand")
    for name in ("turns", "promises"):
        table = getattr(tables, name)
        owned = table.drop("brand", strict=False).join(owners, on="case", maintain_order="left")
        own = owned.partition_by("brand", as_dict=True)
        parts[name] = {brand: rows.select(table.columns) for brand, rows in own.items()}
    for brand in brands:
        yield Tables(
            **{
                name: own.get((brand.key,), getattr(tables, name).clear())
                for name, own in parts.items()
            }
        )
