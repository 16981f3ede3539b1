"""Rounds of collecting for the terminal: what was read, or what would be."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from listener.jobs.collecting.forecasts import BrandForecast, RoundForecast
    from listener.jobs.collecting.open_runs import RunResult

_LONGEST_QUERY = 40


def show_runs(results: "Sequence[RunResult]", form: str) -> None:
    """Print what became of each run."""
    if form == "json":
        _show_json([_describe(result) for result in results])
        return
    head = ("account", "what", "state", "read", "new", "changed", "gone", "cost")
    rows = [
        (
            f"{result.platform} {result.account}",
            name_source(result.kind, result.query),
            result.state,
            *map(str, (result.read, result.new, result.changed, result.gone)),
            f"${result.dollars:.3f}" if result.platform == "x" else "",
        )
        for result in results
    ]
    sys.stdout.write("".join(f"{line}\n" for line in align([head, *rows], right=4)))


def show_forecast(plan: "RoundForecast", form: str) -> None:
    """Print what a round would read and what it may cost."""
    if form == "json":
        _show_json(_describe_plan(plan))
        return
    head = ("account", "what", "read until (UTC)", "posts a run", "cost a run")
    rows = [
        (
            f"{each.source.platform} {each.source.account}",
            name_source(each.source.kind, each.source.query),
            show_moment(each.read_until) or "first run",
            "unknown yet" if each.posts is None else f"{each.posts:.0f}",
            show_dollars(each.dollars) if each.source.platform == "x" else "free",
        )
        for each in plan.sources
    ]
    lines = [*align([head, *rows], right=2), "", *_tell_visits(plan), *_tell_months(plan.months)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def name_source(kind: str, query: str) -> str:
    """Return what a run reads, as people say it."""
    words = ", ".join(query.splitlines())
    shown = words if len(words) <= _LONGEST_QUERY else f"{words[:_LONGEST_QUERY]}…"
    if kind == "hashtag":
        return f"#{shown}"
    if kind == "search":
        return f"search: {shown}" if shown else "search: mentions"
    return {"visits": "open conversations", "states": "private posts again"}.get(kind, kind)


def show_dollars(dollars: Decimal | None) -> str:
    """Return an amount, or that nobody knows it yet."""
    return "unknown yet" if dollars is None else f"${dollars:.2f}"


def show_moment(moment: datetime | None) -> str:
    """Return a time without its zone, which is UTC."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def align(rows: Sequence[Sequence[str]], *, right: int = 0) -> Iterator[str]:
    """Yield rows as lines with columns under each other; the last `right` ones end together."""
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    first_right = len(widths) - right - 1
    for row in rows:
        cells = (
            cell.rjust(width) if number >= first_right and right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _tell_visits(plan: "RoundForecast") -> Iterator[str]:
    for (platform, brand), count in sorted(plan.visits.items()):
        yield f"{brand}: {count} conversations on {platform} are due"
    if plan.look_ups:
        yield f"{plan.look_ups} posts on x would be looked up, to see whether they still exist"


def _tell_months(months: "Iterable[BrandForecast]") -> Iterator[str]:
    for month in months:
        name = month.brand or "all brands"
        cap = "no cap" if month.cap is None else f"cap {show_dollars(month.cap)}"
        expected = show_dollars(month.forecast.expected)
        warning = "; above the cap: collection will pause" if month.is_above else ""
        spent = show_dollars(month.forecast.spent)
        yield (
            f"{name}, {month.forecast.month} on x: spent {spent}, expected {expected}, "
            f"{cap}{warning}"
        )


def _describe(result: "RunResult") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(result)


def _describe_plan(plan: "RoundForecast") -> dict[str, Any]:
    return {
        "sources": [
            {
                "source": each.source.key,
                "read_until": each.read_until,
                "waits_until": each.waits_until,
                "posts": each.posts,
                "dollars": None if each.dollars is None else float(each.dollars),
            }
            for each in plan.sources
        ],
        "visits": [
            {"platform": platform, "brand": brand, "conversations": count}
            for (platform, brand), count in sorted(plan.visits.items())
        ],
        "look_ups": plan.look_ups,
        "months": [
            {
                "brand": month.brand or None,
                "month": month.forecast.month,
                **{
                    name: None if amount is None else float(amount)
                    for name, amount in (
                        ("spent", month.forecast.spent),
                        ("expected", month.forecast.expected),
                        ("cap", month.cap),
                        ("left", month.left),
                    )
                },
            }
            for month in plan.months
        ],
    }


def _show_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    import orjson

    sys.stdout.write(f"{orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()}\n")
