"""`listener evaluate`: how well the program reads, against labels that people gave."""

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now

if TYPE_CHECKING:
    from listener.settings import Settings

EXAMPLES = (
    "listener evaluate --reviews",
    "listener evaluate labelled.jsonl",
    "listener evaluate labelled.jsonl --format json --predictions said.jsonl",
)


class Format(StrEnum):
    """How the scores are shown."""

    TABLE = "table"
    JSON = "json"


def command(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="labelled cases, JSON lines")
    ] = None,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="by what people said in listener review")
    ] = False,
    brand: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="with --reviews: only this brand")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
    predictions: Annotated[
        Path | None, typer.Option(metavar="OUT", help="also write what the program said")
    ] = None,
) -> None:
    """Compare the program's labels and outcomes with those that people gave.

    The files hold one case a line; docs/labels.md describes them. Precision, recall and
    F1 are over the posts of the side that a label belongs to. With --reviews they are estimated
    from the cases that chance had drawn for people to review; docs/reviews.md tells how.
    """
    settings = current_settings()
    _check_sources(files, reviews=reviews, brand=brand, predictions=predictions)
    if reviews:
        _evaluate_reviews(settings, brand or [], form)
    else:
        _evaluate_files(settings, files or [], form, predictions)


def _check_sources(
    files: list[Path] | None, *, reviews: bool, brand: list[str] | None, predictions: Path | None
) -> None:
    from listener.errors import ConfigError

    if reviews == bool(files):
        msg = "FILE or --reviews: tell one of them, labelled files or what people said here"
        raise ConfigError(msg)
    if reviews and predictions is not None:
        msg = "--predictions: only with files; what people said is in the database"
        raise ConfigError(msg)
    if brand and not reviews:
        msg = "--brand: only with --reviews; files are read whole"
        raise ConfigError(msg)


def _evaluate_reviews(settings: "Settings", keys: list[str], form: Format) -> None:
    from listener.app import load_phrases, open_store
    from listener.cli.accuracy_tables import show_accuracy
    from listener.errors import ListenerError
    from listener.jobs.accuracy import measure_reviewed_accuracy
    from listener.jobs.brands import find_brands
    from listener.jobs.choices import choose_brands
    from listener.jobs.measuring import measure_by_settings

    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        chosen = choose_brands(brands, keys)
        measured = measure_by_settings(store, settings, brands, load_phrases(settings), as_of=now())
    accuracy = measure_reviewed_accuracy(measured, chosen)
    if accuracy is None:
        msg = (
            "nobody has gone through a case that chance had drawn; "
            "begin with listener review --sample random"
        )
        raise ListenerError(msg)
    if form is Format.JSON:
        import orjson

        typer.echo(orjson.dumps(dataclasses.asdict(accuracy)).decode())
    else:
        show_accuracy(accuracy)


def _evaluate_files(
    settings: "Settings", files: list[Path], form: Format, predictions: Path | None
) -> None:
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
