"""Say why a case is worth reading, and choose those that are told in full."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import zip_longest
from typing import Any

from listener.measure.handling import MOVED

STORIES = 300
STORY_POSTS = 24
ALL_STORY_POSTS = 2_500
# Those that are told in any case come first.
_FIRST = "wanted"
RANKS = (
    "came_back",
    "fast_no_help",
    "chased",
    "unresolved",
    "unanswered",
    "last_public_word",
    "resolved",
    "moved",
    "public",
    "other",
)


def find_reason(case: Mapping[str, Any], *, is_settled_period: bool) -> str:
    """Return the strongest reason to read this case, the first that holds in `RANKS`.

    What came of a case is no reason while it is too early to say.
    """
    later = {
        "came_back": case["fate"] == "came_back",
        "fast_no_help": bool(case["fast_no_help"]),
        "chased": case["chases"] > 0,
        "unresolved": case["outcome"] == "unresolved",
        "last_public_word": bool(case["settled"] and case["last_public_word"]),
        "resolved": case["outcome"] == "resolved",
    }
    holds = {
        "unanswered": case["handling"] == "unanswered",
        "moved": case["handling"] in MOVED,
        "public": case["handling"] == "public",
        "other": True,
        **(later if is_settled_period else {}),
    }
    return next(reason for reason in RANKS if holds.get(reason))


def choose_stories(
    candidates: Iterable[tuple[str, int, str]], wanted: Collection[str] = ()
) -> frozenset[str]:
    """Return the cases to tell in full: some of every reason, the longest first.

    Args:
        candidates: Reason, number of posts and id of each case.
        wanted: Cases that are told in any case.
    """
    by_reason: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for reason, posts, case in candidates:
        kept = reason if case not in wanted else _FIRST
        by_reason[kept].append((-min(posts, STORY_POSTS), case))
    columns = [sorted(by_reason[reason]) for reason in (_FIRST, *RANKS) if reason in by_reason]
    chosen: set[str] = set()
    posts_left = ALL_STORY_POSTS
    for row in zip_longest(*columns):
        for posts, case in filter(None, row):
            posts_left += posts
            if len(chosen) == STORIES or posts_left < 0:
                return frozenset(chosen)
            chosen.add(case)
    return frozenset(chosen)
