"""An evaluation as a table for people."""

from rich.table import Table

from listener.label.evaluation import MIN_POSITIVES, Evaluation, LabelScore


def build_score_table(evaluation: Evaluation) -> Table:
    """Return the scores of all labels that occur; rare ones do not enter the mean."""
    table = Table(title=_describe(evaluation))
    table.add_column("label")
    for heading in ("precision", "recall", "f1", "posts"):
        table.add_column(heading, justify="right")
    for name, score in evaluation.labels.items():
        if score.positives or score.false_alarms:
            rare = "" if score.positives >= MIN_POSITIVES else "dim"
            table.add_row(name, *_show(score), style=rare)
    table.add_section()
    table.add_row("mean", "", "", f"{evaluation.macro_f1:.3f}", "")
    for language, scores in evaluation.as_json()["languages"].items():
        table.add_row(f"mean {language}", "", "", f"{scores['macro_f1']:.3f}", "")
    return table


def _describe(evaluation: Evaluation) -> str:
    outcome = evaluation.outcome_accuracy
    told = "" if outcome is None else f", outcome right in {outcome:.1%}"
    return f"{evaluation.cases} cases, {evaluation.posts} posts{told}"


def _show(score: LabelScore) -> tuple[str, str, str, str]:
    shares = (score.precision, score.recall, score.f1)
    precision, recall, f1 = (f"{share:.3f}" for share in shares)
    return precision, recall, f1, str(score.positives)
