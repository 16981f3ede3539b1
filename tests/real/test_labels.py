from pathlib import Path

import pytest

from listener.label import label_posts, load_phrases
from listener.label.evaluation import (
    build_label_input,
    build_predictions,
    load_gold,
    score_predictions,
)
from listener.resources import phrases_dir

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled posts are not here")

FLOOR = 0.89


@pytest.fixture(scope="module")
def evaluation():
    gold = load_gold(SHARED / "gold" / "dev.jsonl")
    posts = build_label_input(gold)
    labels = label_posts(posts, load_phrases([phrases_dir()]))
    return score_predictions(gold, build_predictions(posts, labels))


@pytest.mark.parametrize(
    ("name", "floor"), [("dev.jsonl", 0.79), ("dev_more.jsonl", 0.83), ("dev_de.jsonl", 0.88)]
)
def test_labels_agree_with_readers_on_the_whole(name, floor):
    gold = load_gold(SHARED / "gold" / name)
    posts = build_label_input(gold)
    labels = label_posts(posts, load_phrases([phrases_dir()]))
    assert score_predictions(gold, build_predictions(posts, labels)).macro_f1 >= floor


@pytest.mark.parametrize("label", ["dm", "apology", "signed", "question"])
def test_labels_that_all_figures_rest_on_agree_with_readers(label, evaluation):
    assert evaluation.labels[label].f1 >= FLOOR


def test_the_labelled_set_is_read_completely(evaluation):
    assert (evaluation.cases, evaluation.posts) == (236, 941)
