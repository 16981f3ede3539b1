"""Why a promise counts as kept or not, in a sentence: what it said, until when, who came back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from listener.measure.due import UNTOLD_DAYS
from listener.measure.reasons import Reason
from listener.measure.sentence import Sentence, Term, Value
from listener.measure.sentence import say as _

Row = Mapping[str, Any]


def give_promise_reasons(promises: Sequence[Row], posts: Sequence[Row]) -> Iterator[Reason]:
    """Yield for each promise of a case by when it was due and what came of it.

    Args:
        promises: Its rows of the table of promises.
        posts: Its posts in order; they are called by their places, from 1.
    """
    numbers = {post["post"]: number for number, post in enumerate(posts, start=1)}
    for promise in promises:
        parts: dict[str, Value] = {
            "what": _tell_what(promise, numbers),
            "time": _tell_time(promise),
            "end": _tell_end(promise, numbers),
        }
        because = Sentence("%(what)s (%(time)s); %(end)s", parts)
        yield Reason("promise", Term("PROMISE_STATES", promise["state"]), because, "4")


def _tell_what(promise: Row, numbers: Mapping[int, int]) -> Sentence:
    post = _("post %(number)s", number=numbers[promise["post"]])
    if promise["kind"] == "contact":
        return _("%(post)s promises to come back, due %(due)s", post=post, due=promise["due_at"])
    return _("%(post)s promises something by a time, due %(due)s", post=post, due=promise["due_at"])


def _tell_time(promise: Row) -> Sentence:
    words = promise["due_words"]
    if promise["due_said"]:
        return _("it says “%(words)s”", words=words)
    if words:
        return _("put off by “%(words)s” beside it", words=words)
    return _("no time named: %(days)s days", days=UNTOLD_DAYS)


_ENDS = {
    "kept": _("%(post)s comes back by then"),
    "kept_late": _("%(post)s comes back later"),
    "kept_after_chase": _("%(post)s comes back, but the customer had asked again before"),
    "broken": _("the customer asked again (%(post)s), and nobody came back"),
    "open": _("it was not due by the end of observation"),
}
_UNCHECKED = {
    "aside": _("the brand promised to come back where nobody else sees it"),
    "moved": _("the talk had moved to where nobody else sees it by then"),
    "reply_deleted": _("a reply that was deleted may have kept it"),
    "not_observed": _("nobody looked at the conversation again after that"),
}


def _tell_end(promise: Row, numbers: Mapping[int, int]) -> Sentence:
    state, decided = promise["state"], promise["decided_post"]
    if state == "not_checkable":
        return _UNCHECKED[promise["unchecked"]]
    if state == "broken" and decided is None:
        return _("nobody came back in public")
    post = _("post %(number)s", number=numbers.get(decided, 0))
    return Sentence(_ENDS[state].text, {"post": post})
