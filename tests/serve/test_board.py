"""The work list is measured when somebody looks, once at a time, and not too often."""

import threading
from contextlib import contextmanager

import pytest

from listener.errors import StoreError
from listener.serve.board import YOUNG_SECONDS, Keeper
from tests.serve.conftest import Seconds


class Measure:
    """Stands in for a store that takes as long as the test wants."""

    def __init__(self):
        self.count = 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.fault = None

    def __call__(self):
        self.count += 1
        number = self.count
        assert self.may_end.wait(20)
        if self.fault is not None:
            raise self.fault
        return number


@pytest.fixture
def measure():
    return Measure()


@pytest.fixture
def clock():
    return Seconds()


@pytest.fixture
def keeper(measure, clock):
    return Keeper(measure, clock)


@contextmanager
def holding(measure):
    measure.may_end.clear()
    try:
        yield
    finally:
        measure.may_end.set()


def test_nothing_is_measured_before_somebody_looks(measure, keeper):
    assert measure.count == 0
    assert keeper.look(20).board == 1


def test_a_young_list_is_not_measured_again_and_an_old_one_is(keeper, clock):
    assert [keeper.look(20).board for _ in range(3)] == [1, 1, 1]
    clock.now += YOUNG_SECONDS
    assert keeper.look(20).board == 2


def test_who_looks_while_it_is_measured_gets_the_older_one_and_starts_no_second(
    measure, keeper, clock
):
    keeper.look(20)
    clock.now += YOUNG_SECONDS
    with holding(measure):
        assert [keeper.look(0.01).board for _ in range(3)] == [1, 1, 1]
        assert measure.count == 2
    assert keeper.look(20).board == 2


def test_what_takes_long_is_measured_less_often(measure, keeper, clock):
    with holding(measure):
        assert keeper.look(0).board is None
        clock.now += 300
    assert keeper.look(20).board == 1
    clock.now += 1_199
    assert keeper.look(20).board == 1
    clock.now += 1
    assert keeper.look(20).board == 2


@pytest.mark.parametrize(
    ("fault", "told"), [(StoreError("database is locked"), "locked"), (OSError("x"), "OSError")]
)
def test_a_fault_is_told_beside_the_older_list_and_ends(measure, keeper, clock, fault, told):
    keeper.look(20)
    clock.now += YOUNG_SECONDS
    measure.fault = fault
    look = keeper.look(20)
    assert look.board == 1
    assert told in look.problem
    clock.now += YOUNG_SECONDS
    measure.fault = None
    assert keeper.look(20).problem == ""
