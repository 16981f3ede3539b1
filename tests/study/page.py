"""The page and the figure of the study."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import jinja2
import numpy as np
import vl_convert

from tests.study.claims import Claims
from tests.study.coverage import Tally
from tests.study.grid import ANSWERED, CASES, HOUR, MEDIANS
from tests.study.replicates import Plan
from tests.study.worlds import DAY

ENOUGH = 30  # from so many cases on coverage is to be right on average
FIGURES = {
    "first_reply.within_1h": "first reply within 1 h",
    "first_reply.within_24h": "first reply within 24 h",
    "first_reply.median": "median first reply",
    "first_reply.p90": "90th percentile of first reply",
    "first_helpful_reply.within_24h": "first helpful reply within 24 h",
    "first_helpful_reply.median": "median first helpful reply",
    "deflection_rate": "deflection rate",
    "confirmed_share": "confirmed share",
    "fast_no_help": "fast, no help",
}
SHARES = tuple(name for name in FIGURES if "median" not in name and "p90" not in name)
NAIVE_COLUMNS = {
    "first_reply.median": "median, Kaplan–Meier",
    "naive.median": "median of the answered",
    "naive.mean": "mean of the answered",
    "first_reply.within_24h": "within 24 h, Kaplan–Meier",
    "naive.within_24h": "of all as they stand",
    "naive.answered_24h": "of the answered",
}
WAY_SHAPES = ("circle", "square", "triangle-up")
WAY_COLOURS = ("#1f4e8c", "#b3591a", "#777777")
WAYS = ("first_reply.within_24h", "naive.within_24h", "naive.answered_24h")


@dataclass(frozen=True, slots=True)
class Study:
    """All results: points of the grid, points with losses, and claims."""

    points: tuple[tuple[Plan, dict[str, Tally]], ...]
    losses: tuple[tuple[str, Plan, dict[str, Tally]], ...]
    claims: Claims


def render_study(study: Study) -> str:
    """Return the page as Markdown."""
    environment = jinja2.Environment(  # noqa: S701 - plain text
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    replicates = study.points[0][0].replicates
    named = [name for name in SHARES if name in study.losses[0][2]]
    page = environment.get_template("page.md.j2").render(
        medians=" and ".join(f"{median / HOUR:g} h" for median in MEDIANS),
        answered=" and ".join(f"{share:.0%}" for share in ANSWERED),
        replicates=f"{replicates:,}",
        exact=f"{196 * (0.95 * 0.05 / replicates) ** 0.5:.1f}",
        sizes=CASES,
        enough=ENOUGH,
        coverage=list(_list_coverage(study)),
        **_average(study),
        naive_titles=tuple(NAIVE_COLUMNS.values()),
        naive=list(_list_naive(study)),
        bounds=_show_bounds(study),
        loss_titles=[FIGURES[name] for name in named],
        losses=[
            (title, [_show_loss(tallies.get(name)) for name in named])
            for title, _, tallies in study.losses
        ],
        claims=_show_claims(study.claims),
    )
    return re.sub(r"\|\n\n(?=\|)", "|\n", page)


def _list_coverage(study: Study) -> Iterator[tuple[str, list[str]]]:
    for name, title in FIGURES.items():
        yield title, [_show_range(_collect(study, name, cases)) for cases in CASES]


def _average(study: Study) -> dict[str, object]:
    values = [
        tally.coverage
        for name in FIGURES
        for cases in CASES
        if cases >= ENOUGH
        for tally in _collect(study, name, cases)
    ]
    return {"mean": f"{100 * np.mean(values):.1f}", "number": len(values)}


def _collect(study: Study, name: str, cases: int) -> list[Tally]:
    return [
        tallies[name]
        for plan, tallies in study.points
        if plan.cases == cases and name in tallies and tallies[name].trials
    ]


def _show_range(tallies: Sequence[Tally]) -> str:
    if not tallies:
        return "–"
    values = [100 * tally.coverage for tally in tallies]
    return f"{np.mean(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def _list_naive(study: Study) -> Iterator[tuple[str, list[str]]]:
    for plan, tallies in study.points:
        if plan.cases == CASES[-1]:
            age = "6 h" if plan.age < DAY else f"{plan.age / DAY:g} d"
            yield (
                f"{_name_week(plan)}; {age}",
                [_show_naive(name, tallies.get(name)) for name in NAIVE_COLUMNS],
            )


def _name_week(plan: Plan) -> str:
    return f"median {plan.truth.median / HOUR:g} h, {plan.truth.answered:.0%} answered"


def _show_naive(name: str, tally: Tally | None) -> str:
    is_share = name.endswith("24h")
    return _show_bias(tally, 100 if is_share else 1 / HOUR, "" if is_share else " h")


def _show_bias(tally: Tally | None, scale: float, unit: str = "") -> str:
    if tally is None or not tally.estimates:
        return "–"
    return f"{scale * tally.bias:+.1f}{unit}".replace("-", "−")


def _show_bounds(study: Study) -> dict[str, str]:
    lower, upper, told = (
        [
            tallies[name]
            for plan, tallies in study.points
            if plan.cases == CASES[-1] and plan.age > DAY
        ]
        for name in ("resolution.lower", "resolution.upper", "resolution.told")
    )
    return {
        "held": f"{100 * np.mean([tally.coverage for tally in lower]):.0f}",
        "below": f"{-100 * np.mean([tally.bias for tally in lower]):.0f}",
        "above": f"{100 * np.mean([tally.bias for tally in upper]):.0f}",
        "told": f"{100 * np.mean([tally.bias for tally in told]):+.0f}".replace("-", "−"),
    }


def _show_loss(tally: Tally | None) -> str:
    if tally is None or not tally.estimates:
        return "–"
    return f"{_show_bias(tally, 100)} ({100 * tally.coverage:.0f})"


def _show_claims(claims: Claims) -> dict[str, str]:
    shares = ("logrank", "score", "false_pages", "covered", "found")
    shown = {name: f"{100 * getattr(claims, name):.1f}" for name in shares}
    return {**shown, "pairs": f"{claims.pairs:,}", "points": f"{abs(claims.points):.0f}"}


def render_figure(study: Study) -> str:
    """Return the figure as SVG: coverage by number of cases, and bias of a Monday's report."""
    chart = alt.vconcat(_draw_coverage(study), _draw_bias(study), spacing=36).resolve_scale(
        color="independent", shape="independent"
    )
    spec = chart.configure(background="white").configure_axis(gridColor="#e4e4e4").to_dict()
    return str(vl_convert.vegalite_to_svg(spec))


