"""Tables for the terminal."""

import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from listener.cli.plain import make_harmless

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from listener.label.evaluation import Evaluation

_PLAIN_WIDTH = 200
_SHORTEST_QUOTE = 20
_LONGEST_NAME = 24
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def show_evaluation(evaluation: "Evaluation") -> None:
    """Print precision, recall and F1 of every label, and the sums below."""
    from rich.table import Table

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
    console = make_console()
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
    elif cases.is_empty():
        sys.stdout.write("no cases\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _make_lines(cases)))


def _make_lines(cases: "pl.DataFrame") -> Iterator[str]:
    """Yield the rows with columns that never vanish; what was said gets the room that is left."""
    shows_todo = cases["todo"].null_count() < cases.height
    rows = [_HEAD, *(_make_row(row) for row in cases.iter_rows(named=True))]
    if not shows_todo:
        rows = [row[:_TODO_AT] + row[_TODO_AT + 2 :] for row in rows]
    widths = [max(cell_len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)]
    room = max(tell_width() - sum(widths) - 2 * len(widths), _SHORTEST_QUOTE)
    for *cells, said in rows:
        padded = (set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join([*padded, said if cell_len(said) <= room else cut(said, room)]).rstrip()


_HEAD = (
    "case", "brand", "opened (UTC)", "who", "to do", "waiting", "first reply", "handling",
    "outcome", "said",
)  # fmt: skip
_TODO_AT = _HEAD.index("to do")
_TODOS = {"answer": "answer", "promise": "keep promise", "hand_over": "ask how it ended"}


def _make_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["case"],
        row["brand"],
        f"{row['opened_at']:%Y-%m-%d %H:%M}",
        cut(row["who"], _LONGEST_NAME),
        _TODOS.get(row["todo"], ""),
        show_span(row["waiting_seconds"]),
        show_span(row["first_reply_seconds"], is_open=row["first_reply_observed"] is False),
        row["handling"],
        _name_outcome(row),
        " ".join((row["quote"] or "").split()),
    )


def _name_outcome(row: dict[str, Any]) -> str:
    """Return what was seen, and apart from it what was told from elsewhere."""
    by_person = " (by a person)" if row["outcome_by"] == "person" else ""
    told = f"; told: {row['told']} ({make_harmless(row['told_by'])})" if row["told"] else ""
    return f"{row['outcome']}{by_person}{told}"


def cut(text: str, width: int) -> str:
    """Return as much of a text as fits, and a sign that there is more."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def show_span(seconds: float | None, *, is_open: bool = False) -> str:
    """Return a duration in its largest unit, `>` before one that still runs."""
    if seconds is None:
        return ""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{'> ' if is_open else ''}{seconds / size:.0f} {unit}"
    return f"{'> ' if is_open else ''}{seconds:.0f} s"


def tell_width() -> int:
    """Return how much fits into a line: COLUMNS, the terminal's width, or much."""
    return shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns


def make_console() -> "Console":
    """Return a console that does not fold lines where no terminal reads them."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH)
