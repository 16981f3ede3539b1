"""Why a case was measured as it was, in sentences: which post decided, by which rule.

Pure: rows in, sentences out. Sections are those of `docs/measures.md`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listener.measure.fate import FAST_SECONDS, HELP_WITHIN_DAYS
from listener.measure.outcome import SUBSTANCE
from listener.measure.reviewed import BY_PERSON

Row = Mapping[str, Any]
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was measured of a case.

    Attributes:
        what: The name of the measure, as in the evidence tables.
        value: What was found, in a word or two.
        because: The rule and the posts, by their numbers, that led to it.
        section: Where the measure is defined.
    """

    what: str
    value: str
    because: str
    section: str


def give_reasons(
    case: Row, posts: Sequence[Row], turns: Sequence[Row], *, settle_days: float
) -> Iterator[Reason]:
    """Yield what was measured of a case, in the order of `docs/measures.md`.

    Args:
        case: Its row of the table of cases.
        posts: Its posts in order; they are called by their places, from 1.
        turns: Its turns in order.
        settle_days: How long a conversation must have been quiet before it is judged.
    """
    story = _Story(case, posts)
    yield from _explain_opening(story)
    yield from _explain_clocks(story, turns)
    yield from _explain_service(case, turns)
    yield _explain_handling(story)
    yield Reason("outcome", case["outcome"], _explain_outcome(story, settle_days), "4")
    yield from _explain_afterwards(story)


class _Story:
    """A case whose posts can be asked for by what they do."""

    def __init__(self, case: Row, posts: Sequence[Row]) -> None:
        self.case, self.posts = case, posts
        self.numbers = {post["post"]: number for number, post in enumerate(posts, start=1)}

    def name(self, post: int | None) -> str:
        """Return what a post is called: its number, if it is one of the case."""
        return f"post {self.numbers[post]}" if post in self.numbers else "a post that is gone"

    def replies(self) -> Iterator[Row]:
        return (post for post in self.posts if post["side"] == "brand" and not post["automatic"])

    def first(self, flag: str) -> Row | None:
        return next((post for post in self.replies() if post[flag]), None)

    def last_word(self) -> Row | None:
        words = [post for post in self.replies() if set(SUBSTANCE).intersection(post["labels"])]
        return words[-1] if words else None


def _explain_opening(story: _Story) -> Iterator[Reason]:
    case = story.case
    notes = (
        ("opening_unknown", "its first post answers one that was not collected, or was deleted"),
        ("proactive", "the brand spoke first, to a post that did not address it"),
        ("untagged", "only a keyword found it; it is left out of all figures"),
    )
    for flag, because in notes:
        if case[flag]:
            yield Reason(flag, "yes", f"{because}; no clock runs", "1")
    if case["recontact_of"]:
        because = f"it takes up {case['recontact_of']}, within a week of its last post"
        yield Reason("recontact", "yes", because, "1")
    if not case["has_need"]:
        yield Reason("has_need", "no", "no post of the customer calls for a reply", "1")


def _explain_clocks(story: _Story, turns: Sequence[Row]) -> Iterator[Reason]:
    case = story.case
    first = next(story.replies(), None)
    yield _explain_clock("first_reply", "first_reply", story, first)
    helpful = story.first("helps")
    yield _explain_clock("first_helpful_reply", "first_helpful", story, helpful)
    for turn in turns:
        if turn["clock"] == "followup_reply":
            opener = next(post for post in story.posts if post["turn"] == turn["turn"])
            waited = _span(turn["wait_seconds"], observed=turn["observed"])
            because = f"from {story.name(opener['post'])} on, which calls for a reply"
            yield Reason("followup_reply", waited, because, "2")
    fast = case["fast_no_help"]
    if fast is not None:
        value = "yes" if fast else "no"
        because = (
            f"answered within {_span(FAST_SECONDS)}; helpful reply or a word that it is solved "
            f"within {HELP_WITHIN_DAYS} days: {'none' if fast else 'seen'}"
        )
        yield Reason("fast_no_help", value, because, "4")


def _explain_service(case: Row, turns: Sequence[Row]) -> Iterator[Reason]:
    """Yield how much of each wait lay in the opening hours, where the brand has some."""
    waits = [
        (what, case[f"{name}_service_seconds"], case[f"{name}_observed"], case[f"{name}_off_hours"])
        for what, name in (("first_reply", "first_reply"), ("first_helpful_reply", "first_helpful"))
    ]
    waits += [
        ("followup_reply", turn["service_seconds"], turn["observed"], turn["off_hours"])
        for turn in turns
        if turn["clock"] == "followup_reply"
    ]
    for what, seconds, observed, is_off in waits:
        if is_off:
            because = f"all of {what} lay outside of the opening hours; it is in no such curve"
            yield Reason("service_time", "off hours", because, "2")
        elif seconds is not None:
            because = f"so much of {what} lay in the opening hours"
            yield Reason("service_time", _span(seconds, observed=observed), because, "2")


def _explain_clock(what: str, column: str, story: _Story, reply: Row | None) -> Reason:
    case = story.case
    seconds, observed = case[f"{column}_seconds"], case[f"{column}_observed"]
    if case[f"{column}_skewed"]:
        return Reason(what, "no clock", "the reply bears a time before its post", "2")
    if seconds is None:
        return Reason(what, "no clock", "no post of the opening turn starts one", "2")
    if observed and reply is not None:
        does = "the first reply" if what == "first_reply" else "the first to answer or report done"
        return Reason(what, _span(seconds), f"{story.name(reply['post'])} is {does}", "2")
    until = f"{case['observed_until']:%Y-%m-%d %H:%M} UTC"
    because = f"nothing seen up to the end of observation, {until}; it counts as at least this"
    return Reason(what, _span(seconds, observed=False), because, "2")


