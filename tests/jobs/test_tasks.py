"""Which tasks follow from settings and tokens, and what runs mean for their task."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.task_runs import judge
from listener.jobs.tasks import list_names, plan_tasks
from listener.settings import load_settings, load_tokens

SETTINGS = """
[schedule]
mastodon = "20 minutes"
[schedule.sources]
"x.search" = "3 hours"
[brands.acme]
name = "Acme"
mode = "owner"
time_zone = "Europe/Berlin"
accounts = [
    { platform = "x", handle = "acme" },
    { platform = "mastodon", handle = "Acme@social.example" },
]
[brands.acme.schedule]
report = "fri 16:00"
[brands.other]
name = "Other"
accounts = [{ platform = "mastodon", handle = "other@social.example" }]
"""
UNTIL = datetime(2026, 3, 2, 12, tzinfo=UTC)
DONE = RunResult(name="s", platform="mastodon", brand="acme", account="a", kind="posts", read=3)


@pytest.fixture
def plans(tmp_path):
    path = tmp_path / "listener.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    env = {"MASTODON_TOKEN_ACME_SOCIAL_EXAMPLE": "a-token-of-a-test"}
    settings = load_settings(path, env=env)
    return {plan.name: plan for plan in plan_tasks(settings, load_tokens(settings, env))}


def test_each_source_is_a_task_with_its_own_rhythm(plans):
    rhythms = {name: str(plan.when) for name, plan in plans.items()}
    assert rhythms["collect:x:acme:acme:posts:"] == "1 hour"
    assert rhythms["collect:x:acme:acme:search:"] == "3 hours"
    assert rhythms["collect:mastodon:acme:Acme@social.example:posts:"] == "20 minutes"
    assert rhythms["follow:mastodon:acme:Acme@social.example:visits:"] == "20 minutes"


def test_reports_are_made_in_the_zone_of_their_brand(plans):
    report = plans["report:acme"]
    assert (str(report.when), report.zone) == ("fri 16:00", "Europe/Berlin")
    assert (str(plans["report:other"].when), plans["report:other"].zone) == ("mon 07:00", "UTC")
    assert report.lane == plans["report:other"].lane


def test_lanes_are_what_a_platform_counts_together(plans):
    lanes = {plan.lane for plan in plans.values() if plan.is_of_account}
    assert lanes == {
        "account:x:acme",
        "account:mastodon:acme@social.example",
        "account:mastodon:social.example",
    }
    assert lanes < set(list_names(tuple(plans.values())))


def test_all_that_was_done_is_done():
    outcome = judge([DONE, replace(DONE, read=4, new=1)])
    assert (outcome.state, outcome.error, outcome.retry_at) == ("done", "", None)
    assert dict(outcome.counts) == {"read": 7, "new": 1, "changed": 0, "gone": 0}


@pytest.mark.parametrize(
    ("result", "state", "holds_lane"),
    [
        (replace(DONE, state="failed", error="it is down"), "failed", False),
        (replace(DONE, state="failed", error="wait", retry_at=UNTIL), "failed", True),
        (replace(DONE, state="waiting", error="wait", retry_at=UNTIL), "waiting", True),
        (replace(DONE, state="paused", error="no money"), "waiting", False),
        (
            replace(DONE, platform="x", state="failed", error="wait", retry_at=UNTIL),
            "failed",
            False,
        ),
    ],
)
def test_the_worst_run_counts(result, state, holds_lane):
    outcome = judge([DONE, result])
    assert (outcome.state, outcome.error) == (state, result.error)
    assert (outcome.holds_lane, outcome.retry_at) == (holds_lane, result.retry_at)


def test_nothing_to_do_is_done():
    assert judge([]).state == "done"
