"""How well the program reads a brand's posts, and what that makes of its figures."""

from collections.abc import Collection
from dataclasses import replace

from listener.figures import Accuracy, WeekFigures
from listener.jobs.measuring import Measured
from listener.measure.accuracy import (
    correct_figures,
    draw_sample,
    measure_accuracy,
    rate_sample,
)
from listener.measure.held import find_measured_since
from listener.measure.periods import Period
from listener.measure.setting import Setting
from listener.measure.week import measure_week
from listener.posts import Brand


def measure_reviewed_accuracy(measured: Measured, brands: Collection[Brand]) -> Accuracy | None:
    """Measure how well the program reads some brands; None if nobody can tell."""
    keys = tuple(brand.key for brand in brands)
    since = measured.texts_since and find_measured_since(measured.texts_since)
    return measure_accuracy(measured.said, measured.reviews, keys, since=since)


def measure_brand_week(
    measured: Measured, brand: Brand, period: Period, setting: Setting
) -> WeekFigures:
    """Measure one brand in one period, with how well the program reads its posts."""
    figures = measure_week(measured.tables, brand, period, setting)
    said, held = measured.said, measured.reviews
    if held.is_empty:
        return figures
    sample = draw_sample(said, held, (brand.key,), since=setting.measured_since)
    accuracy = rate_sample(said, held, sample)
    if accuracy is None:
        return figures
    program = measure_week(said, brand, period, setting)
    corrected = correct_figures(program, said, measured.tables, sample)
    return replace(figures, accuracy=replace(accuracy, corrected=corrected))
