"""How well the program reads a brand's posts, and what that makes of its figures."""

from collections.abc import Collection

from listener.figures import Accuracy, WeekFigures
from listener.jobs.measuring import Measured
from listener.measure import brand_week
from listener.measure.accuracy import measure_accuracy
from listener.measure.held import find_measured_since
from listener.measure.periods import Period
from listener.measure.setting import Setting
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
    proof = brand_week.Proof(measured.tables, measured.said, measured.reviews)
    return brand_week.measure_brand_week(proof, brand, period, setting)
