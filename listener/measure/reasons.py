"""Why a case was measured as it was, in sentences: which post decided, by which rule.

Pure: rows in, sentences out, which can be said in any language. Sections are those of
`docs/measures.md`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listener.measure.fate import FAST_SECONDS, HELP_WITHIN_DAYS
from listener.measure.outcome import SUBSTANCE
from listener.measure.reviewed import BY_PERSON
from listener.measure.sentence import Sentence, Span, Term, Value
from listener.measure.sentence import say as _

Row = Mapping[str, Any]


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
    value: Value
    because: Sentence
    section: str


YES, NO, NO_CLOCK = _("yes"), _("no"), _("no clock")
GONE = _("a post that is gone")


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
    outcome = Term("OUTCOME", case["outcome"])
    yield Reason("outcome", outcome, _explain_outcome(story, settle_days), "4")
    yield from _explain_afterwards(story)


class _Story:
    """A case whose posts can be asked for by what they do."""

    def __init__(self, case: Row, posts: Sequence[Row]) -> None:
        self.case, self.posts = case, posts
        self.names = {
            post["post"]: _("post %(number)s", number=number)
            for number, post in enumerate(posts, start=1)
        }
        self.replies = [post for post in posts if post["side"] == "brand" and not post["automatic"]]

    def name(self, post: int | None) -> Sentence:
        """Return what a post is called: its number, if it is one of the case."""
        return self.names.get(post, GONE)

    def first(self, flag: str) -> Row | None:
        return next((post for post in self.replies if post[flag]), None)

    def last_word(self) -> Row | None:
        words = [post for post in self.replies if set(SUBSTANCE).intersection(post["labels"])]
        return words[-1] if words else None


_NOTES = {
    "opening_unknown": _(
        "its first post answers one that was not collected, or was deleted; no clock runs"
    ),
    "proactive": _("the brand spoke first, to a post that did not address it; no clock runs"),
    "untagged": _("only a keyword found it; it is left out of all figures"),
}


def _explain_opening(story: _Story) -> Iterator[Reason]:
    case = story.case
    for flag, because in _NOTES.items():
        if case[flag]:
            yield Reason(flag, YES, because, "1")
    if case["recontact_of"]:
        because = _(
            "it takes up %(case)s, within a week of its last post", case=case["recontact_of"]
        )
        yield Reason("recontact", YES, because, "1")
    if not case["has_need"]:
        yield Reason("has_need", NO, _("no post of the customer calls for a reply"), "1")


def _explain_clocks(story: _Story, turns: Sequence[Row]) -> Iterator[Reason]:
    case = story.case
    first = next(iter(story.replies), None)
    yield _explain_clock("first_reply", "first_reply", story, first)
    helpful = story.first("helps")
    yield _explain_clock("first_helpful_reply", "first_helpful", story, helpful)
    for turn in turns:
        if turn["clock"] == "followup_reply":
            opener = next(post for post in story.posts if post["turn"] == turn["turn"])
            waited = Span(turn["wait_seconds"], turn["observed"])
            because = _(
                "from %(post)s on, which calls for a reply", post=story.name(opener["post"])
            )
            yield Reason("followup_reply", waited, because, "2")
    if case["fast_no_help"] is not None:
        yield _explain_fast(help_seen=not case["fast_no_help"])


def _explain_fast(*, help_seen: bool) -> Reason:
    limits: dict[str, Value] = {"limit": Span(FAST_SECONDS), "days": HELP_WITHIN_DAYS}
    if help_seen:
        because = _(
            "answered within %(limit)s, and a helpful reply or a word that it is solved was seen "
            "within %(days)s days",
            **limits,
        )
        return Reason("fast_no_help", NO, because, "4")
    because = _(
        "answered within %(limit)s, and neither a helpful reply nor a word that it is solved was "
        "seen within %(days)s days",
        **limits,
    )
    return Reason("fast_no_help", YES, because, "4")


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
            because = _(
                "all of this lay outside of the opening hours, so it is in no such curve: %(what)s",
                what=Term("REASONS_OF", what),
            )
            yield Reason("service_time", _("off hours"), because, "2")
        elif seconds is not None:
            because = _(
                "so much of this lay in the opening hours: %(what)s", what=Term("REASONS_OF", what)
            )
            yield Reason("service_time", Span(seconds, observed), because, "2")


def _explain_clock(what: str, column: str, story: _Story, reply: Row | None) -> Reason:
    case = story.case
    seconds, observed = case[f"{column}_seconds"], case[f"{column}_observed"]
    if case[f"{column}_skewed"]:
        return Reason(what, NO_CLOCK, _("the reply bears a time before its post"), "2")
    if seconds is None:
        return Reason(what, NO_CLOCK, _("no post of the opening turn starts one"), "2")
    if observed and reply is not None:
        return Reason(what, Span(seconds), _explain_stop(what, story.name(reply["post"])), "2")
    because = _(
        "nothing seen up to the end of observation, %(until)s; it counts as at least this",
        until=case["observed_until"],
    )
    return Reason(what, Span(seconds, observed=False), because, "2")


def _explain_stop(what: str, post: Sentence) -> Sentence:
    if what == "first_reply":
        return _("%(post)s is the first reply", post=post)
    return _("%(post)s is the first to answer or report done", post=post)


def _explain_handling(story: _Story) -> Reason:
    case = story.case
    helps, deflects = story.first("helps"), story.first("deflects")
    link = next((post["post"] for post in story.replies if "link" in post["labels"]), None)
    named: dict[str, Value] = {
        "helper": story.name(helps["post"] if helps else None),
        "mover": story.name(deflects["post"] if deflects else None),
        "targets": tuple(Term("TARGETS", target) for target in case["targets"] or ()),
        "link": story.name(link),
    }
    because = Sentence(_HANDLINGS[case["handling"]].text, named)
    return Reason("handling", Term("HANDLING", case["handling"]), because, "3")


_HANDLINGS = {
    "unanswered": _("there is no public reply by a person"),
    "public": _("%(helper)s helps, and no reply deflects"),
    "public_then_moved": _("%(helper)s helps before or in %(mover)s, which deflects (%(targets)s)"),
    "moved": _("%(mover)s deflects (%(targets)s), and nothing helps up to and including it"),
    "linked": _("no reply helps or deflects, %(link)s gives a link"),
    "acknowledged": _("no reply helps, deflects or gives a link"),
    "reply_deleted": _("all replies were deleted"),
}
_TOLD = {
    "solved": _("rule 4a: after the brand’s last word (%(last)s), %(post)s says that it is solved"),
    "unsolved": _(
        "rule 4a: after the brand’s last word (%(last)s), %(post)s says that it is not solved"
    ),
    "complaint": _("rule 4a: after the brand’s last word (%(last)s), %(post)s complains"),
    "need": _("rule 4a: after the brand’s last word (%(last)s), %(post)s calls for a reply"),
}
_LAST_WORDS = {
    "refuses": _("rule 4d: the brand’s last word, %(post)s, refuses"),
    "moves": _("rule 4d: the brand’s last word, %(post)s, hands the matter over"),
    "serves": _(
        "rule 4d: the brand’s last word, %(post)s, answers, reports it done or gives a link"
    ),
    "waits": _("rule 4d: the brand’s last word, %(post)s, asks or promises something"),
    "nothing": _("rule 4d: the brand’s last word, %(post)s, neither helps nor promises anything"),
}


def _explain_outcome(story: _Story, settle_days: float) -> Sentence:
    case, rule = story.case, story.case["outcome_rule"]
    if rule == BY_PERSON:
        return _("a person went through the case and said so")
    if rule == "4":
        return {
            "none": _("no post of the customer has a need, or says solved or not solved"),
            "unanswered": _("there is no reply"),
        }[case["outcome"]]
    reason = _explain_rule(story, rule)
    silence = _explain_silence(case, settle_days)
    both: dict[str, Value] = {"rule": reason, "silence": silence or ""}
    return Sentence("%(rule)s; %(silence)s", both) if silence else reason


def _explain_rule(story: _Story, rule: str) -> Sentence:
    case = story.case
    word, decided = story.last_word(), story.name(case["outcome_post"])
    last = story.name(word["post"]) if word else _("the last courtesy")
    named: dict[str, Value] = {"post": decided, "last": last}
    if rule == "4a":
        said = next((p for p in story.posts if p["post"] == case["outcome_post"]), {"labels": ()})
        told = next((text for label, text in _TOLD.items() if label in said["labels"]), None)
        return Sentence((told or _TOLD["need"]).text, named)
    if rule == "4b" and case["outcome"] == "handed_over":
        return _(
            "rule 4b: %(post)s thanks or praises after the last word (%(last)s), which hands the "
            "matter over",
            **named,
        )
    if rule == "4b":
        return _(
            "rule 4b: %(post)s thanks or praises after the last word (%(last)s), which serves the "
            "matter",
            **named,
        )
    if rule == "4c":
        return _(
            "rule 4c: %(post)s said that it is solved, and nothing was asked since", post=decided
        )
    if word is None:
        return _("rule 4d: all replies are courtesy")
    return Sentence(_LAST_WORDS[_judge_last_word(case["outcome"], word)].text, {"post": decided})


def _judge_last_word(outcome: str, word: Row) -> str:
    if outcome == "unresolved":  # if it does not refuse, a recontact has turned it
        return "refuses" if "refusal" in word["labels"] else "serves"
    if outcome in {"handed_over", "claimed"}:
        return "moves" if outcome == "handed_over" else "serves"
    if {"question", "promise"}.intersection(word["labels"]):
        return "waits"
    return "serves" if word["helps"] or "link" in word["labels"] else "nothing"


_SILENCES = {
    "brand_silent": _("nothing more was said for %(days)s days, and the customer spoke last"),
    "customer_silent": _("nothing more was said for %(days)s days, and the brand spoke last"),
    "not_revisited": _("nobody looked at the conversation again %(days)s days after its last post"),
}


def _explain_silence(case: Row, settle_days: float) -> Sentence | None:
    came_back = case["recontacted_at"] is not None and case["outcome"] == "unresolved"
    if case["outcome_rule"] == "4d" and came_back:
        return _("the customer opened a new case on %(time)s", time=case["recontacted_at"])
    silence = _SILENCES.get(case["outcome"])
    return Sentence(silence.text, {"days": f"{settle_days:g}"}) if silence else None


def _explain_afterwards(story: _Story) -> Iterator[Reason]:
    case = story.case
    if case["fate"]:
        yield Reason("fate", Term("FATE", case["fate"]), _explain_fate(story), "4")
    if case["last_public_word"]:
        because = _("the last public post is the brand’s, and leaves it at that")
        value = Term("LAST_WORDS", case["last_public_word"])
        yield Reason("last_public_word", value, because, "4")
    for what, flag in (("chases", "chase"), ("followups_unasked", "followup_unasked")):
        posts = tuple(story.name(post["post"]) for post in story.posts if post[flag])
        if posts:
            yield Reason(what, int(case[what]), Sentence("%(posts)s", {"posts": posts}), "4")
    if case["reopened"]:
        post = next((post["post"] for post in story.posts if post["reopens"]), None)
        because = _("%(post)s asks again after a solved", post=story.name(post))
        yield Reason("reopened", YES, because, "4")


def _explain_fate(story: _Story) -> Sentence:
    told = story.case["fate_post"]
    if story.case["fate"] == "private_closed":
        return _("the private part was seen, and was brought to an end there")
    if told is None:
        return _("of the last hand-over nobody said how it ended")
    return _("of the last hand-over %(post)s tells", post=story.name(told))
