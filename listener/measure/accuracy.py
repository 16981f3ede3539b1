"""How well the program reads, by what people said of cases that chance has drawn.

`docs/reviews.md`, "How well it reads". Only drawn cases count: doubtful ones are wrong more
often, by choice. What the program says is what it says today, of the same posts, without people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from listener.figures import Accuracy, Agreement, Corrected, Estimate, LabelAccuracy, WeekFigures
from listener.measure.handling import MOVED
from listener.measure.reviewed import BY_PERSON, FINER_OUTCOMES, Reviews
from listener.measure.sampling import RANDOM, list_drawable_cases
from listener.measure.statistics.corrections import MIN_REVIEWED_CASES, correct_share
from listener.measure.statistics.samples import measure_f1, measure_sample
from listener.measure.statistics.shares import make_share
from listener.measure.tables import Tables
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS

MIN_OF_STRATUM = 5
"""Weeks with fewer drawn cases are taken together: their weights would be all chance."""

_SIDES: Mapping[str, tuple[str, ...]] = {"brand": BRAND_LABELS, "customer": CUSTOMER_LABELS}
_BOTH = frozenset(BRAND_LABELS) & frozenset(CUSTOMER_LABELS)
_OUTCOMES = ("resolved", "unresolved", "handed_over")


@dataclass(frozen=True, slots=True)
class Sample:
    """The drawn cases that people went through to the end.

    Attributes:
        cases: `case` and `weight`: how many cases of its week it stands for.
        posts: `case`, `weight`, `side`, `language`, `said` and `given` labels.
        skipped: How many were drawn before these and are not finished.
    """

    cases: pl.DataFrame
    posts: pl.DataFrame
    skipped: int


def draw_sample(
    said: Tables,
    held: Reviews,
    brands: tuple[str, ...] = (),
    *,
    since: datetime | None = None,
) -> Sample:
    """Gather the sample of some brands, or of all.

    Args:
        said: The evidence as the program alone reads it.
        held: What people said, and still holds.
        brands: Keys of brands.
        since: Cases that were opened earlier have lost their words.
    """
    frame = list_drawable_cases(said.cases, brands=brands, since=since)
    posts = _pair_labels(said.case_posts, held)
    whole = posts.group_by("case").agg(pl.col("given").is_not_null().all().alias("_whole"))
    drawn = held.cases.filter(pl.col("pick") == RANDOM).select("case").unique()
    done = drawn.join(whole.filter("_whole"), on="case", how="semi")
    cases = _weigh(frame, done)
    last = frame.join(cases, on="case", how="semi").group_by("stratum")
    passed = frame.join(last.agg(pl.col("drawn_at").max().alias("_last")), on="stratum").filter(
        pl.col("drawn_at") <= pl.col("_last")
    )
    return Sample(
        cases.select("case", "weight"),
        posts.join(cases.select("case", "weight"), on="case"),
        passed.height - cases.height,
    )


def _pair_labels(posts: pl.DataFrame, held: Reviews) -> pl.DataFrame:
    """Put the last person's labels beside the program's, of all posts that can be labelled."""
    asked = posts.filter(~pl.col("automatic"), ~pl.col("deleted"))
    last = held.posts.unique("post", keep="last").select(
        pl.col("post").cast(posts.schema["post"]), pl.col("labels").alias("given")
    )
    return asked.select(
        "case",
        "post",
        "side",
        pl.col("read_as").fill_null("und").alias("language"),
        pl.col("labels").alias("said"),
    ).join(last, on="post", how="left")


def _weigh(frame: pl.DataFrame, done: pl.DataFrame) -> pl.DataFrame:
    """Add to each case of the sample how many cases of its week it stands for."""
    marked = frame.select("case", "stratum").join(
        done.with_columns(pl.lit(value=True).alias("_done")), on="case", how="left"
    )
    is_done = pl.col("_done").fill_null(value=False)
    many = is_done.sum().over("stratum") >= MIN_OF_STRATUM
    pooled = marked.with_columns(
        pl.when(many).then("stratum").otherwise(pl.lit("")).alias("stratum"), is_done.alias("_done")
    )
    return pooled.with_columns(
        (pl.len().over("stratum") / pl.col("_done").sum().over("stratum")).alias("weight")
    ).filter("_done")


def measure_accuracy(
    said: Tables,
    held: Reviews,
    brands: tuple[str, ...] = (),
    *,
    since: datetime | None = None,
) -> Accuracy | None:
    """Measure how well labels and outcomes agree with those of people.

    Returns:
        The accuracy; None if nobody has finished a case that chance had drawn.
    """
    if held.is_empty:
        return None
    return rate_sample(said, held, draw_sample(said, held, brands, since=since))


def rate_sample(said: Tables, held: Reviews, sample: Sample) -> Accuracy | None:
    """Measure the same over a sample that was drawn; None if it has no case."""
    if sample.cases.is_empty():
        return None
    languages = sample.posts["language"].unique().sort()
    return Accuracy(
        cases=sample.cases.height,
        posts=sample.posts.height,
        skipped=sample.skipped,
        missing=max(0, MIN_REVIEWED_CASES - sample.cases.height),
        outcome=_measure_outcomes(said.cases, held, sample),
        labels=_measure_labels(sample.posts),
        languages={
            name: _measure_labels(sample.posts.filter(pl.col("language") == name))
            for name in languages
        },
        agreement=measure_agreement(held.posts.join(said.case_posts, on="post", how="semi")),
    )


def _measure_labels(posts: pl.DataFrame) -> dict[str, LabelAccuracy]:
    found = {}
    for side, labels in _SIDES.items():
        own = posts.filter(pl.col("side") == side)
        for label in labels:
            counts = _count_label(own, label)
            if counts.select((pl.col("hit") + pl.col("false") + pl.col("missed")).sum()).item():
                found[f"{side}.{label}" if label in _BOTH else label] = _rate_label(counts)
    return found


def _count_label(posts: pl.DataFrame, label: str) -> pl.DataFrame:
    """Count by case where the program gives a label rightly, wrongly, and not though it should."""
    said, given = (pl.col(name).list.contains(label) for name in ("said", "given"))
    return posts.group_by("case", maintain_order=True).agg(
        pl.col("weight").first(),
        (said & given).sum().alias("hit"),
        (said & ~given).sum().alias("false"),
        (~said & given).sum().alias("missed"),
    )


def _rate_label(counts: pl.DataFrame) -> LabelAccuracy:
    hit, false, missed = (counts[name].cast(pl.Float64) for name in ("hit", "false", "missed"))
    weight = counts["weight"]
    return LabelAccuracy(
        precision=measure_sample(hit, hit + false, weight),
        recall=measure_sample(hit, hit + missed, weight),
        f1=measure_f1(hit, false + missed, weight),
    )


def _measure_outcomes(cases: pl.DataFrame, held: Reviews, sample: Sample) -> Estimate:
    """Compare outcomes where a person told one, and the program could."""
    told = held.cases.unique("case", keep="last").select("case", pl.col("outcome").alias("_told"))
    compared = (
        sample.cases.join(cases.select("case", "outcome"), on="case")
        .join(told.filter(pl.col("_told").is_not_null()), on="case")
        .filter(pl.col("outcome") != "not_revisited")
    )
    right = (compared["outcome"].replace(FINER_OUTCOMES) == compared["_told"]).cast(pl.Int64)
    return measure_sample(right, right.is_not_null().cast(pl.Int64), compared["weight"])


def measure_agreement(reviews: pl.DataFrame) -> Agreement | None:
    """Measure how far the first two people agree of each post that two have labelled."""
    first = reviews.unique(["post", "reviewer"], keep="last", maintain_order=True)
    pairs = (
        first.group_by("post", maintain_order=True)
        .agg(pl.col("labels").head(2))
        .filter(pl.col("labels").list.len() == 2)
        .select(one=pl.col("labels").list.get(0), other=pl.col("labels").list.get(1))
    )
    if pairs.is_empty():
        return None
    names = dict.fromkeys((*BRAND_LABELS, *CUSTOMER_LABELS))
    ones, others = (
        [label in given for given in pairs[name].to_list() for label in names]
        for name in ("one", "other")
    )
    same = sum(set(one) == set(other) for one, other in pairs.iter_rows())
    return Agreement(
        posts=pairs.height,
        same=make_share(same, pairs.height, "posts"),
        kappa=_measure_kappa(ones, others),
    )


def _measure_kappa(ones: list[bool], others: list[bool]) -> float | None:
    total = len(ones)
    agreed = sum(one == other for one, other in zip(ones, others, strict=True)) / total
    yes_one, yes_other = sum(ones) / total, sum(others) / total
    by_chance = yes_one * yes_other + (1 - yes_one) * (1 - yes_other)
    return None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)


def correct_figures(
    program: WeekFigures, said: Tables, tables: Tables, sample: Sample
) -> dict[str, Corrected]:
    """Correct shares of a report for the errors that the program is known to make.

    Args:
        program: The figures as the program alone would have them.
        said: The evidence as the program alone reads it.
        tables: The same with what people said, which is the truth for the sample.
        sample: The drawn cases that people went through.
    """
    both = _pair_cases(said.cases, tables.cases, sample)
    answered = both.filter("answered")
    judged = both.filter(pl.col("outcome_rule_true") == BY_PERSON)
    wanted = {
        "deflection_rate": (program.deflection_rate, answered, "handling", MOVED),
        "bare_deflection_rate": (program.bare_deflection_rate, answered, "handling", ["moved"]),
        **{
            f"outcomes.{name}": (program.outcomes[name], judged, "outcome", [name])
            for name in _OUTCOMES
        },
    }
    return {
        name: correct_share(share, *_measure_errors(cases, column, values), reviewed=both.height)
        for name, (share, cases, column, values) in wanted.items()
    }


def _pair_cases(said: pl.DataFrame, true: pl.DataFrame, sample: Sample) -> pl.DataFrame:
    """Put the truth beside what the program says, for the cases that it counts."""
    columns = ("handling", "outcome", "outcome_rule")
    counted = said.filter("has_need").select("case", "answered", *columns)
    truth = true.select("case", *(pl.col(name).alias(f"{name}_true") for name in columns))
    return sample.cases.join(counted, on="case").join(truth, on="case")


def _measure_errors(
    cases: pl.DataFrame, column: str, values: Sequence[str]
) -> tuple[Estimate, Estimate]:
    """Measure sensitivity and specificity of "the case is one of these"."""
    counts = cases.select(
        "weight",
        said=pl.col(column).is_in(values),
        true=pl.col(f"{column}_true").is_in(values),
    )
    rates = []
    for truth in (True, False):
        part = counts.filter(pl.col("true") == truth)
        right = (part["said"] == truth).cast(pl.Int64)
        rates.append(measure_sample(right, [1] * part.height, part["weight"]))
    return rates[0], rates[1]
