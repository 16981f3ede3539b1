"""Tables for the terminal."""

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

    from listener.label.evaluation import Evaluation

_PLAIN_WIDTH = 160
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def show_evaluation(evaluation: "Evaluation") -> None:
    """Print precision, recall and F1 of every label, and the sums below."""
    table = Table("label", box=None)
    for name in ("precision", "recall", "F1", "positives"):
        table.add_column(name, justify="right")
    for name, score in evaluation.labels.items():
        if score.positives or score.false_alarms:
            values = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1))
            table.add_row(name, *values, str(score.positives))
    scores = evaluation.as_json()
    lines = [f"macro F1 {scores['macro_f1']:.3f}"]
    lines += [
        f"  {language} {score['macro_f1']:.3f}" for language, score in scores["languages"].items()
    ]
    if evaluation.outcome_accuracy is not None:
        lines.append(f"right outcomes {evaluation.outcome_accuracy:.3f}")
    lines.append(f"{evaluation.cases} cases, {evaluation.posts} posts")
    console = _console()
    console.print(table)
    console.print("\n".join(lines), highlight=False)


def show_cases(cases: "pl.DataFrame", form: str) -> None:
    """Print cases as a table, as CSV or as JSON."""
    if form == "json":
        import orjson

        sys.stdout.write(orjson.dumps(cases.to_dicts(), option=orjson.OPT_INDENT_2).decode())
        sys.stdout.write("\n")
    elif form == "csv":
        sys.stdout.write(cases.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ"))
    else:
        _console().print(_make_table(cases) if cases.height else "no cases", highlight=False)


def _make_table(cases: "pl.DataFrame") -> Table:
    shows_todo = cases["todo"].null_count() < cases.height
    table = Table(box=None, pad_edge=False)
    names = ["case", "brand", "opened", "who", "first reply", "handling", "outcome"]
    if shows_todo:
        names[4:4] = ["to do", "waiting"]
    for name in names:
        width = max(len(name), _longest(cases, name))
        table.add_column(name, no_wrap=True, min_width=width)
    table.add_column("said", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in cases.iter_rows(named=True):
        todo = (_TODOS.get(row["todo"], ""), show_span(row["waiting_seconds"]))
        table.add_row(
            row["case"],
            escape(row["brand"]),
            f"{row['opened_at']:%Y-%m-%d %H:%M}",
            escape(row["who"]),
            *(todo if shows_todo else ()),
            show_span(row["first_reply_seconds"], is_open=row["first_reply_observed"] is False),
            row["handling"],
            row["outcome"],
            escape(" ".join((row["quote"] or "").split())),
        )
    return table


def _longest(cases: "pl.DataFrame", column: str) -> int:
    """Return the width that a column must keep, so that ids can be copied whole."""
    if column not in ("case", "brand", "handling", "outcome"):
        return _WIDTHS.get(column, 0)
    return max(len(value or "") for value in cases[column])


_WIDTHS = {"opened": 16, "to do": 13, "waiting": 6, "first reply": 7, "who": 10}
_TODOS = {"answer": "answer", "promise": "keep promise", "hand_over": "moved, silent"}


def show_span(seconds: float | None, *, is_open: bool = False) -> str:
    """Return a duration in its largest unit, `>` before one that still runs."""
    if seconds is None:
        return ""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{'> ' if is_open else ''}{seconds / size:.0f} {unit}"
    return f"{'> ' if is_open else ''}{seconds:.0f} s"


def _console() -> Console:
    """Return a console that does not fold lines where no terminal reads them."""
    return Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH)
