"""Weeks whose truth is known: who asks when, who is answered, and how it ends.

Each replicate is a brand of its own, so that one pass of the real program measures
hundreds of weeks. Posts say nothing; what they mean is given with them, for this is
about the statistics, not about reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from listener.posts import LABELS, Account, Brand, posts_schema

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = 7 * 86_400.0
DAY = 86_400.0

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """By what rules a brand answers, and its customers tell how it ended.

    Attributes:
        median: Of the time to a reply, in seconds, of those that ever get one.
        spread: Sigma of its logarithm.
        answered: The share of customers who ever get a reply.
        moved: The share of replies that hand over.
        helped_later: The share of those handed over who get help in public later.
        later: Mean of that further time, in seconds, exponential.
        solved: The share of answered customers who say that it is solved.
        unsolved: The share who say that it is not.
        quiet: The share of the other answered customers who were helped and say nothing.
    """

    median: float = 3 * 3600.0
    spread: float = 1.2
    answered: float = 0.9
    moved: float = 0.5
    helped_later: float = 0.3
    later: float = 2 * DAY
    solved: float = 0.2
    unsolved: float = 0.2
    quiet: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What the collector does not see.

    Attributes:
        missing: The share of all posts that were never collected.
        deleting: The share of customers who delete their post if nobody has answered
            within a day.
    """

    missing: float = 0.0
    deleting: float = 0.0


NOTHING_LOST = Losses()


@dataclass(frozen=True, slots=True)
class Draws:
    """What really happens, one entry a case; never is `inf`.

    Attributes:
        asked: Seconds after Monday.
        replied: Seconds from asking to the reply.
        helped: Seconds from asking to the first helpful reply.
        told: Seconds from asking to the customer's word on how it ended.
        is_moved: Whether the reply hands over.
        is_solved: Whether that word is "solved".
    """

    asked: Numbers
    replied: Numbers
    helped: Numbers
    told: Numbers
    is_moved: Flags
    is_solved: Flags


def draw_cases(truth: Truth, count: int, random: np.random.Generator) -> Draws:
    """Draw independent cases of one week."""
    replied = truth.median * np.exp(truth.spread * random.standard_normal(count))
    replied[random.random(count) >= truth.answered] = np.inf
    is_moved = random.random(count) < truth.moved
    further = random.exponential(truth.later, count)
    further[random.random(count) >= truth.helped_later] = np.inf
    helped = replied + np.where(is_moved, further, 0.0)
    word = random.random(count)
    tells = word < truth.solved + truth.unsolved
    told = np.where(tells, replied + 60 + random.exponential(DAY, count), np.inf)
    return Draws(random.random(count) * WEEK, replied, helped, told, is_moved, word < truth.solved)


def list_brands(count: int) -> list[Brand]:
    """Return one brand a replicate."""
    names = [f"r{number:05d}" for number in range(count)]
    return [Brand(key=n, name=n, accounts=(Account(platform="x", handle=n),)) for n in names]


def write_posts(
    draws: Draws, per_brand: int, losses: Losses, random: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write down what was said.

    Returns:
        The posts frame, and their labels by `post_id`.
    """
    count = len(draws.asked)
    gone = (random.random(count) < losses.deleting) & (draws.replied > DAY)
    parts = [
        pl.DataFrame(part | {"brand": np.arange(count) // per_brand, "number": np.arange(count)})
        for part in _say_all(draws, gone)
    ]
    said = pl.concat(parts, how="vertical_relaxed").filter(pl.col("seconds").is_finite())
    said = said.filter(pl.Series(random.random(said.height) >= losses.missing))
    return _shape(said), _label(said)


def _say_all(draws: Draws, gone: Flags) -> Iterator[dict[str, object]]:
    """Yield question, reply, later help, and the customer's last word."""
    never = np.full(len(draws.asked), np.inf)
    kinds = np.where(draws.is_moved, "dm", "answer")
    later = np.where(draws.is_moved, draws.helped, np.inf)
    ends = np.where(draws.is_solved, "solved", "unsolved")
    deleted = np.where(gone, draws.asked + DAY, never)
    for step, (side, seconds, label, removed) in enumerate(
        (
            ("customer", np.zeros(len(never)), "need", deleted),
            ("brand", draws.replied, kinds, never),
            ("brand", later, "answer", never),
            ("customer", draws.told, ends, never),
        )
    ):
        yield {
            "step": step,
            "side": side,
            "label": np.broadcast_to(label, len(never)),
            "seconds": draws.asked + seconds,
            "deleted": removed,
        }


def _shape(said: pl.DataFrame) -> pl.DataFrame:
    brand = pl.format("r{}", pl.col("brand").cast(pl.String).str.zfill(5))
    customer = pl.format("c{}", "number")
    by_brand = pl.col("side") == "brand"
    author = pl.when(by_brand).then(brand).otherwise(customer)
    other = pl.when(by_brand).then(customer).otherwise(brand)
    first = pl.format("{}", pl.col("number") * 10)
    known = {
        "platform": pl.lit("x"),
        "post_id": _name(),
        "author_id": author,
        "author_handle": author,
        # No two replies are alike: equal ones at one time would be automatic.
        "text": pl.format("@{} {}", other, _spell(pl.col("number") * 10 + pl.col("step"))),
        "language": pl.lit("en"),
        "mentions": pl.concat_list(other),
        "visibility": pl.lit("public"),
        "created_at": _moment("seconds"),
        "deleted_at": _moment("deleted"),
        "reply_to_id": pl.when(pl.col("step") > 0).then(first),
        "conversation_id": first,
    }
    columns = [
        known.get(name, pl.lit(None)).cast(kind).alias(name)
        for name, kind in posts_schema().items()
    ]
    return said.select(columns).sort("created_at", "post_id")


def _name() -> pl.Expr:
    return (pl.col("number") * 10 + pl.col("step")).cast(pl.String)


def _spell(number: pl.Expr) -> pl.Expr:
    """Return a number as letters: digits do not tell automatic replies apart."""
    return number.cast(pl.String).str.replace_many(list("0123456789"), list("abcdefghij"))


def _moment(column: str) -> pl.Expr:
    seconds = pl.col(column)
    known = pl.when(seconds.is_finite()).then(seconds)
    start = pl.lit(MONDAY).dt.cast_time_unit("us")
    return start + pl.duration(microseconds=(known * 1e6).cast(pl.Int64))


def _label(said: pl.DataFrame) -> pl.DataFrame:
    flags = [(pl.col("label") == label).alias(label) for label in LABELS]
    return said.select(_name().alias("post_id"), pl.lit("en").alias("language"), *flags)


def after(seconds: float) -> datetime:
    """Return the moment so long after the end of the week."""
    return MONDAY + timedelta(seconds=WEEK + seconds)
