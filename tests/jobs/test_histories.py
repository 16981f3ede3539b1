"""Whatever happens on the platforms, on the way to them, or to the program: nothing is lost.

Each history ends with two quiet rounds; then the store is what the platform shows to this
token, no post is there twice, the ledger adds up, and what was booked is what was charged.
`make soak` runs a hundred times as many of them.
"""

import os
import random

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.jobs.histories import PEOPLE, Ground, History

# A history is long enough to be read as it is; making it shorter takes minutes.
PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate)
SEARCHED = 10
EXAMPLES = int(os.environ.get("HISTORIES", "1000"))
PARTS = 20
MOST_ROUNDS = 3
KILLED = int(os.environ.get("KILLS", "30"))
VIEWS = [("x", "watch"), ("x", "owner"), ("mastodon", "watch"), ("mastodon", "owner")]

pytestmark = [pytest.mark.long, pytest.mark.soak]

who = st.sampled_from([*PEOPLE, "acme"])
pick = st.integers(-1, 50)


@pytest.fixture
def ground(tmp_path):
    ground = Ground(tmp_path)
    yield ground
    ground.store.close()


def make_machine(ground, views):  # noqa: C901 - one small method for each thing that happens
    class Machine(RuleBasedStateMachine):
        history = None
        rounds = 0

        @initialize(view=st.sampled_from(views))
        def begin(self, view):
            self.history = History(ground, *view)

        @rule(who=who, addresses=st.booleans(), parent=pick, late=st.sampled_from([0, 0, 0, 1, 8]))
        def write(self, who, addresses, parent, late):
            self.history.write(who, addresses=addresses, parent=parent, late=late)

        @rule(who=st.sampled_from(PEOPLE))
        def whisper(self, who):
            self.history.whisper(who)

        @rule(number=st.integers(0, 50))
        def edit(self, number):
            self.history.edit(number)

        @rule(number=st.integers(0, 50))
        def delete(self, number):
            self.history.delete(number)

        @rule(kind=st.integers(0, 14), after=st.integers(0, 9))
        def break_next(self, kind, after):
            self.history.break_next(kind, after)

        @rule(minutes=st.sampled_from([1, 20, 61, 400, 1500]))
        def wait(self, minutes):
            self.history.rounds.advance(minutes=minutes)

        @precondition(lambda self: self.rounds < MOST_ROUNDS)
        @rule(kill_at=st.one_of(st.none(), st.integers(0, 60)))
        def collect(self, kill_at):
            self.rounds += 1
            self.history.collect(kill_at)

        def teardown(self):
            if self.history is None:
                return
            try:
                self.history.settle()
                self.history.check()
            finally:
                self.history.close()

    return Machine


@pytest.mark.parametrize("view", VIEWS, ids="-".join)
def test_nothing_is_lost_in_any_history_that_is_searched_for(ground, view):
    machine = make_machine(ground, [view])
    settings = hypothesis.settings(
        max_examples=SEARCHED,
        stateful_step_count=14,
        phases=PHASES,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(machine, settings=settings)


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_in_a_thousand_random_histories(ground, part):
    for number in range(part, EXAMPLES, PARTS):
        chance = random.Random(number)  # noqa: S311 - a history must come out the same again
        live_through(History(ground, *VIEWS[number // PARTS % len(VIEWS)]), chance)


def live_through(history, chance):
    """Let things happen between rounds, of which some are hit by faults and some are killed."""
    try:
        for _ in range(chance.choice([1, 1, 2])):
            for _ in range(chance.randrange(1, 10)):
                happen(history, chance)
            if chance.random() < 0.5:
                history.break_next(chance.randrange(15), chance.randrange(10))
            history.collect(chance.randrange(60) if chance.random() < 0.5 else None)
        history.settle()
        history.check()
    finally:
        history.close()


@pytest.mark.parametrize("number", range(KILLED))
def test_a_program_that_is_killed_loses_nothing(ground, number):
    chance = random.Random(number)  # noqa: S311 - a history must come out the same again
    history = History(ground, *VIEWS[number % len(VIEWS)])
    try:
        for _ in range(2):
            for _ in range(chance.randrange(4, 12)):
                happen(history, chance)
            history.collect_and_kill(chance.randrange(1, 12))
        history.settle()
        history.check()
    finally:
        history.close()


def happen(history, chance):
    """Let something happen."""
    person = chance.choice([*PEOPLE, "acme"])
    match chance.randrange(8):
        case 0:
            history.whisper(chance.choice(PEOPLE))
        case 1:
            history.edit(chance.randrange(50))
        case 2:
            history.delete(chance.randrange(50))
        case 3:
            history.rounds.advance(minutes=chance.choice([1, 61, 400]))
        case _:
            parent, late = chance.randrange(-5, 50), chance.choice([0, 0, 0, 1, 8])
            is_addressed = chance.random() < 0.7
            history.write(person, addresses=is_addressed, parent=parent, late=late)
