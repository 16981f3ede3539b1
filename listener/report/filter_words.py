"""What each figure counts, in words: by these names its cases and posts are marked on a page.

As in `words`, `_` only marks the texts for extraction.
"""

from listener.measure.voice import CLUSTERS, REGISTERS
from listener.report.words import (
    FATE,
    HANDLING,
    OUTCOME,
    PROMISE_STATES,
    PROMISES,
    TARGETS,
    TOLD,
)
from listener.report.words import REGISTERS as REGISTER_WORDS


def _(text: str) -> str:
    return text


# Of so many sources that tell from elsewhere the cases can be shown; others are only counted.
MOST_SOURCES = 12
_CASES = {
    **{f"handling-{key}": text for key, text in HANDLING.items()},
    **{f"handled-{key}": text for key, text in HANDLING.items()},
    **{f"outcome-{key}": text for key, text in OUTCOME.items()},
    **{f"fate-{key}": text for key, text in FATE.items()},
    **{f"target-{key}": text for key, text in TARGETS.items()},
    "answered": _("answered in public"),
    "deflected": _("sent elsewhere"),
    "fast": _("first reply within an hour"),
    "fast_no_help": _("quick reply, no help"),
    "last_public_word": _("the brand’s last public word is a hand-over or a promise"),
    "chased": _("the customer had to ask again"),
    "followup_asked": _("the brand came back after being asked again"),
    "followup_unasked": _("the brand came back unasked"),
    "reopened": _("solved, then open again"),
    "deep": _("both sides spoke at least twice"),
    "asks_back": _("the brand asked something"),
    "register_mismatch": _("one side says du, the other Sie"),
    "settled": _("watched for seven days or more"),
    "opening_unknown": _("the opening post is missing"),
    "helped": _("first helpful reply seen"),
    "replied": _("first reply seen"),
    "waiting": _("no public reply seen"),
    "open_end": _("broke off or still open"),
    "fated": _("sent elsewhere, and watched for seven days since"),
    **{f"so_far-{key}": text for key, text in OUTCOME.items()},
    "own": _("all of this period"),
    "judged": _("all whose outcomes are told"),
    "clocked": _("with a known first post"),
    "service_clocked": _("waited in opening hours for a first reply"),
    "service_replied": _("first reply seen, waited in opening hours"),
    "service_waiting": _("no public reply seen, waited in opening hours"),
    "service_help_clocked": _("waited in opening hours for a helpful reply"),
    "service_helped": _("first helpful reply seen, waited in opening hours"),
    "told": _("told from elsewhere"),
    **{f"told-{key}": text for key, text in TOLD.items()},
    **{
        f"source_{key}-{number}": text
        for key, text in TOLD.items()
        for number in range(MOST_SOURCES)
    },
    "contradicted": _("sources say different things"),
    "fast_judged": _("answered within an hour, and watched for seven days"),
    "had_answer": _("answered in public"),
    "customer": _("one case of each customer"),
    "reached": _("one answered case of each customer who got a reply"),
    "praise": _("opens with praise"),
    "praise_answered": _("opens with praise, and was answered"),
    "complaint": _("opens with a complaint"),
    "complaint_answered": _("opens with a complaint, and was answered"),
    "register_clear": _("each side keeps to du or to Sie"),
    "brand_spoke": _("the brand wrote in a language that has du and Sie"),
    "customer_spoke": _("the customer wrote in a language that has du and Sie"),
    **{f"brand_says-{key}": REGISTER_WORDS[key] for key in REGISTERS},
    **{f"customer_says-{key}": REGISTER_WORDS[key] for key in REGISTERS},
    "no_need": _("no reply needed"),
    "untagged": _("found by a keyword alone"),
}
_POSTS = {
    "wrote": _("the brand’s own posts"),
    "wrote_reply": _("the brand’s replies to customers"),
    "automatic": _("automatic replies"),
    "reply": _("replies in cases that count"),
    "reply_deflects": _("replies that send the customer elsewhere"),
    **{f"reply_target-{key}": text for key, text in TARGETS.items()},
    "reply_kept": _("replies that are still there"),
    "signed": _("signed replies"),
    "canned_known": _("replies that were compared with those of 28 days"),
    "canned": _("replies like those to three other customers or more"),
    **{f"canned-{number}": _("replies that are alike") for number in range(1, CLUSTERS + 1)},
    "promise": _("promises"),
    "promise_said": _("promises that name a time"),
    "promise_checked": _("promises of which it is known what came of them"),
    **{f"promise-{key}": text for key, text in PROMISES.items()},
    "promise-not_checkable": PROMISE_STATES["not_checkable"],
    "promise-open": PROMISE_STATES["open"],
    "promise_kind-contact": _("promises to come back"),
    "promise_kept-contact": _("promises to come back: kept"),
    "promise_kind-act": _("other promises by a time"),
    "promise_kept-act": _("other promises by a time: kept"),
    "followup": _("follow-up questions"),
    "followup_answered": _("follow-up questions with a reply"),
    "followup_waiting": _("follow-up questions without a reply"),
    "service_followup": _("follow-up questions in opening hours"),
    "service_followup_answered": _("follow-up questions in opening hours, with a reply"),
    "service_followup_waiting": _("follow-up questions in opening hours, without a reply"),
    "not_read": _("posts in neither English nor German"),
}
POST_FILTERS = frozenset(_POSTS)
FILTERS = {**_CASES, **_POSTS}
