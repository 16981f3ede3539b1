"""Shares, waiting times and comparisons with their uncertainty (`docs/measures.md`, section 8)."""

from listener.measure.statistics.clocks import measure_clock
from listener.measure.statistics.comparisons import (
    correct_benjamini_hochberg,
    measure_difference,
    measure_logrank,
)
from listener.measure.statistics.corrections import correct_share
from listener.measure.statistics.curves import measure_curve, measure_within
from listener.measure.statistics.events import event_table, event_tables, merge_event_tables
from listener.measure.statistics.medians import measure_medians
from listener.measure.statistics.quantiles import measure_quantile
from listener.measure.statistics.samples import measure_f1, measure_sample
from listener.measure.statistics.shares import make_share, measure_wilson, wilson_expr

__all__ = [
    "correct_benjamini_hochberg",
    "correct_share",
    "event_table",
    "event_tables",
    "make_share",
    "measure_clock",
    "measure_curve",
    "measure_difference",
    "measure_f1",
    "measure_logrank",
    "measure_medians",
    "measure_quantile",
    "measure_sample",
    "measure_wilson",
    "measure_within",
    "merge_event_tables",
    "wilson_expr",
]
