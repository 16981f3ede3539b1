"""What the task `send` and the sign of life make of mails that fail."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from listener.jobs.task_means import Means
from listener.jobs.task_runs import run_task
from listener.jobs.task_states import list_task_states
from listener.jobs.tasks import plan_tasks
from listener.settings import load_tokens
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient
from tests.jobs.mailing import BOSS, TEAM, open_mailing
from tests.servers.watching import run_watching


@pytest.fixture
def mailing(migrated, sqlite_url, tmp_path):
    with open_mailing(sqlite_url, tmp_path) as opened:
        opened.settings = opened.load_settings(
            Recipient(address=TEAM, brands=(), language="en"),
            Recipient(address=BOSS, brands=(), language="de"),
        )
        yield opened


def run(mailing, kind="send"):
    settings = mailing.settings
    tokens = load_tokens(settings, {})
    plans = plan_tasks(settings, tokens)
    means = Means(
        store=mailing.store,
        settings=settings,
        plans=plans,
        load_tokens=lambda: SimpleNamespace(mail_secrets=MailSecrets),
        load_phrases=lambda: None,
        owner="sender",
        now=lambda: mailing.now,
    )
    (plan,) = (plan for plan in plans if plan.kind == kind)
    outcome = run_task(plan, means, is_stopped=lambda: False)
    store, day = mailing.store, timedelta(days=1)
    store.plan_tasks([plan.name])
    assert store.claim_task(plan.name, "sender", lease=day, latest=day)
    store.finish_task(
        plan.name, "sender", state=outcome.state, error=outcome.error, next_in=timedelta(0)
    )
    (state,) = (each for each in list_task_states(store, plans) if each.plan == plan)
    return outcome, state


def test_one_reader_who_is_refused_delays_nobody(mailing):
    mailing.make("acme")
    mailing.server.refused.add(TEAM)
    outcome, state = run(mailing)
    assert (outcome.state, outcome.retry_at) == ("failed", None)
    begun = state.failing_since
    mailing.advance(minutes=6)
    assert run(mailing)[0].state == "failed"
    mailing.make("other")
    mailing.server.refused.clear()
    mailing.advance(minutes=5)
    outcome, state = run(mailing)
    assert dict(outcome.counts)["sent"] == 2
    assert (outcome.state, outcome.retry_at) == ("waiting", None)
    assert "mail.recipients[0]" in outcome.error
    assert state.failing_since == begun
    mailing.advance(minutes=15)
    outcome, state = run(mailing)
    assert (outcome.state, state.failing_since) == ("done", None)
    assert sorted(mailing.recipients) == sorted([TEAM, BOSS] * 2)


def test_a_mail_that_was_given_up_is_no_longer_on_the_task_after_four_weeks(mailing):
    mailing.make()
    mailing.server.refused.add(TEAM)
    for _ in range(8):
        assert run(mailing)[0].state == "failed"
        mailing.advance(days=1)
    outcome, state = run(mailing)
    assert (outcome.state, state.is_alarming) == ("waiting", True)
    assert "after 8 refusals" in outcome.error
    mailing.advance(days=21)
    assert run(mailing)[0].state == "done"


def test_a_mail_in_doubt_fails_its_task_once_and_is_told_as_news(mailing):
    mailing.make()
    mailing.server.fault = "die_after"
    assert run(mailing)[0].state == "failed"
    assert run(mailing)[0].state == "done"
    with run_watching() as watching:
        mailing.settings = replace(
            mailing.settings,
            schedule=replace(mailing.settings.schedule, heartbeat_url=watching.url),
        )
        assert dict(run(mailing, "heartbeat")[0].counts) == {"alarms": 2}
        mailing.advance(days=1)
        run(mailing)
        run(mailing, "heartbeat")
        assert watching.told == ["/secret-1/fail", "/secret-1"]
