"""Tell in full, on pages of their own, the cases that a report's page lists in brief."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from listener.report.telling import ALL_STORY_POSTS, STORIES, STORY_POSTS
from listener.report.weekly import CaseRow, Story

TellStories = Callable[[frozenset[str]], Mapping[str, Story]]
"""Names of cases into their stories; those without a public post have none."""


def tell_further(
    rows: Sequence[CaseRow], tell: TellStories
) -> tuple[tuple[tuple[CaseRow, ...], ...], dict[str, int]]:
    """Tell cases in the order of the list, some hundred on a page.

    Args:
        rows: Cases that have no story yet.
        tell: Tells some of them.

    Returns:
        The cases of each page, and for each case its page, from 1.
    """
    pages, page_of = [], {}
    for part in _divide(rows):
        stories = tell(frozenset(row.case for row in part))
        told = [replace(row, story=stories[row.case]) for row in part if row.case in stories]
        if told:
            pages.append(tuple(told))
            page_of.update(dict.fromkeys((row.case for row in told), len(pages)))
    return tuple(pages), page_of


def _divide(rows: Sequence[CaseRow]) -> list[list[CaseRow]]:
    parts: list[list[CaseRow]] = []
    posts_left = 0
    for row in rows:
        size = min(row.posts, STORY_POSTS)
        if not parts or len(parts[-1]) == STORIES or posts_left < size:
            parts.append([])
            posts_left = ALL_STORY_POSTS
        parts[-1].append(row)
        posts_left -= size
    return parts
