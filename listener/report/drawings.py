"""Draw the charts of a page."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from listener.figures import (
    MIN_CASES_FOR_A_RATE,
    Flow,
    Rhythm,
    ServiceTime,
    TrendPoint,
    WeekFigures,
)
from listener.report import flow_chart, rhythm_chart, trend_charts
from listener.report.language import Language
from listener.report.waiting_chart import render_waiting_chart


def _(text: str) -> str:
    return text


Drawings = dict[str, Markup]
WIDE, NARROW = (955, 320), (280, 230)
OPENING_TITLE = _(
    "How many cases began on which weekday and at which hour; the table below says it"
)
WAITING_TITLE = _("Median waits by weekday and hours; the table below says the same")


def draw_charts(figures: WeekFigures, language: Language) -> Drawings:
    """Return all drawings of a page by their names; what has too few cases is left out."""
    drawn = (
        _draw_waiting(figures, language)
        | _draw_rhythm(figures.rhythm, language)
        | _draw_flow(figures.flow, language)
        | _draw_trends(figures.trend, language.gettext)
    )
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - our own drawing


def _draw_waiting(figures: WeekFigures, language: Language) -> dict[str, str]:
    say = language.gettext
    waiting = say("Share of cases with a first reply and with a first helpful reply over time")
    in_hours = say("The same over time in opening hours")
    drawn = _draw_clocks("waiting", figures, language, waiting)
    return drawn | _draw_clocks("service", figures.service, language, in_hours)


def _draw_rhythm(rhythm: Rhythm, language: Language) -> dict[str, str]:
    if rhythm.total < MIN_CASES_FOR_A_RATE:
        return {}
    drawings = {"opening_map": (rhythm_chart.render_opening_map, OPENING_TITLE)}
    if any(wait.clocked >= MIN_CASES_FOR_A_RATE for wait in rhythm.waits):
        drawings["waiting_map"] = (rhythm_chart.render_waiting_map, WAITING_TITLE)
    return {
        f"{name}_{form}": render(rhythm, language, title=language.gettext(title), width=width)
        for name, (render, title) in drawings.items()
        for form, width in (("wide", rhythm_chart.WIDE), ("narrow", rhythm_chart.NARROW))
    }


def _draw_flow(flow: Flow, language: Language) -> dict[str, str]:
    if flow.total < MIN_CASES_FOR_A_RATE:
        return {}
    title = language.gettext(
        "How %(count)s cases were handled, and what came of those of each handling; "
        "the table below says the same"
    ) % {"count": language.number(flow.total)}
    return {
        f"flow_{name}": flow_chart.render_flow_chart(flow, language, title=title, form=form)
        for name, form in (("wide", flow_chart.WIDE), ("narrow", flow_chart.NARROW))
    }


def _draw_clocks(
    name: str, figures: WeekFigures | ServiceTime | None, language: Language, title: str
) -> dict[str, str]:
    if figures is None or figures.first_reply.total < MIN_CASES_FOR_A_RATE:
        return {}
    clocks = (figures.first_reply, figures.first_helpful_reply)
    return {
        f"{name}_{form}": render_waiting_chart(
            clocks, language, title=title, width=width, height=height
        )
        for form, (width, height) in (("wide", WIDE), ("narrow", NARROW))
    }


def _draw_trends(trend: Sequence[TrendPoint], say: Callable[[str], str]) -> dict[str, str]:
    if len(trend) < 2 or all(point.cases < MIN_CASES_FOR_A_RATE for point in trend):
        return {}
    return {
        "trend_cases": trend_charts.render_count_trend(
            [point.cases for point in trend], title=say("Cases by week")
        ),
        "trend_medians": trend_charts.render_median_trend(trend, title=say("Median waits by week")),
        "trend_fast_no_help": trend_charts.render_share_trend(
            [point.fast_no_help for point in trend], title=say("Quick reply, no help, by week")
        ),
        "trend_deflection": trend_charts.render_share_trend(
            [point.deflection_rate for point in trend], title=say("Sent elsewhere, by week")
        ),
    }
