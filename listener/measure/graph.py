"""Arrays of links between posts: cycles, depth, order and components.

A link array holds, for each post, the index of its parent, or -1. All loops
here double their stride (pointer jumping), so that a thread of a million
replies takes twenty rounds.
"""

import numpy as np
from numpy.typing import NDArray

Links = NDArray[np.int64]
NO_PARENT = -1


def cut_cycles(parents: Links, sooner: NDArray[np.int64]) -> Links:
    """Return the links without cycles, which only broken or hostile data has.

    In each cycle the link of the earliest post is cut, so that the rest of the
    thread hangs together.

    Args:
        parents: The index of each post's parent, or -1.
        sooner: A number for each post that grows with its time.
    """
    caught = _find_posts_in_cycles(parents)
    if not len(caught):
        return parents
    cycle = find_components(len(parents), caught, parents[caught])
    by_time = caught[np.argsort(sooner[caught], kind="stable")]
    _, first = np.unique(cycle[by_time], return_index=True)
    cut = parents.copy()
    cut[by_time[first]] = NO_PARENT
    return cut


def trace_ancestors(parents: Links, times: NDArray[np.int64]) -> tuple[Links, Links]:
    """Return each post's depth and the latest time among itself and its ancestors.

    The second is what posts are ordered by: with it a reply whose clock runs
    ahead never stands before the post that it answers.
    """
    jump = _with_sentinel(parents)
    depth = np.append((parents != NO_PARENT).astype(np.int64), 0)
    latest = np.append(times, np.iinfo(np.int64).min)
    root = len(parents)
    while (jump != root).any():
        latest = np.maximum(latest, latest[jump])
        depth = depth + depth[jump]
        jump = jump[jump]
    return depth[:-1], latest[:-1]


def follow(links: Links) -> Links:
    """Return for each index where its chain ends; an index ends at itself.

    Args:
        links: The next index of each, or its own where the chain stops.
    """
    while True:
        further = links[links]
        if np.array_equal(further, links):
            return links
        links = further


def find_components(size: int, starts: Links, ends: Links) -> Links:
    """Return the number of the connected component of each of `size` nodes.

    Each round hangs components onto the lowest one that they touch, and then sees them as
    one node each. Of those that touch another one less than half are left after two rounds.
    """
    lowest = np.arange(size)
    while len(starts):
        np.minimum.at(lowest, np.maximum(starts, ends), np.minimum(starts, ends))
        lowest = follow(lowest)
        starts, ends = lowest[starts], lowest[ends]
        still_apart = starts != ends
        starts, ends = starts[still_apart], ends[still_apart]
    number = np.cumsum(lowest == np.arange(size)) - 1
    return number[lowest]


def _with_sentinel(parents: Links) -> Links:
    root = len(parents)
    return np.append(np.where(parents == NO_PARENT, root, parents), root)


def _find_posts_in_cycles(parents: Links) -> Links:
    """Return the posts at which one comes out who follows links for longer than there are posts."""
    jump = _with_sentinel(parents)
    root = len(parents)
    for _ in range(int(root).bit_length() + 1):
        if (jump == root).all():
            break
        jump = jump[jump]
    return np.unique(jump[jump != root])
