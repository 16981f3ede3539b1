"""Whatever several owners do in whichever order, the store hands out what a plain model does."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from listener.store.store import Store
from listener.store.tables import MAILS, TASKS
from tests.builders import START
from tests.clocks import StoppedClock

LEASE = timedelta(seconds=40)
LATEST = timedelta(hours=2)
NAMES = st.sampled_from(["send", "tidy"])
OWNERS = st.sampled_from("abc")
SECONDS = st.sampled_from([0, 1, 39, 40, 41, 3_600, 7_200])
ours = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)

TASK_STEPS = st.one_of(
    st.tuples(st.just("plan"), NAMES, SECONDS),
    st.tuples(st.just("claim"), NAMES, OWNERS),
    st.tuples(st.just("claim"), NAMES, OWNERS),
    st.tuples(st.just("renew"), NAMES, OWNERS),
    st.tuples(st.just("finish"), NAMES, OWNERS, st.sampled_from(["done", "failed"]), SECONDS),
    st.tuples(st.just("release"), NAMES, OWNERS),
    st.tuples(st.just("drop"), NAMES),
    st.tuples(st.just("turn"), SECONDS),
    st.tuples(st.just("turn"), SECONDS.map(lambda seconds: -seconds)),
)
MAIL_STEPS = st.one_of(
    st.tuples(st.just("claim"), OWNERS),
    st.tuples(st.just("claim"), OWNERS),
    st.tuples(st.just("finish"), OWNERS),
    st.tuples(st.just("release"), OWNERS, SECONDS),
    st.tuples(st.just("doubt"), OWNERS),
    st.tuples(st.just("turn"), SECONDS),
)


@dataclass(frozen=True)
class Row:
    """One task, or one mail, as the rules have it."""

    due_at: datetime
    owner: str | None = None
    leased_at: datetime | None = None
    lease_until: datetime | None = None
    failures: int = 0
    takeovers: int = 0

    def is_free(self, now: datetime) -> bool:
        return self.owner is None or self.lease_until <= now

    def shift(self, now: datetime) -> "Row":
        if self.leased_at is None or self.leased_at <= now:
            return self
        return replace(self, leased_at=now, lease_until=now + (self.lease_until - self.leased_at))

    def lease(self, owner: str, now: datetime) -> "Row":
        return replace(self, owner=owner, leased_at=now, lease_until=now + LEASE)

    def give_back(self, due_at: datetime) -> "Row":
        return replace(self, owner=None, leased_at=None, lease_until=None, due_at=due_at)


class Tasks:
    """What tasks are, in plain Python, with one program at a time."""

    def __init__(self, clock: StoppedClock) -> None:
        self.clock = clock
        self.rows: dict[str, Row] = {}

    def plan(self, name, seconds):
        self.rows.setdefault(name, Row(self.clock.now + timedelta(seconds=seconds)))

    def claim(self, name, owner):
        now = self.clock.now
        if name not in self.rows:
            return False
        row = self.rows[name] = self.rows[name].shift(now)
        if not row.is_free(now) or now < row.due_at <= now + LATEST:
            return False
        takeovers = row.takeovers + (row.owner is not None)
        self.rows[name] = replace(row.lease(owner, now), takeovers=takeovers)
        return True

    def is_own(self, name, owner):
        return name in self.rows and self.rows[name].owner == owner

    def renew(self, name, owner):
        if not self.is_own(name, owner):
            return set()
        self.rows[name] = self.rows[name].lease(owner, self.clock.now)
        return {name}

    def finish(self, name, owner, state, seconds):
        if not self.is_own(name, owner):
            return False
        row = self.rows[name].give_back(self.clock.now + timedelta(seconds=seconds))
        self.rows[name] = replace(row, failures=row.failures + 1 if state == "failed" else 0)
        return True

    def release(self, name, owner):
        if not self.is_own(name, owner):
            return False
        self.rows[name] = self.rows[name].give_back(self.clock.now)
        return True

    def drop(self, kept):
        now, before = self.clock.now, len(self.rows)
        shifted = {name: row.shift(now) for name, row in self.rows.items() if name != kept}
        self.rows |= shifted
        for name, row in shifted.items():
            if row.is_free(now):
                del self.rows[name]
        return before - len(self.rows)

    def turn(self, seconds):
        self.clock.turn(seconds=seconds)


TASK_CALLS = {
    "plan": lambda store, name, seconds: store.plan_tasks(
        [name], first_in=timedelta(seconds=seconds)
    ),
    "claim": lambda store, name, owner: store.claim_task(name, owner, lease=LEASE, latest=LATEST),
    "renew": lambda store, name, owner: store.renew_tasks([name], owner, lease=LEASE),
    "finish": lambda store, name, owner, state, seconds: store.finish_task(
        name, owner, state=state, next_in=timedelta(seconds=seconds)
    ),
    "release": lambda store, name, owner: store.release_task(name, owner),
    "drop": lambda store, name: store.drop_tasks([name]),
    "turn": lambda store, seconds: None,
}


def clear(store, table):
    with store._database.writing(lock_posts=False) as connection:
        connection.execute(delete(table))


def load_rows(store):
    columns = ("due_at", "owner", "leased_at", "lease_until", "failures", "takeovers")
    frame = store.load_tasks()
    return dict(zip(frame["name"], map(Row, *(frame[name] for name in columns)), strict=True))


@ours
@given(steps=st.lists(TASK_STEPS, max_size=40))
def test_tasks_are_as_in_the_model(timed, clock, steps):
    clear(timed, TASKS)
    clock.now = START
    model = Tasks(clock)
    timed.plan_tasks(["send"])
    model.plan("send", 0)
    for verb, *arguments in steps:
        told = TASK_CALLS[verb](timed, *arguments)
        assert told == getattr(model, verb)(*arguments), (verb, arguments)
    assert load_rows(timed) == model.rows


MAIL = ("acme:2026-W10", "5f2a")
MAIL_CALLS = {
    "claim": lambda store, owner: store.claim_mail(*MAIL, owner, lease=LEASE),
    "finish": lambda store, owner: store.finish_mail(*MAIL, owner, message_id="<1>"),
    "release": lambda store, owner, seconds: store.release_mail(
        *MAIL, owner, error="no", next_in=timedelta(seconds=seconds)
    ),
    "doubt": lambda store, owner: store.doubt_mail(*MAIL, owner, error="?"),
}


def follow_mail(store: Store, clock: StoppedClock, steps) -> list[tuple[str, str]]:
    """Take the steps and return what came of those that the store granted."""
    granted = []
    for verb, *arguments in steps:
        if verb == "turn":
            clock.turn(seconds=arguments[0])
        elif MAIL_CALLS[verb](store, *arguments):
            granted.append((verb, arguments[0]))
    return granted


@ours
@given(steps=st.lists(MAIL_STEPS, max_size=40))
def test_a_mail_is_begun_again_only_after_its_sender_gave_it_back(timed, clock, steps):
    clear(timed, MAILS)
    clock.now = START
    holder, is_sent, attempts = None, False, 0
    for verb, owner in follow_mail(timed, clock, steps):
        assert not is_sent
        if verb == "claim":
            assert holder is None
            holder, attempts = owner, attempts + 1
            continue
        assert holder == owner
        is_sent = verb == "finish"
        holder = holder if verb == "doubt" else None
    clock.turn(days=1)
    mails = timed.load_mails()
    assert mails["attempts"].to_list() == [attempts] * mails.height
    assert mails["unsure"].to_list() == [holder is not None] * mails.height
