"""Accuracy by drawn cases: right on average, whatever else people have reviewed."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from listener.measure.accuracy import draw_sample, measure_accuracy, measure_agreement
from listener.measure.reviewed import Reviews
from listener.measure.sampling import list_drawable_cases
from listener.measure.tables import Tables

START = datetime(2026, 3, 2, tzinfo=UTC)
NOTHING = pl.DataFrame()


def make_said(labels, *, weeks=1, outcomes=None, languages=None):
    """Return the evidence as the program reads it: one post of a customer a case."""
    count = len(labels)
    names = [f"case {n}" for n in range(count)]
    cases = pl.DataFrame(
        {
            "case": names,
            "brand": "acme",
            "week": [f"2026-W{10 + n % weeks}" for n in range(count)],
            "due": True,
            "untagged": False,
            "opened_at": START,
            "outcome": outcomes or ["resolved"] * count,
        }
    )
    posts = pl.DataFrame(
        {
            "case": names,
            "post": range(count),
            "side": "customer",
            "automatic": False,
            "deleted": False,
            "read_as": languages or ["en"] * count,
            "labels": labels,
        },
        schema_overrides={"labels": pl.List(pl.String), "post": pl.UInt32},
    )
    return Tables(cases, posts, NOTHING, NOTHING, NOTHING, NOTHING)


def make_held(given, picks, *, outcomes=None, reviewer="kim"):
    """Return what a person said of these cases: labels and pick by number."""
    empty = Reviews()
    numbers = list(picks)
    posts = pl.DataFrame(
        {
            "post": numbers,
            "reviewer": reviewer,
            "labels": [given[n] for n in numbers],
            "reviewed_at": START,
        },
        schema={
            "post": pl.UInt32,
            "reviewer": pl.String,
            "labels": pl.List(pl.String),
            "reviewed_at": pl.Datetime("us", "UTC"),
        },
    )
    cases = pl.DataFrame(
        {
            "case": [f"case {n}" for n in numbers],
            "reviewer": reviewer,
            "last_post_id": "",
            "outcome": [(outcomes or {}).get(n, "resolved") for n in numbers],
            "pick": [picks[n] for n in numbers],
            "stratum": "",
            "reviewed_at": START,
        },
        schema=empty.cases.schema,
    )
    return Reviews(posts, cases)


def draw(said, count):
    """Return the numbers of the cases that chance draws first."""
    return [int(case.split()[1]) for case in list_drawable_cases(said.cases)["case"][:count]]


def test_nobody_has_reviewed_anything():
    assert measure_accuracy(make_said([["need"]] * 4), Reviews()) is None


def test_only_drawn_cases_that_are_finished_count():
    said = make_said([["need"]] * 30)
    first = draw(said, 12)
    given = {key: ["need"] for key in range(30)}
    picks = dict.fromkeys(first, "random") | {n: "uncertain" for n in range(30) if n not in first}
    held = make_held(given, picks)
    held = Reviews(held.posts.filter(pl.col("post") != first[3]), held.cases)
    found = measure_accuracy(said, held)
    assert (found.cases, found.posts, found.skipped) == (11, 11, 1)
    assert found.missing == 89


def test_precision_recall_and_f1_are_those_of_the_last_person():
    said = make_said([["need"]] * 10 + [["need", "complaint"]] * 6 + [[]] * 4)
    given = {n: ["need"] if n < 10 else ["complaint"] if n < 13 else [] for n in range(20)}
    given |= {n: ["complaint"] for n in (16, 17)}
    held = make_held(given, dict.fromkeys(range(20), "random"))
    found = measure_accuracy(said, held)
    complaint = found.labels["complaint"]
    assert complaint.precision.rate == pytest.approx(3 / 6)
    assert complaint.recall.rate == pytest.approx(3 / 5)
    assert complaint.f1.rate == pytest.approx(6 / 11)
    assert found.labels["need"].precision.rate == pytest.approx(10 / 16)
    assert set(found.labels) == {"need", "complaint"}


def test_thanks_of_both_sides_are_two_labels():
    said = make_said([["thanks"]] * 6)
    held = make_held({key: ["thanks"] for key in range(6)}, dict.fromkeys(range(6), "random"))
    assert set(measure_accuracy(said, held).labels) == {"customer.thanks"}


def test_weeks_stand_for_all_of_their_cases():
    said = make_said([["need"]] * 60, weeks=2)
    order = draw(said, 60)
    first = [n for n in order if n % 2][:20] + [n for n in order if n % 2 == 0][:5]
    given = {n: ["need"] if n % 2 else [] for n in first}
    sample = draw_sample(said, make_held(given, dict.fromkeys(first, "random")))
    assert sorted(set(sample.cases["weight"].to_list())) == [1.5, 6.0]
    found = measure_accuracy(said, make_held(given, dict.fromkeys(first, "random")))
    assert found.labels["need"].precision.rate == pytest.approx(0.5)


def test_weeks_with_few_drawn_cases_are_taken_together():
    said = make_said([["need"]] * 60, weeks=20)
    first = draw(said, 12)
    held = make_held({key: ["need"] for key in first}, dict.fromkeys(first, "random"))
    assert set(draw_sample(said, held).cases["weight"].to_list()) == {60 / 12}


def test_languages_are_told_apart():
    said = make_said([["need"]] * 20, languages=["en", "de"] * 10)
    given = {n: ["need"] if n % 2 else [] for n in range(20)}
    found = measure_accuracy(said, make_held(given, dict.fromkeys(range(20), "random")))
    rates = {name: labels["need"].precision.rate for name, labels in found.languages.items()}
    assert rates == {"de": 1.0, "en": 0.0}


def test_outcomes_are_compared_in_the_words_of_people():
    outcomes = ["brand_silent", "unanswered", "resolved", "claimed", "not_revisited", "resolved"]
    told = dict(enumerate(["pending", "pending", "resolved", "resolved", "claimed", None]))
    said = make_said([["need"]] * 6, outcomes=outcomes)
    given = {key: ["need"] for key in range(6)}
    found = measure_accuracy(
        said, make_held(given, dict.fromkeys(range(6), "random"), outcomes=told)
    )
    assert (found.outcome.count, found.outcome.total) == (3, 4)


def simulate(rng):
    """Let people review doubtful cases first, then those that chance draws; doubtful ones err."""
    doubtful = rng.random(240) < 0.3
    right = rng.random(240) < np.where(doubtful, 0.5, 0.95)
    said = make_said([["need"]] * 240, weeks=6)
    given = {n: ["need"] if right[n] else [] for n in range(240)}
    picks = dict.fromkeys(np.flatnonzero(doubtful)[:60].tolist(), "uncertain")
    # Names are the same in each round, so the draw is made a new one by shuffling the truth.
    picks |= dict.fromkeys(draw(said, 80), "random")
    held = make_held(given, picks)
    naive = np.mean([bool(given[n]) for n in picks])
    return measure_accuracy(said, held).labels["need"].precision, naive, right.mean()


def test_doubtful_cases_do_not_spoil_the_estimate():
    rng = np.random.default_rng(3)
    found = [simulate(rng) for _ in range(150)]
    truth = np.mean([true for *_, true in found])
    assert np.mean([estimate.rate for estimate, *_ in found]) == pytest.approx(truth, abs=0.01)
    assert np.mean([naive for _, naive, _ in found]) < truth - 0.05
    covered = [estimate.low <= true <= estimate.high for estimate, _, true in found]
    assert np.mean(covered) > 0.93


def make_pairs(*pairs):
    rows = [
        (n, by, labels)
        for n, pair in enumerate(pairs)
        for by, labels in zip(("kim", "lou"), pair, strict=True)
    ]
    return pl.DataFrame(rows, schema=["post", "reviewer", "labels"], orient="row")


def test_people_agree_with_each_other_beyond_chance():
    found = measure_agreement(make_pairs((["need"], ["need"]), (["dm", "link"], ["dm"])))
    assert (found.posts, found.same.count) == (2, 1)
    # 44 decisions: two yes of both, one of one alone.
    chance = 3 / 44 * 2 / 44 + 41 / 44 * 42 / 44
    assert found.kappa == pytest.approx((43 / 44 - chance) / (1 - chance))


def test_people_who_always_say_nothing_agree_by_chance():
    rows = pl.DataFrame(
        [(1, "kim", []), (1, "lou", [])],
        schema={"post": pl.Int64, "reviewer": pl.String, "labels": pl.List(pl.String)},
        orient="row",
    )
    assert measure_agreement(rows).kappa is None


def test_one_person_alone_cannot_agree():
    assert measure_agreement(make_pairs((["need"], ["need"])).filter(reviewer="kim")) is None
