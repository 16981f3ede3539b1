"""Frozen results: counts, rate and interval travel together. Nothing here computes."""

from listener.figures.accuracy import (
    Accuracy,
    Agreement,
    Corrected,
    Estimate,
    LabelAccuracy,
)
from listener.figures.changes import MAX_Q, Compared, Waits
from listener.figures.clocks import Clock, Curve, Quantile, Within
from listener.figures.comparisons import Difference
from listener.figures.dialogue import Dialogue, Selective
from listener.figures.examples import Examples
from listener.figures.flow import Flow
from listener.figures.private import PrivatePart
from listener.figures.promises import Promises
from listener.figures.rhythm import Rhythm, RhythmWait
from listener.figures.service import ServiceTime
from listener.figures.shares import (
    MIN_CASES_FOR_A_RATE,
    Share,
)
from listener.figures.told import ToldCounts, ToldElsewhere
from listener.figures.voice import Cluster, Voice
from listener.figures.week import (
    Coverage,
    Gap,
    Hole,
    Maturing,
    Method,
    PlatformCoverage,
    Resolution,
    Runs,
    TrendPoint,
    WeekFigures,
)

__all__ = [
    "MAX_Q",
    "MIN_CASES_FOR_A_RATE",
    "Accuracy",
    "Agreement",
    "Clock",
    "Cluster",
    "Compared",
    "Corrected",
    "Coverage",
    "Curve",
    "Dialogue",
    "Difference",
    "Estimate",
    "Examples",
    "Flow",
    "Gap",
    "Hole",
    "LabelAccuracy",
    "Maturing",
    "Method",
    "PlatformCoverage",
    "PrivatePart",
    "Promises",
    "Quantile",
    "Resolution",
    "Rhythm",
    "RhythmWait",
    "Runs",
    "Selective",
    "ServiceTime",
    "Share",
    "ToldCounts",
    "ToldElsewhere",
    "TrendPoint",
    "Voice",
    "Waits",
    "WeekFigures",
    "Within",
]
