"""Why a promise counts as kept or not, in a sentence: what it said, until when, who came back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from listener.measure.due import UNTOLD_DAYS
from listener.measure.reasons import Reason

Row = Mapping[str, Any]
_UNCHECKED = {
    "aside": "the brand promised to come back where nobody else sees it",
    "moved": "the talk had moved to where nobody else sees it by then",
    "reply_deleted": "a reply that was deleted may have kept it",
    "not_observed": "nobody looked at the conversation again after that",
}


def give_promise_reasons(
    promises: Sequence[Row], posts: Sequence[Row], time_zone: str
) -> Iterator[Reason]:
    """Yield for each promise of a case by when it was due and what came of it.

    Args:
        promises: Its rows of the table of promises.
        posts: Its posts in order; they are called by their places, from 1.
        time_zone: The brand's.
    """
    numbers = {post["post"]: number for number, post in enumerate(posts, start=1)}
    for promise in promises:
        because = (
            f"post {numbers[promise['post']]} promises {_WHAT[promise['kind']]}, due "
            f"{promise['due_at'].astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M} "
            f"{_tell_time(promise)}; {_tell_end(promise, numbers)}"
        )
        yield Reason("promise", promise["state"], because, "4")


_WHAT = {"contact": "to come back", "act": "something by a time"}


def _tell_time(promise: Row) -> str:
    if promise["due_said"]:
        return f"(“{promise['due_words']}”)"
    if promise["due_words"]:
        return f"(put off by “{promise['due_words']}” beside it)"
    return f"(no time named: {UNTOLD_DAYS} days)"


def _tell_end(promise: Row, numbers: Mapping[int, int]) -> str:
    post = f"post {numbers.get(promise['decided_post'], '?')}"
    return {
        "kept": f"{post} comes back by then",
        "kept_late": f"{post} comes back later",
        "kept_after_chase": f"{post} comes back, but the customer had asked again before",
        "broken": "nothing more was said in public"
        if promise["decided_post"] is None
        else f"the customer asked again ({post}), and nobody came back",
        "open": "it was not due by the end of observation",
        "not_checkable": _UNCHECKED.get(promise["unchecked"], ""),
    }[promise["state"]]
