import json
from io import StringIO

import pytest
from rich.console import Console

from listener.errors import ConfigError
from listener.label.evaluation import (
    Prediction,
    build_label_input,
    build_predictions,
    load_gold,
    save_predictions,
    score_predictions,
)
from listener.label.labels import label_posts
from listener.label.scores import build_score_table

CASE = {
    "case": "a",
    "brand": "Acme",
    "lang": "en",
    "posts": [
        {"n": 1, "who": "customer", "at": "2026-03-02T10:00:00Z", "text": "@Acme help please"},
        {"n": 2, "who": "brand", "at": None, "text": "Please DM us. ^KT"},
        {"n": 3, "who": "customer", "at": None, "text": "thanks"},
    ],
    "labels": {"1": ["need"], "2": ["dm", "signed"], "3": ["thanks"]},
    "skip": {"2": ["answer"]},
    "outcome": ["handed_over", "pending"],
}


def write(tmp_path, *cases):
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(case) for case in cases) + "\n", encoding="utf-8")
    return path


def test_posts_without_a_time_are_an_hour_apart(tmp_path):
    posts = load_gold(write(tmp_path, CASE))[0].posts
    assert [post.at.hour for post in posts] == [10, 11, 12]


def test_each_post_answers_the_one_before_it(tmp_path):
    gold = load_gold(write(tmp_path, CASE, {**CASE, "case": "b"}))
    frame = build_label_input(gold)
    assert frame["previous"].to_list() == [None, 0, 1, None, 3, 4]
    assert frame["author_handle"].to_list()[:3] == ["", "Acme", ""]


def test_the_program_can_be_scored(tmp_path, phrases):
    gold = load_gold(write(tmp_path, CASE))
    posts = build_label_input(gold)
    predictions = build_predictions(posts, label_posts(posts, phrases), {"a": "handed_over"})
    evaluation = score_predictions(gold, predictions)
    assert evaluation.labels["dm"].f1 == 1
    assert evaluation.outcome_accuracy == 1
    assert evaluation.as_json()["posts"] == 3


def test_scores_honour_skips_and_sides(tmp_path):
    gold = load_gold(write(tmp_path, CASE))
    said = {"a": Prediction({"1": ["need"], "2": ["answer", "dm"], "3": ["need"]}, "resolved")}
    evaluation = score_predictions(gold, said)
    assert evaluation.labels["answer"].false_alarms == 0
    assert (evaluation.labels["need"].precision, evaluation.labels["need"].recall) == (0.5, 1)
    assert evaluation.labels["signed"].recall == 0
    assert evaluation.labels["customer.thanks"].misses == 1
    assert evaluation.labels["brand.thanks"].positives == 0
    assert evaluation.outcome_accuracy == 0


@pytest.mark.parametrize("outcome", ["unanswered", "brand_silent", "customer_silent", "pending"])
def test_silence_counts_as_pending(tmp_path, outcome):
    gold = load_gold(write(tmp_path, CASE))
    assert score_predictions(gold, {"a": Prediction({}, outcome)}).outcome_accuracy == 1


def test_cases_without_an_outcome_are_not_scored(tmp_path):
    gold = load_gold(write(tmp_path, {**CASE, "outcome": None}))
    assert score_predictions(gold, {"a": Prediction({}, "pending")}).outcome_accuracy is None


def test_only_labels_with_enough_posts_enter_the_mean(tmp_path):
    cases = [{**CASE, "case": str(number)} for number in range(5)]
    gold = load_gold(write(tmp_path, *cases))
    said = {case["case"]: Prediction({"1": ["need"]}, None) for case in cases}
    evaluation = score_predictions(gold, said)
    assert evaluation.macro_f1 == pytest.approx(1 / 4)
    assert evaluation.as_json()["languages"] == {"en": {"macro_f1": 0.25}}


def test_broken_lines_are_all_told(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text('{"case": 1}\nnonsense\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_gold(path)
    assert [":1:" in caught.value.problems[0], ":2:" in caught.value.problems[1]] == [True, True]
    with pytest.raises(ConfigError, match="cannot be read"):
        load_gold(tmp_path / "missing")


def test_predictions_are_written_one_case_a_line(tmp_path):
    path = tmp_path / "out.jsonl"
    save_predictions(path, {"a": Prediction({"1": ["need"]}, "pending")})
    written = [json.loads(line) for line in path.read_text().splitlines()]
    assert written == [{"case": "a", "labels": {"1": ["need"]}, "outcome": "pending"}]
    with pytest.raises(ConfigError, match="cannot be written"):
        save_predictions(tmp_path / "no" / "out", {})


def test_scores_are_shown_as_a_table(tmp_path):
    gold = load_gold(write(tmp_path, CASE))
    evaluation = score_predictions(gold, {"a": Prediction({"1": ["need"]}, "pending")})
    console = Console(width=100, file=StringIO())
    console.print(build_score_table(evaluation))
    shown = console.file.getvalue()
    assert "1 cases, 3 posts, outcome right in 100.0%" in shown
    assert "need" in shown
    assert "refusal" not in shown
