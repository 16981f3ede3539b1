"""Scoring labels and outcomes against a labelled set, as `listener evaluate` shows it.

Pure: files of the gold format are read, everything else is handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from listener.errors import ConfigError
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ASIDE = ("unanswered", "brand_silent", "customer_silent")
MIN_POSITIVES = 5
SHOWN_PROBLEMS = 5
_INPUT_SCHEMA: dict[str, pl.DataType] = {
    "post": pl.UInt32(),
    "side": pl.String(),
    "language": pl.String(),
    "text": pl.String(),
    "previous": pl.UInt32(),
    "author_handle": pl.String(),
    "brand_handles": pl.List(pl.String()),
    "case": pl.String(),
    "number": pl.Int64(),
    "at": pl.Datetime("us", "UTC"),
}

Labels = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class GoldPost:
    """One labelled post; `skip` names labels that two readers saw differently."""

    number: int
    side: str
    at: datetime
    text: str
    labels: frozenset[str]
    skip: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldCase:
    """One labelled case; `outcome` is empty where it is not to be scored."""

    case: str
    brand: str
    language: str
    posts: tuple[GoldPost, ...]
    outcome: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the program said about one case: labels by post number, and the outcome."""

    labels: Labels
    outcome: str | None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Counts of one label over the posts of its side."""

    hits: int
    false_alarms: int
    misses: int

    @property
    def positives(self) -> int:
        """How many posts carry the label by hand."""
        return self.hits + self.misses

    @property
    def precision(self) -> float:
        """The share of given labels that are right."""
        return _divide(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """The share of posts with the label that were found."""
        return _divide(self.hits, self.positives)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _divide(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well predictions agree with a labelled set."""

    labels: Mapping[str, LabelScore]
    languages: Mapping[str, Mapping[str, LabelScore]]
    outcome_accuracy: float | None
    cases: int
    posts: int

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labels with enough positive posts."""
        return _macro(self.labels)

    def as_json(self) -> dict[str, Any]:
        """Return the evaluation in the form that `--format json` prints."""
        return {
            "macro_f1": round(self.macro_f1, 4),
            "labels": {name: _show_score(score) for name, score in self.labels.items()},
            "languages": {
                language: {"macro_f1": round(_macro(scores), 4)}
                for language, scores in self.languages.items()
            },
            "outcome_accuracy": (
                None if self.outcome_accuracy is None else round(self.outcome_accuracy, 4)
            ),
            "cases": self.cases,
            "posts": self.posts,
        }


def load_gold(path: Path) -> list[GoldCase]:
    """Read a labelled set, one case a line.

    Raises:
        ConfigError: With one line for each broken line of the file.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(msg) from error
    cases, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            cases.append(_parse_case(orjson.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{path}:{number}: not a labelled case ({error})")
            if len(problems) == SHOWN_PROBLEMS:
                problems.append(f"{path}: docs/labels.md describes the format")
                break
    if problems:
        raise ConfigError(*problems)
    return cases


def build_label_input(gold: Sequence[GoldCase]) -> pl.DataFrame:
    """Return the cases as input of `label_posts`, with `case` and `number` beside it.

    Each post answers the one before it.
    """
    rows: list[tuple[object, ...]] = []
    for case in gold:
        previous: int | None = None
        for entry in case.posts:
            handle = case.brand if entry.side == "brand" else ""
            place = (case.case, entry.number, entry.at)
            text = (entry.side, case.language, entry.text)
            rows.append((len(rows), *text, previous, handle, [case.brand], *place))
            previous = len(rows) - 1
    return pl.DataFrame(rows, schema=_INPUT_SCHEMA, orient="row")


def build_predictions(
    posts: pl.DataFrame, labels: pl.DataFrame, outcomes: Mapping[str, str | None] | None = None
) -> dict[str, Prediction]:
    """Return the predictions for frames of `build_label_input` and `label_posts`.

    `outcomes` tells the program's outcome for each case, where it was measured.
    """
    names = dict.fromkeys((*BRAND_LABELS, *CUSTOMER_LABELS))
    joined = posts.select("post", "case", "number").join(labels, on="post", how="left")
    found: dict[str, dict[str, list[str]]] = {}
    for row in joined.iter_rows(named=True):
        found.setdefault(row["case"], {})[str(row["number"])] = [n for n in names if row[n]]
    outcomes = outcomes or {}
    return {case: Prediction(labels, outcomes.get(case)) for case, labels in found.items()}


def score_predictions(
    gold: Sequence[GoldCase], predictions: Mapping[str, Prediction]
) -> Evaluation:
    """Compare predictions with a labelled set.

    Cases without a prediction count as labelled with nothing.
    """
    pairs = [(case, predictions.get(case.case, Prediction({}, None))) for case in gold]
    languages = sorted({case.language for case in gold})
    return Evaluation(
        labels=_score_labels(pairs),
        languages={
            language: _score_labels([pair for pair in pairs if pair[0].language == language])
            for language in languages
        },
        outcome_accuracy=_score_outcomes(pairs),
        cases=len(gold),
        posts=sum(len(case.posts) for case in gold),
    )


def save_predictions(path: Path, predictions: Mapping[str, Prediction]) -> None:
    """Write what the program said, one case a line.

    Raises:
        ConfigError: If the file cannot be written.
    """
    lines = [
        orjson.dumps({"case": case, "labels": said.labels, "outcome": said.outcome})
        for case, said in predictions.items()
    ]
    try:
        path.write_bytes(b"".join(line + b"\n" for line in lines))
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigError(msg) from error


def list_scored_labels() -> list[tuple[str, str, str]]:
    """Return (side, label, name in the table); only `thanks` exists on both sides."""
    both = set(BRAND_LABELS) & set(CUSTOMER_LABELS)
    return [
        (side, label, f"{side}.{label}" if label in both else label)
        for side, labels in (("brand", BRAND_LABELS), ("customer", CUSTOMER_LABELS))
        for label in labels
    ]


def _parse_case(record: Mapping[str, Any]) -> GoldCase:
    posts: list[GoldPost] = []
    at = _EPOCH
    for entry in sorted(record["posts"], key=lambda entry: int(entry["n"])):
        told = entry.get("at")
        at = datetime.fromisoformat(told) if told else at + timedelta(hours=1)
        number = str(entry["n"])
        posts.append(
            GoldPost(
                number=int(entry["n"]),
                side=str(entry["who"]),
                at=at,
                text=str(entry["text"]),
                labels=frozenset(record["labels"].get(number, ())),
                skip=frozenset((record.get("skip") or {}).get(number, ())),
            )
        )
    outcome = tuple(record.get("outcome") or ())
    return GoldCase(
        str(record["case"]), str(record["brand"]), str(record["lang"]), tuple(posts), outcome
    )


def _score_labels(
    pairs: Iterable[tuple[GoldCase, Prediction]],
) -> dict[str, LabelScore]:
    counts = {key: [0, 0, 0] for key in list_scored_labels()}
    for case, said in pairs:
        for post in case.posts:
            given = set(said.labels.get(str(post.number), ()))
            for key in counts:
                _count_label(counts[key], post, given, key)
    return {name: LabelScore(*counts[side, label, name]) for side, label, name in counts}


def _count_label(
    count: list[int], post: GoldPost, given: set[str], key: tuple[str, str, str]
) -> None:
    side, label, _ = key
    if post.side != side or label in post.skip or "*" in post.skip:
        return
    truth, told = label in post.labels, label in given
    if truth or told:
        count[0 if truth and told else 1 if told else 2] += 1


def _score_outcomes(pairs: Iterable[tuple[GoldCase, Prediction]]) -> float | None:
    scored = [(case, said) for case, said in pairs if case.outcome]
    if not scored or all(said.outcome is None for _, said in scored):
        return None
    right = sum(_fold_outcome(said.outcome) in case.outcome for case, said in scored)
    return right / len(scored)


def _fold_outcome(outcome: str | None) -> str | None:
    return "pending" if outcome in _ASIDE else outcome


def _macro(scores: Mapping[str, LabelScore]) -> float:
    counted = [score.f1 for score in scores.values() if score.positives >= MIN_POSITIVES]
    return _divide(sum(counted), len(counted))


def _show_score(score: LabelScore) -> dict[str, float | int]:
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
        "positives": score.positives,
    }


def _divide(count: float, total: float) -> float:
    return count / total if total else 0.0