def _draw_coverage(study: Study) -> alt.FacetChart:
    rows = [
        {"n": str(cases), "coverage": 100 * tally.coverage, "figure": title}
        for name, title in FIGURES.items()
        for cases in CASES
        for tally in _collect(study, name, cases)
    ]
    held = alt.Scale(domain=[88, 100], zero=False)
    band = alt.Chart().mark_rect(color="#dfe9f5").encode(
        y=alt.YDatum(94, scale=held), y2=alt.datum(96)
    )  # fmt: skip
    dots = alt.Chart().mark_circle(color="#1f4e8c", size=38, opacity=0.65).encode(
        x=alt.X("n:O", sort=[str(cases) for cases in CASES], title="cases in the week",
                axis=alt.Axis(labelAngle=0)),
        y=alt.Y("coverage:Q", scale=held, title="held the truth, %"),
    )  # fmt: skip
    return (
        alt.layer(band, dots, data=alt.InlineData(values=rows))
        .properties(width=170, height=120)
        .facet(facet=alt.Facet("figure:N", title=None, sort=list(FIGURES.values())), columns=3)
        .properties(
            title="Coverage of 95 % intervals (a dot: a point of the grid; band: 94 to 96 %)"
        )
    )


def _draw_bias(study: Study) -> alt.Chart:
    shown = {name: NAIVE_COLUMNS[name] for name in WAYS}
    rows = [
        {"error": 100 * tally.bias, "way": title, "week": week}
        for plan, tallies in study.points
        if plan.cases == CASES[-1] and plan.age < DAY
        for week in [_name_week(plan)]
        for name, title in shown.items()
        if (tally := tallies.get(name)) is not None
    ]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=90, filled=True)
        .encode(
            x=alt.X("error:Q", title="mean error, points"),
            y=alt.Y("week:N", title=None),
            shape=alt.Shape("way:N", title=None, scale=_scale(shown, WAY_SHAPES)),
            color=alt.Color("way:N", title=None, scale=_scale(shown, WAY_COLOURS)),
        )
        .properties(
            width=540, height=110, title="“Answered within 24 h” in a Monday's report, 300 cases"
        )
    )


def _scale(shown: dict[str, str], marks: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(shown.values()), range=list(marks))
