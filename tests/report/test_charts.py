import json
import re

import altair
import jsonschema
import pytest
import vl_convert

from listener.figures import Clock, Curve, Quantile, Share, Within
from listener.report import charts, pictures
from listener.report.drawings import draw_charts
from listener.report.language import Language
from listener.report.mail_charts import draw_outcomes, draw_waits
from listener.report.trend_charts import render_count_trend, render_median_trend, render_share_trend
from listener.report.waiting import list_readings
from listener.report.waiting_chart import read_curve, render_waiting_chart
from tests.report.builders import MONDAY, World

ENGLISH = Language("en")
CURVE = Curve(
    seconds=(30.0, 600.0, 7200.0), waiting=(0.9, 0.5, 0.2),
    low=(0.7, 0.3, None), high=(0.97, 0.7, None), at_risk=(20, 15, 8), events=(2, 8, 6),
)  # fmt: skip


def make_clock(curve: Curve) -> Clock:
    nothing = Within(3600, None, None, None, "wilson")
    median = Quantile(600, 300, 900, 300_000)
    return Clock("first_reply", 20, 16, 4, 0, median, median, nothing, nothing, curve)


def test_a_curve_is_read_as_the_share_answered_by_then():
    assert read_curve(CURVE, 10) == (0.0, None, None)
    assert read_curve(CURVE, 600) == pytest.approx((0.5, 0.3, 0.7))
    assert read_curve(CURVE, 9999) == (pytest.approx(0.8), None, None)


def test_readings_stop_where_nobody_was_watched_any_more():
    figures = World(cases=30, weeks=1).measure()
    readings = list_readings(figures)
    assert readings[0].first is not None
    rates = [reading.first.rate for reading in readings if reading.first]
    assert rates == sorted(rates)


@pytest.mark.parametrize("width", [280, 955])
def test_the_chart_takes_its_colours_from_the_page_and_nothing_from_elsewhere(width):
    svg = render_waiting_chart(
        [make_clock(CURVE), make_clock(CURVE)], ENGLISH, title='a "b" <c>', width=width, height=200
    )
    assert 'aria-label="a &quot;b&quot; &lt;c>"' in svg
    assert "var(--series-first)" in svg
    assert not re.search(r'"#0[1-7]0', svg)
    assert not re.search(r"\sstyle=|<style|<script|xlink:href|url\(", svg.replace("url(#", ""))
    assert "stroke-dasharray" in svg
    assert "1 min" in svg


def test_an_empty_curve_is_drawn_as_an_empty_chart():
    svg = render_waiting_chart([make_clock(Curve())], ENGLISH, title="none", width=280, height=200)
    assert svg.startswith("<svg")


def test_a_curve_with_thousands_of_steps_stays_small():
    steps = 20_000
    seconds = tuple(60.0 + number * 20 for number in range(steps))
    waiting = tuple(1 - number / steps for number in range(steps))
    curve = Curve(seconds, waiting, waiting, waiting, (1,) * steps, (1,) * steps)
    svg = render_waiting_chart([make_clock(curve)], ENGLISH, title="t", width=955, height=300)
    assert len(svg) < 40_000


def test_trends_leave_gaps_where_there_is_too_little():
    shares = [Share(3, 9, 0.1, 0.6), Share(10, 20, 0.3, 0.7), Share(0, 0, None, None)]
    assert render_share_trend(shares, title="t").count("var(--series-plain)") >= 1
    assert render_count_trend([], title="t").startswith("<svg")
    trend = World(cases=20, weeks=3).measure().trend
    medians = render_median_trend(trend, title="t")
    for colour, name in (
        ("first", "reply"),
        ("helpful", "helpful"),
    ):  # a line, its dots, and a pale bar for each interval
        pale = re.findall(rf'<line[^>]+stroke="var\(--series-{colour}\)"[^>]+>', medians)
        medians_of = [getattr(point, f"first_{name}_median") for point in trend]
        assert len(pale) == sum(median.low is not None for median in medians_of) > 0
        assert all('opacity="0.3"' in each for each in pale)


def test_every_chart_keeps_to_the_grammar_it_is_described_in(monkeypatch):
    """Vega-Lite passes over what it does not know, so that a slip would only be missing."""
    described = []
    charts._draw_spec.cache_clear()
    pictures._paint_spec.cache_clear()
    for name in ("vegalite_to_svg", "vegalite_to_png"):
        draw = getattr(vl_convert, name)
        monkeypatch.setattr(
            vl_convert,
            name,
            lambda spec, draw=draw, **more: described.append(spec) or draw(spec, **more),
        )
    week = World(cases=48, weeks=4).tell(as_of=MONDAY)
    drawn = draw_charts(week.figures, ENGLISH)
    assert draw_waits(week, ENGLISH)
    assert draw_outcomes(week, ENGLISH)
    assert len(described) == len(drawn) + 2 > 10
    for spec in map(json.loads, described):
        altair.Chart.from_dict(spec, validate=True)
    spec["layer"][0]["mark"] = {"type": "bar", "colour": "red"}
    with pytest.raises(jsonschema.ValidationError):
        altair.Chart.from_dict(spec, validate=True)