def _explain_handling(story: _Story) -> Reason:
    case = story.case
    helps, deflects = story.first("helps"), story.first("deflects")
    helper = story.name(helps["post"]) if helps else "no reply"
    mover = story.name(deflects["post"]) if deflects else "no reply"
    targets = ", ".join(case["targets"] or ())
    link = next((post["post"] for post in story.replies() if "link" in post["labels"]), None)
    because = {
        "unanswered": "there is no public reply by a person",
        "public": f"{helper} helps, and no reply deflects",
        "public_then_moved": f"{helper} helps before or in {mover}, which deflects ({targets})",
        "moved": f"{mover} deflects ({targets}), and nothing helps up to and including it",
        "linked": f"no reply helps or deflects, {story.name(link)} gives a link",
        "acknowledged": "no reply helps, deflects or gives a link",
        "reply_deleted": "all replies were deleted",
    }[case["handling"]]
    return Reason("handling", case["handling"], because, "3")


_BY_LABEL = {
    "solved": "says that it is solved",
    "unsolved": "says that it is not solved",
    "complaint": "complains",
    "need": "calls for a reply",
}
_LAST_WORDS = {
    "unresolved": "refuses",
    "handed_over": "hands the matter over",
    "claimed": "answers, reports it done or gives a link",
    "not_revisited": "claims or promises something",
}


def _explain_outcome(story: _Story, settle_days: float) -> str:
    case, rule = story.case, story.case["outcome_rule"]
    if rule == BY_PERSON:
        return "a person went through the case and said so"
    if rule == "4":
        return {
            "none": "no post of the customer has a need, or says solved or not solved",
            "unanswered": "there is no reply",
        }[case["outcome"]]
    decided = story.name(case["outcome_post"])
    reason = f"rule {rule}: {_explain_rule(story, rule, decided)}"
    return f"{reason}; {silence}" if (silence := _explain_silence(case, settle_days)) else reason


def _explain_rule(story: _Story, rule: str, decided: str) -> str:
    case = story.case
    word = story.last_word()
    last = story.name(word["post"]) if word else "the last courtesy"
    if rule == "4a":
        said = next((p for p in story.posts if p["post"] == case["outcome_post"]), {"labels": ()})
        does = next((text for label, text in _BY_LABEL.items() if label in said["labels"]), "tells")
        return f"after the brand's last word ({last}), {decided} {does}"
    if rule == "4b":
        led = "hands the matter over" if case["outcome"] == "handed_over" else "serves the matter"
        return f"{decided} thanks or praises after the last word ({last}), which {led}"
    if rule == "4c":
        return f"{decided} said that it is solved, and nothing was asked since"
    if word is None:
        return "all replies are courtesy"
    return f"the brand's last word, {decided}, {_name_last_word(case['outcome'], word)}"


def _name_last_word(outcome: str, word: Row) -> str:
    if outcome == "unresolved" and "refusal" not in word["labels"]:
        outcome = "claimed"  # a recontact has turned it
    if outcome in {"unresolved", "handed_over", "claimed"}:
        return _LAST_WORDS[outcome]
    if {"question", "promise"}.intersection(word["labels"]):
        return "asks or promises something"
    return "answers or gives a link" if word["helps"] else "neither helps nor promises anything"


def _explain_silence(case: Row, settle_days: float) -> str:
    days = f"{settle_days:g} days"
    came_back = case["recontacted_at"] is not None and case["outcome"] == "unresolved"
    if case["outcome_rule"] == "4d" and came_back:
        return f"the customer opened a new case on {case['recontacted_at']:%Y-%m-%d}"
    return {
        "brand_silent": f"nothing more was said for {days}, and the customer spoke last",
        "customer_silent": f"nothing more was said for {days}, and the brand spoke last",
        "not_revisited": f"nobody looked at the conversation again {days} after its last post",
    }.get(case["outcome"], "")


def _explain_afterwards(story: _Story) -> Iterator[Reason]:
    case = story.case
    if case["fate"]:
        told = case["fate_post"]
        because = f"{story.name(told)} tells" if told is not None else "nobody said how it ended"
        yield Reason("fate", case["fate"], f"of the last hand-over: {because}", "4")
    if case["last_public_word"]:
        because = "the last public post is the brand's, and leaves it at that"
        yield Reason("last_public_word", case["last_public_word"], because, "4")
    for what, flag in (("chases", "chase"), ("followups_unasked", "followup_unasked")):
        posts = [story.name(post["post"]) for post in story.posts if post[flag]]
        if posts:
            yield Reason(what, str(case[what]), ", ".join(posts), "4")
    if case["reopened"]:
        post = next((post["post"] for post in story.posts if post["reopens"]), None)
        yield Reason("reopened", "yes", f"{story.name(post)} asks again after a solved", "4")


def _span(seconds: float, *, observed: bool = True) -> str:
    mark = "" if observed else "> "
    size, unit = next(((s, u) for s, u in _UNITS if seconds >= s), (1, "s"))
    return f"{mark}{seconds / size:.3g} {unit}"
