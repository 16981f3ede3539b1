"""Measure how well the program reads: labelled cases through the whole way of a real post."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from listener.jobs.measuring import Measured, measure_threads
from listener.label import Phrases
from listener.label.evaluation import (
    Evaluation,
    GoldCase,
    GoldPost,
    Prediction,
    load_gold,
    score_predictions,
)
from listener.measure.cases import build_threads
from listener.measure.tables import Observation
from listener.posts import Account, Brand, posts_schema

WATCHED = timedelta(days=30)
APART = timedelta(days=1)


def evaluate_files(
    paths: Sequence[Path], phrases: Phrases
) -> tuple[Evaluation, Mapping[str, Prediction]]:
    """Read labelled files, let the program read the same posts, and compare.

    Raises:
        ConfigError: If a file cannot be read.
    """
    gold = [case for path in paths for case in load_gold(path)]
    predictions = predict_cases(gold, phrases)
    return score_predictions(gold, predictions), predictions


def predict_cases(gold: Sequence[GoldCase], phrases: Phrases) -> Mapping[str, Prediction]:
    """Return labels and outcome of each case, visited a month after its last post."""
    if not gold:
        return {}
    posts = _make_posts(gold)
    as_of: datetime = posts.select(pl.col("created_at").max() + WATCHED).item()
    brands = _make_brands(gold)
    threads = build_threads(posts, brands, as_of=as_of)
    observation = Observation(as_of=as_of, until=_observe(brands, as_of))
    return _predict(measure_threads(threads, brands, phrases, observation), gold)


def _observe(brands: Sequence[Brand], as_of: datetime) -> pl.DataFrame:
    keys = [brand.key for brand in brands]
    return pl.DataFrame({"brand": keys, "platform": "x", "observed_until": as_of})


def _make_brands(gold: Sequence[GoldCase]) -> list[Brand]:
    names = sorted({case.brand for case in gold})
    return [
        Brand(key=name, name=name, accounts=(Account(platform="x", handle=name),)) for name in names
    ]


def _make_posts(gold: Sequence[GoldCase]) -> pl.DataFrame:
    rows = [row for number, case in enumerate(gold) for row in _make_rows(case, APART * number)]
    return pl.DataFrame(rows, schema=posts_schema())


def _make_rows(case: GoldCase, shift: timedelta) -> list[dict[str, object]]:
    """Return a case as posts that answer each other.

    Cases are moved apart in time: many bear no time of their own, and all at
    once they would look like a burst of automatic replies.
    """
    before = f"{case.case}/0" if case.posts and case.posts[0].side == "brand" else None
    rows = []
    for post in case.posts:
        rows.append(_make_row(case, post, before) | {"created_at": post.at + shift})
        before = f"{case.case}/{post.number}"
    return rows


def _make_row(case: GoldCase, post: GoldPost, before: str | None) -> dict[str, object]:
    by_brand = post.side == "brand"
    return {
        "platform": "x",
        "post_id": f"{case.case}/{post.number}",
        "author_id": case.brand if by_brand else case.case,
        "author_handle": case.brand if by_brand else case.case,
        "author_name": "",
        "text": post.text,
        "language": case.language,
        "reply_to_id": before,
        "reply_to_author_id": case.case if by_brand else None,
        "mentions": [] if by_brand else [case.brand.casefold()],
        "conversation_id": case.case,
        "visibility": "public",
    }


def _predict(measured: Measured, gold: Sequence[GoldCase]) -> dict[str, Prediction]:
    labels: dict[str, dict[str, list[str]]] = {}
    for post_id, found in measured.tables.case_posts.select("post_id", "labels").iter_rows():
        case, _, number = post_id.rpartition("/")
        labels.setdefault(case, {})[number] = found
    cases = measured.tables.cases.sort("opened_at").select("customer", "brand", "outcome")
    outcomes = {(case, brand): outcome for case, brand, outcome in cases.iter_rows()}
    return {
        case.case: Prediction(labels.get(case.case, {}), outcomes.get((case.case, case.brand)))
        for case in gold
    }
