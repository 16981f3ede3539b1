"""Goals of a brand, written as `first_reply 80% within 1 h`."""

import re
from typing import Annotated, Any

from pydantic import PlainValidator

from listener.posts import Goal

_WITHIN = re.compile(
    r"(?P<figure>first_reply|helpful_reply) (?P<percent>\d{1,3}) ?% within "
    r"(?P<count>\d{1,3}) ?(?P<unit>min|h|d)"
)
_SHARE = re.compile(
    r"(?:(?P<least>answered) at least|(?P<most>sent_elsewhere) at most) (?P<percent>\d{1,3}) ?%"
)
_SECONDS = {"min": 60, "h": 3_600, "d": 86_400}
# The curves of waiting on the page end here.
_LONGEST_SECONDS = 7 * 86_400
_EXAMPLES = (
    '"first_reply 80% within 1 h", "helpful_reply 50% within 24 h", "answered at least 90%" or '
    '"sent_elsewhere at most 30%"'
)


def parse_goal(text: str) -> Goal:
    """Return the goal that a text names.

    Raises:
        ValueError: If it cannot be read, or nobody could reach or miss it.
    """
    said = " ".join(text.lower().split())
    within, share = _WITHIN.fullmatch(said), _SHARE.fullmatch(said)
    match = within or share
    if match is None:
        msg = f"must be such as {_EXAMPLES}"
        raise ValueError(msg)
    percent = int(match["percent"])
    if not 0 < percent < 101:
        msg = "the share must be from 1% to 100%"
        raise ValueError(msg)
    if share:
        return Goal(figure=share["least"] or share["most"], percent=percent)
    seconds = int(match["count"]) * _SECONDS[match["unit"]]
    if not 0 < seconds <= _LONGEST_SECONDS:
        msg = "the time must be from 1 min to 7 d"
        raise ValueError(msg)
    return Goal(figure=match["figure"], percent=percent, seconds=seconds)


def _parse(value: Any) -> Goal:  # noqa: ANN401 - whatever a file holds
    if not isinstance(value, str):
        msg = f"must be text, such as {_EXAMPLES}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    return parse_goal(value)


GoalText = Annotated[Goal, PlainValidator(_parse)]
