"""How well the program reads here, as a table for people."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from listener.cli.tables import make_console
from listener.figures import Accuracy, Estimate, LabelAccuracy


def show_accuracy(accuracy: Accuracy) -> None:
    """Print precision, recall and F1 of each label with their intervals, and right outcomes."""
    console = make_console()
    console.print(_build_table("all", accuracy.labels))
    if len(accuracy.languages) > 1:
        for language, labels in accuracy.languages.items():
            console.print(_build_table(language, labels))
    for line in _list_lines(accuracy):
        console.print(line, highlight=False)


def _build_table(title: str, labels: Mapping[str, LabelAccuracy]) -> Table:
    table = Table(title, box=None)
    for name in ("precision", "recall", "F1", "posts"):
        table.add_column(name, justify="right")
    for name, label in labels.items():
        rates = (label.precision, label.recall, label.f1)
        table.add_row(name, *map(_show, rates), str(label.recall.total))
    return table


def _show(estimate: Estimate) -> str:
    if estimate.rate is None:
        return "–"
    return f"{estimate.rate:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def _list_lines(accuracy: Accuracy) -> Iterator[str]:
    yield f"right outcomes {_show(accuracy.outcome)} of {accuracy.outcome.total}"
    yield f"{accuracy.cases} cases drawn by chance, {accuracy.posts} posts; 95 % intervals"
    if accuracy.skipped:
        yield (
            f"{accuracy.skipped} cases that were drawn before these are not finished: if they "
            "are harder ones, all this is too good"
        )
    if accuracy.missing:
        yield f"{accuracy.missing} more are needed before reports correct their shares"
    if accuracy.agreement is not None:
        own = accuracy.agreement
        kappa = "" if own.kappa is None else f", Cohen's kappa {own.kappa:.2f}"
        yield f"two people gave {own.same.count} of {own.posts} posts the same labels{kappa}"
