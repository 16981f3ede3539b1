"""All figures of a brand's period, with how well the program reads its posts.

Reports are measured by this function, and checked by it from the evidence alone.
"""

from dataclasses import dataclass, field, replace

import polars as pl

from listener.figures import Accuracy, WeekFigures
from listener.measure.accuracy import Sample, correct_figures, draw_sample, rate_sample
from listener.measure.periods import Period
from listener.measure.reviewed import Reviews
from listener.measure.setting import Setting
from listener.measure.tables import Tables
from listener.measure.week import measure_week
from listener.posts import Brand


@dataclass(frozen=True, slots=True)
class Proof:
    """What the figures are made from.

    Attributes:
        tables: The evidence; where people said something of a post or a case, that holds.
        said: The evidence as the program alone reads it.
        held: What people said, and still holds.
    """

    tables: Tables
    said: Tables
    held: Reviews = field(default_factory=Reviews)


def measure_brand_week(proof: Proof, brand: Brand, period: Period, setting: Setting) -> WeekFigures:
    """Measure one brand in one period, with how well the program reads its posts."""
    figures = measure_week(proof.tables, brand, period, setting)
    if proof.held.is_empty:
        return figures
    sample = draw_sample(proof.said, proof.held, (brand.key,), since=setting.measured_since)
    accuracy = rate_sample(_select_own(proof.said, brand), proof.held, sample)
    if accuracy is None:
        return figures
    return replace(figures, accuracy=_correct(accuracy, proof, brand, period, setting, sample))


def _correct(
    accuracy: Accuracy,
    proof: Proof,
    brand: Brand,
    period: Period,
    setting: Setting,
    sample: Sample,
) -> Accuracy:
    program = measure_week(proof.said, brand, period, setting)
    return replace(accuracy, corrected=correct_figures(program, proof.said, proof.tables, sample))


def _select_own(said: Tables, brand: Brand) -> Tables:
    """Return the brand's posts alone: a report tells how people agree on these."""
    own = pl.col("brand") == brand.key
    return replace(said, cases=said.cases.filter(own), case_posts=said.case_posts.filter(own))
