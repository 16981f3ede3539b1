"""`listener evaluate`: how well the program reads, against labels that people gave."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings

EXAMPLES = (
    "listener evaluate labelled.jsonl",
    "listener evaluate labelled.jsonl --format json --predictions said.jsonl",
)


class Format(StrEnum):
    """How the scores are shown."""

    TABLE = "table"
    JSON = "json"


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="labelled cases, JSON lines")],
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
    predictions: Annotated[
        Path | None, typer.Option(metavar="OUT", help="also write what the program said")
    ] = None,
) -> None:
    """Compare the program's labels and outcomes with those that people gave.

    The files hold one case a line; docs/labels.md describes them. Precision, recall and
    F1 are over the posts of the side that a label belongs to.
    """
    settings = current_settings()
    from listener.app import load_phrases
    from listener.cli.tables import show_evaluation
    from listener.jobs.evaluation import evaluate_files
    from listener.label.evaluation import save_predictions

    evaluation, said = evaluate_files(files, load_phrases(settings))
    if predictions is not None:
        save_predictions(predictions, said)
    if form is Format.JSON:
        import orjson

        typer.echo(orjson.dumps(evaluation.as_json()).decode())
    else:
        show_evaluation(evaluation)
