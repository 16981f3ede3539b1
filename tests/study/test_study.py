"""The study itself: what it draws is what it says, and its page can be made."""

import re

import numpy as np
import pytest

from tests.study.claims import study_claims
from tests.study.coverage import study_point
from tests.study.grid import list_loss_plans, list_plans, make_claim_plans
from tests.study.page import Study, render_figure, render_study
from tests.study.replicates import Plan, run_plan
from tests.study.truths import find_truths
from tests.study.worlds import DAY, Losses, Truth, draw_cases

HOUR = 3600.0


def test_the_truths_are_those_of_the_formulas():
    truth = Truth(median=4 * HOUR, answered=0.8)
    found = find_truths(truth, seed=1)
    # Half of those who ever get a reply have it after the median: 0.4 of all.
    draws = draw_cases(truth, 400_000, np.random.default_rng(2))
    assert np.mean(draws.replied <= 4 * HOUR) == pytest.approx(0.4, abs=0.005)
    assert found["deflection_rate"] == truth.moved
    assert 0.5 < found["confirmed_share"] < 0.56  # some who say "unsolved" are helped later
    assert found["resolution"] == pytest.approx(0.8 * (0.2 + 0.5 * 0.6))
    assert found["first_reply.p90"] is None  # 20 % are never answered


def test_a_week_has_the_cases_that_were_drawn():
    plan = Plan(truth=Truth(), cases=40, replicates=5, age=14 * DAY)
    weeks = list(run_plan(plan))
    assert [each.figures.counts["cases_with_need"] for each in weeks] == [40] * 5
    assert all(each.figures.counts["automatic_replies"] == 0 for each in weeks)
    assert sum(each.figures.counts["answered"] for each in weeks) / 200 == pytest.approx(
        0.9, abs=0.1
    )


def test_losses_are_lost():
    plan = Plan(
        truth=Truth(median=20 * HOUR), cases=60, replicates=2, age=14 * DAY,
        losses=Losses(missing=0.3, deleting=0.5),
    )  # fmt: skip
    counts = [each.figures.counts for each in run_plan(plan)]
    assert all(each["cases_with_need"] < 55 for each in counts)
    assert sum(each["deleted_posts"] for each in counts) > 0


def test_intervals_hold_the_truth_more_often_than_not():
    plan = Plan(truth=Truth(), cases=60, replicates=25, age=6 * HOUR)
    tallies = study_point(plan)
    for name in ("first_reply.within_1h", "first_reply.median", "deflection_rate"):
        assert tallies[name].trials == 25
        assert tallies[name].covered >= 20
    assert tallies["naive.answered_24h"].bias > 0.03


def test_page_and_figure_tell_every_result():
    plans = [plan for plan in list_plans(2) if plan.cases in {10, 300}][:2]
    plans += [plan for plan in list_plans(2) if plan.cases == 300][:2]
    losses = [(name, plan) for name, plan in list_loss_plans(2)][:2]
    study = Study(
        points=tuple((plan, study_point(plan)) for plan in plans),
        losses=tuple((name, plan, study_point(plan)) for name, plan in losses),
        claims=study_claims(*make_claim_plans(4)),
    )
    page = render_study(study)
    assert not re.search(r"\bnan\b", page)
    assert "| first reply within 1 h |" in page
    assert "collection is 36 h behind" in page
    assert "2 pairs of weeks" in page
    assert render_figure(study).startswith("<svg")
