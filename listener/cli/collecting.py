"""Rounds of collecting for the terminal: what was read, or what would be."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from listener.cli.failures import make_printable
from listener.cli.tables import cut, tell_width

if TYPE_CHECKING:
    from listener.collect.base import Source
    from listener.jobs.collecting.forecasts import BrandForecast, PlannedSource, RoundForecast
    from listener.jobs.collecting.open_runs import RunResult

_INDENT = "  "
_LONGEST_QUERY = 40
_SHORTEST_NAME = 20
_MOST_TROUBLES = 20
_NAMES = {
    "posts": "own posts",
    "private": "private messages",
    "visits": "open conversations",
    "states": "private posts again",
}


def show_runs(results: "Sequence[RunResult]", months: "Sequence[BrandForecast]", form: str) -> None:
    """Print what became of each run, and what the month on X has cost by now."""
    if form == "json":
        _show_json([_describe(result) for result in results])
        return
    head = ("what", "state", "read", "new", "changed", "gone", "cost")
    rows = [(_name_account(each), _make_row(each), ()) for each in results]
    _write([*list_groups(head, rows, right=5), "", _sum_up(results), *tell_months(months)])


def show_forecast(plan: "RoundForecast", form: str) -> None:
    """Print what a round would read and what it may cost."""
    if form == "json":
        _show_json(_describe_plan(plan))
        return
    head = ("what", "read until (UTC)", "posts a run", "cost a run")
    rows = [(_name_account(each.source), _make_plan_row(each), ()) for each in plan.sources]
    waits = dict.fromkeys(filter(None, map(_tell_wait, plan.sources)))
    groups = list_groups(head, rows, right=2)
    _write([*groups, "", *waits, *_tell_visits(plan), *tell_months(plan.months)])


def show_troubles(results: "Iterable[RunResult]") -> None:
    """Print why runs broke off and what could not be read, each once, on the other stream."""
    troubles: dict[tuple[str, str], list[str]] = {}
    for each in results:
        for line in filter(None, (each.error, *each.problems)):
            names = troubles.setdefault((line, _name_account(each)), [])
            names.append(name_source(each.kind, each.query))
    lines = [_name_places(line, who, names) for (line, who), names in troubles.items()]
    if len(lines) > _MOST_TROUBLES:
        left = len(lines) - _MOST_TROUBLES
        lines[_MOST_TROUBLES:] = [f'and {left} more; "listener coverage" tells all of them']
    sys.stderr.write("".join(f"  {make_printable(line)}\n" for line in lines))


def name_source(kind: str, query: str) -> str:
    """Return what a run reads, as people say it."""
    words = ", ".join(query.splitlines())
    shown = words if len(words) <= _LONGEST_QUERY else f"{words[:_LONGEST_QUERY]}…"
    if kind == "hashtag":
        return f"#{shown}"
    if kind == "search":
        return f"search: {shown}" if shown else "search: mentions"
    return _NAMES.get(kind, kind)


def show_dollars(dollars: Decimal | None) -> str:
    """Return an amount, or that nobody knows it yet."""
    return "not known" if dollars is None else f"${dollars:.2f}"


def show_moment(moment: datetime | None) -> str:
    """Return a time without its zone, which is UTC."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def align(rows: Sequence[Sequence[str]], *, right: int = 0) -> Iterator[str]:
    """Yield rows as lines with columns under each other; the last `right` ones end together."""
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    first_right = len(widths) - right
    for row in rows:
        cells = (
            cell.rjust(width) if number >= first_right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _name_places(line: str, who: str, names: Sequence[str]) -> str:
    """Return a line with what it is about; most errors name the account themselves."""
    is_named = who.rpartition(" ")[2] in line
    return f"{line} ({'' if is_named else f'{who}: '}{', '.join(names)})"


def list_groups(
    head: tuple[str, ...],
    rows: Sequence[tuple[str, tuple[str, ...], Sequence[str]]],
    *,
    right: int = 0,
) -> Iterator[str]:
    """Yield the rows below the accounts they belong to, as wide as the terminal at most.

    Args:
        head: What the columns are called; the first one is cut where room is short.
        rows: Each with its account, and with what there is to be said below it.
        right: How many of the last columns hold numbers.
    """
    groups: dict[str, list[tuple[tuple[str, ...], Sequence[str]]]] = {}
    for account, row, below in rows:
        groups.setdefault(account, []).append((row, below))
    flat = [head, *(row for group in groups.values() for row, _ in group)]
    others = sum(max(len(row[number]) for row in flat) + 2 for number in range(1, len(head)))
    room = max(tell_width() - others - len(_INDENT), _SHORTEST_NAME)
    named = [(cut(row[0], room), *row[1:]) for row in flat]
    lines = align(
        [
            (name if row is head else f"{_INDENT}{name}", *rest)
            for row, (name, *rest) in zip(flat, named, strict=True)
        ],
        right=right,
    )
    yield next(lines)
    for account, group in groups.items():
        yield account
        for line, (_, below) in zip(islice(lines, len(group)), group, strict=True):
            yield line
            yield from (f"{_INDENT * 2}{words}" for words in below)


def _name_account(each: "RunResult | Source") -> str:
    return f"{each.platform} @{each.account}"


def _make_row(result: "RunResult") -> tuple[str, ...]:
    return (
        name_source(result.kind, result.query),
        result.state,
        *map(str, (result.read, result.new, result.changed, result.gone)),
        f"${result.dollars:.3f}" if result.platform == "x" else "",
    )


def _make_plan_row(each: "PlannedSource") -> tuple[str, ...]:
    return (
        name_source(each.source.kind, each.source.query),
        show_moment(each.read_until) or "first run",
        "not known" if each.posts is None else f"{each.posts:.0f}",
        show_dollars(each.dollars) if each.source.platform == "x" else "free",
    )


def _tell_wait(each: "PlannedSource") -> str:
    if each.waits_until is None:
        return ""
    return f"{_name_account(each.source)} asked to wait until {show_moment(each.waits_until)} UTC"


def _sum_up(results: "Sequence[RunResult]") -> str:
    """Return what the round brought, and what servers announce but do not show."""
    new, changed, gone = (
        sum(getattr(each, name) for each in results) for name in ("new", "changed", "gone")
    )
    missing, announced = (
        sum(getattr(each, name) for each in results) for name in ("missing", "announced")
    )
    lost = f"; {missing} of {announced} announced answers could not be had" if missing else ""
    posts = "post" if new == 1 else "posts"
    return f"{new} new {posts}, {changed} changed, {gone} gone{lost}"


def _tell_visits(plan: "RoundForecast") -> Iterator[str]:
    for (platform, brand), count in sorted(plan.visits.items()):
        what = "conversation is" if count == 1 else "conversations are"
        yield f"{brand}: {count} {what} due on {platform}"
    if plan.look_ups:
        what = "post" if plan.look_ups == 1 else "posts"
        yield f"{plan.look_ups} {what} of x would be looked up: a deleted one must be forgotten"


def tell_months(months: "Sequence[BrandForecast]") -> Iterator[str]:
    """Yield a line for all brands together, and one for each that is not all there is."""
    brands = [month for month in months if month.brand]
    for month in months:
        if not month.brand:
            yield f"x in {month.month}: {_tell_month(month)}"
    for month in brands:
        if len(brands) > 1 or month.cap is not None:
            yield f"{_INDENT}{month.brand}: {_tell_month(month)}"


def _tell_month(month: "BrandForecast") -> str:
    spent = show_dollars(month.outlook.spent)
    of_cap = "" if month.cap is None else f" of {show_dollars(month.cap)}"
    expected = month.outlook.expected
    until = "" if expected is None else f", {show_dollars(expected)} expected by its end"
    warning = "; that is above the cap: collection will pause" if month.is_above else ""
    if month.left is not None and month.left <= 0:
        warning = "; a cap is reached: x is read again next month"
    return f"{spent}{of_cap} spent{until}{warning}"


def _write(lines: "Iterable[str]") -> None:
    sys.stdout.write("".join(f"{make_printable(line)}\n" for line in lines))


def _describe(result: "RunResult") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(result), "dollars": float(result.dollars)}


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
                "month": month.month,
                **{
                    name: None if amount is None else float(amount)
                    for name, amount in (
                        ("spent", month.outlook.spent),
                        ("expected", month.outlook.expected),
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
