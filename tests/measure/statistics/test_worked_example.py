"""The example in `docs/statistics.md` is what the program computes."""

import re
from pathlib import Path

import listener.measure.statistics as statistics_package
from listener.measure.statistics import event_table, measure_curve, measure_quantile
from tests.measure.statistics.waits import make_waits

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "statistics.md").read_text(encoding="utf-8")
WAITS = "4 10 10 30+ 45 60 90+ 120 180+ 240+"


def test_the_waits_of_the_example_are_those_computed_here():
    assert ", ".join(WAITS.split()) in PAGE


def test_the_curve_in_the_docs_is_the_curve_computed():
    curve = measure_curve(event_table(make_waits(WAITS)))
    columns = (curve.seconds, curve.at_risk, curve.events, curve.waiting, curve.low, curve.high)
    computed = [
        (f"{seconds:.0f}", str(at_risk), str(events), f"{left:.3f}", f"{low:.3f}", f"{high:.3f}")
        for seconds, at_risk, events, left, low, high in zip(*columns, strict=True)
    ]
    row = r"^\| (\d+) \| (\d+) \| (\d+) \| .*= ([\d.]+) \| ([\d.]+) to ([\d.]+) \|$"
    assert re.findall(row, PAGE, flags=re.MULTILINE) == computed


def test_the_quantiles_in_the_docs_are_those_computed():
    table = event_table(make_waits(WAITS))
    median, p90 = measure_quantile(table, 0.5), measure_quantile(table, 0.9)
    assert (median.seconds, median.low, median.high) == (60, 4, None)
    assert (p90.seconds, p90.longest) == (None, 240)


def test_every_function_named_in_the_docs_exists():
    named = set(re.findall(r"\| `(\w+)`", PAGE))
    assert named
    assert named <= set(statistics_package.__all__)
