"""Every case of the demo can be explained, and what is said of it fits what was measured."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from listener.app import load_phrases
from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.demo import find_newest
from listener.jobs.measuring import measure_store
from listener.measure.handling import HANDLINGS
from listener.measure.reasons import give_reasons
from listener.resources import config_dir, demo_archive
from listener.settings import load_settings
from listener.store.store import Store

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return each case's row, its posts, and what is said of it."""
    folder = tmp_path_factory.mktemp("demo")
    settings = load_settings(config_dir() / "demo" / "demo.toml", env={})
    with Store.open(f"sqlite:///{folder / 'demo.db'}") as store:
        import_file(store, demo_archive(), ImportOptions(form="listener"), now=NOW)
        measured = measure_store(
            store, settings.brands, load_phrases(settings), as_of=find_newest(store), settle_days=7
        )
    tables = measured.tables
    posts = tables.case_posts.sort("case", "order").partition_by("case", as_dict=True)
    turns = tables.turns.sort("case", "turn").partition_by("case", as_dict=True)
    return [
        (
            case,
            posts[case["case"],].to_dicts(),
            list(
                give_reasons(
                    case, posts[case["case"],].to_dicts(), turns[case["case"],].to_dicts(),
                    settle_days=7,
                )
            ),
        )
        for case in tables.cases.iter_rows(named=True)
    ]  # fmt: skip


def find(reasons, what):
    return [reason for reason in reasons if reason.what == what]


def test_every_case_tells_its_clocks_its_handling_and_its_outcome(told):
    for case, _, reasons in told:
        for what, value in (("handling", case["handling"]), ("outcome", case["outcome"])):
            (reason,) = find(reasons, what)
            assert str(reason.value) == value
        for what in ("first_reply", "first_helpful_reply"):
            (clock,) = find(reasons, what)
            column = what.replace("first_helpful_reply", "first_helpful")
            assert (str(clock.value) == "no clock") == (case[f"{column}_seconds"] is None)
            assert str(clock.value).startswith("> ") == (case[f"{column}_observed"] is False)


def test_every_post_that_is_named_is_one_of_the_case(told):
    for case, posts, reasons in told:
        for reason in reasons:
            numbers = [int(number) for number in re.findall(r"post (\d+)", str(reason.because))]
            assert all(1 <= number <= len(posts) for number in numbers)
        (outcome,) = find(reasons, "outcome")
        if case["outcome_post"] is not None:
            place = [post["post"] for post in posts].index(case["outcome_post"]) + 1
            assert f"post {place}" in str(outcome.because)


def test_the_demo_has_cases_of_nearly_every_kind(told):
    handlings = Counter(case["handling"] for case, _, _ in told)
    rules = Counter(case["outcome_rule"] for case, _, _ in told)
    assert set(HANDLINGS) - set(handlings) <= {"reply_deleted"}
    assert set(rules) >= {"4", "4a", "4b", "4d"}
    silent = [str(find(reasons, "outcome")[0].because) for case, _, reasons in told
              if case["outcome"] in {"brand_silent", "customer_silent"}]  # fmt: skip
    assert silent
    assert all("nothing more was said for 7 days" in because for because in silent)


def test_what_answers_or_moves_first_is_named(told):
    for _, posts, reasons in told:
        (handling,) = find(reasons, "handling")
        spoken = [n for n, post in enumerate(posts, start=1) if post["deflects"]]
        if str(handling.value) == "moved":
            assert str(handling.because).startswith(f"post {spoken[0]} deflects (")
