"""Links between posts, also those that only hostile data has."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from listener.measure.graph import cut_cycles, find_components, follow, trace_ancestors

NONE = -1


def array(*values):
    return np.array(values, dtype=np.int64)


def test_the_earliest_post_of_a_cycle_loses_its_link():
    parents = array(2, 0, 1, 2)
    sooner = array(3, 1, 2, 4)
    assert cut_cycles(parents, sooner).tolist() == [2, NONE, 1, 2]


def test_two_cycles_are_cut_apart_from_each_other():
    parents = array(1, 0, 3, 2, NONE)
    assert cut_cycles(parents, array(1, 2, 4, 3, 5)).tolist() == [NONE, 0, 3, NONE, NONE]


def test_links_without_cycles_stay():
    parents = array(NONE, 0, 1, 1)
    assert cut_cycles(parents, array(1, 2, 3, 4)) is parents


def test_depth_and_the_latest_time_above():
    depth, latest = trace_ancestors(array(NONE, 0, 1, NONE), array(10, 5, 20, 1))
    assert depth.tolist() == [0, 1, 2, 0]
    assert latest.tolist() == [10, 10, 20, 1]


def test_following_ends_at_the_end_of_each_chain():
    assert follow(array(0, 0, 1, 3)).tolist() == [0, 0, 0, 3]


def test_components():
    component = find_components(5, array(1, 3), array(0, 4))
    assert component[0] == component[1]
    assert component[3] == component[4]
    assert len(set(component.tolist())) == 3


@given(st.integers(1, 30).flatmap(lambda size: st.tuples(st.just(size), _list_pairs(size))))
def test_components_are_those_of_scipy(drawn):
    size, pairs = drawn
    starts, ends = (array(*(pair[side] for pair in pairs)) for side in (0, 1))
    links = coo_array((np.ones(len(pairs)), (starts, ends)), shape=(size, size))
    _, expected = connected_components(links, directed=False)
    assert find_components(size, starts, ends).tolist() == expected.tolist()


def _list_pairs(size):
    node = st.integers(0, size - 1)
    return st.lists(st.tuples(node, node), max_size=40)


def test_nothing_at_all():
    empty = array()
    assert cut_cycles(empty, empty).tolist() == []
    assert find_components(0, empty, empty).tolist() == []


@given(st.lists(st.integers(-1, 14), min_size=1, max_size=15), st.randoms())
def test_no_links_whatever_leave_a_cycle(links, random):
    size = len(links)
    parents = array(*(link if link < size else NONE for link in links))
    sooner = list(range(size))
    random.shuffle(sooner)
    cut = cut_cycles(parents, array(*sooner))
    for start in range(size):
        node, steps = start, 0
        while node != NONE:
            node, steps = int(cut[node]), steps + 1
            assert steps <= size
    assert ((cut == parents) | (cut == NONE)).all()
