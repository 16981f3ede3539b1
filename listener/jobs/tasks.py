"""Which tasks there are, told by settings and tokens; `task_runs` does them.

A *task* is something that is done again and again. Tasks of one *lane* are done one
after the other, whichever program does them: a platform counts all requests of an
account together, and reports need much memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from listener.collect.base import Source
from listener.jobs.collecting.plans import Desk, plan_desks, tell_host
from listener.posts import Brand, fold_handle
from listener.settings import Settings
from listener.settings.rhythms import Rhythm, WeeklyTime
from listener.settings.tokens import Tokens

TaskKind = Literal[
    "collect", "follow", "report", "publish", "send", "alerts", "tidy", "heartbeat", "weekly"
]

ACCOUNT_LANE = "account:"
# The task of `listener weekly`, which other programs may have.
WEEKLY = "weekly"
OTHERS = (WEEKLY,)
# Whoever runs by itself does these: `listener run` and `listener weekly`.
TIDY = "tidy"
ALERTS = "alerts"
PUBLISH = "publish"
SHARED = (TIDY, ALERTS, PUBLISH)
_REPORTS = "report"
_WEEK = Rhythm(every=timedelta(weeks=1))
_SENDING = Rhythm(every=timedelta(minutes=5))
_HEARTBEAT = Rhythm(every=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """One task.

    Attributes:
        name: The same in every program that shares the database.
        lane: What it has in common with tasks that are never done beside it.
        when: How often, in UTC, or when, in `zone`.
        desk: The account that is read or followed.
        source: What is read of it.
    """

    name: str
    kind: TaskKind
    lane: str
    when: Rhythm | WeeklyTime
    zone: str = "UTC"
    brand: str = ""
    desk: Desk | None = None
    source: Source | None = None

    @property
    def is_of_account(self) -> bool:
        """Whether a platform is asked: then no other program may ask for the account too."""
        return self.lane.startswith(ACCOUNT_LANE)


def plan_tasks(settings: Settings, tokens: Tokens) -> tuple[TaskPlan, ...]:
    """Return everything that is to be done again and again.

    Raises:
        ConfigError: If the tokens cannot be read.
    """
    desks = plan_desks(settings.brands, tokens, x_messages=settings.x.private_messages)
    return tuple(_list_tasks(settings, tokens, desks))


def plan_weekly() -> TaskPlan:
    """Return the task of `listener weekly`, which cron calls, and `listener run` never does."""
    return TaskPlan(name=WEEKLY, kind="weekly", lane=WEEKLY, when=_WEEK)


def list_desks(plans: Sequence[TaskPlan]) -> tuple[Desk, ...]:
    """Return the accounts of these tasks, each once."""
    return tuple(plan.desk for plan in plans if plan.kind == "follow" and plan.desk is not None)


def list_sources(plans: Sequence[TaskPlan]) -> dict[str, frozenset[str]]:
    """Return the names of each brand's sources, as the ledger of runs has them."""
    pairs = [(plan.brand, plan.source.key) for plan in plans if plan.source is not None]
    return {brand: frozenset(name for other, name in pairs if other == brand) for brand, _ in pairs}


def list_names(plans: Sequence[TaskPlan]) -> tuple[str, ...]:
    """Return the names under which the store keeps tasks and the lanes of accounts."""
    lanes = (plan.lane for plan in plans if plan.is_of_account)
    return tuple(dict.fromkeys((*(plan.name for plan in plans), *lanes)))


def _list_tasks(settings: Settings, tokens: Tokens, desks: Sequence[Desk]) -> Iterator[TaskPlan]:
    for desk in desks:
        yield from _list_desk_tasks(settings, tokens, desk)
    for brand in settings.brands:
        yield _plan_report(settings, brand)
    if settings.publish.folder is not None:
        # Both need much memory.
        yield TaskPlan(name=PUBLISH, kind="publish", lane=_REPORTS, when=settings.schedule.publish)
    if settings.mail.is_on:
        yield TaskPlan(name="send", kind="send", lane="send", when=_SENDING)
    if settings.alerts.is_on:
        yield TaskPlan(name=ALERTS, kind="alerts", lane=ALERTS, when=settings.alerts.every)
    if settings.schedule.heartbeat_url:
        yield TaskPlan(name="heartbeat", kind="heartbeat", lane="heartbeat", when=_HEARTBEAT)
    yield TaskPlan(name=TIDY, kind="tidy", lane="tidy", when=settings.schedule.tidy)


def _list_desk_tasks(settings: Settings, tokens: Tokens, desk: Desk) -> Iterator[TaskPlan]:
    lane, key, platform = name_lane(desk, tokens), desk.brand.key, desk.account.platform
    for source in desk.sources:
        yield TaskPlan(
            name=f"collect:{source.key}",
            kind="collect",
            lane=lane,
            when=settings.schedule.find_rhythm(key, platform, source.kind),
            brand=key,
            desk=desk,
            source=source,
        )
    yield TaskPlan(
        name=f"follow:{desk.visits_key}",
        kind="follow",
        lane=lane,
        when=settings.schedule.find_rhythm(key, platform, "follow"),
        brand=key,
        desk=desk,
    )


def name_lane(desk: Desk, tokens: Tokens) -> str:
    """Return who is asking, as the platform sees it.

    Mastodon counts the requests of an account's own token; readers without it are counted by
    their address, or by the one token of that server. Two brands may share an account.
    """
    account = desk.account
    name = fold_handle(account.handle)
    if account.platform == "mastodon" and not tokens.mastodon_account(account.handle):
        name = tell_host(account)
    return f"{ACCOUNT_LANE}{account.platform}:{name}"


def _plan_report(settings: Settings, brand: Brand) -> TaskPlan:
    return TaskPlan(
        name=f"report:{brand.key}",
        kind="report",
        lane=_REPORTS,
        when=settings.schedule.find_report_time(brand.key),
        zone=brand.time_zone,
        brand=brand.key,
    )
