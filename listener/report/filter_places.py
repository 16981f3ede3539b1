"""Where on a page a figure stands, and over which cases or posts it is counted."""

from listener.report.filter_words import FILTERS
from listener.report.words import PROMISES

_FIGURES = (
    "answered",
    "deflected",
    "fast",
    "fast_judged",
    "fast_no_help",
    "helped",
    "last_public_word",
    "replied",
    "waiting",
    "clocked",
)
_TALK = (
    "deep",
    "asks_back",
    "customer",
    "reached",
    "praise",
    "praise_answered",
    "complaint",
    "complaint_answered",
    "register_mismatch",
    "register_clear",
    "brand_spoke",
    "customer_spoke",
    "brand_says",
    "customer_says",
    "wrote",
    "wrote_reply",
    "reply_kept",
    "signed",
    "canned_known",
    "canned",
)
_PROMISES = ("promise", "promise_said", "promise_checked", "promise_kind", "promise_kept")
_SERVICE = tuple(name for name in FILTERS if name.startswith("service_"))
SECTIONS = {
    "handling": "handling",
    "target": "handling",
    "reply": "handling",
    "reply_deflects": "handling",
    "reply_target": "handling",
    "automatic": "handling",
    "handled": "flow",
    "way": "flow",
    "began": "rhythm",
    "waited": "rhythm",
    "opening_unknown": "coverage",
    "no_need": "coverage",
    "untagged": "coverage",
    "not_read": "coverage",
    "own": "handling",
    **dict.fromkeys(("told", "seen", "contradicted"), "told"),
    **dict.fromkeys(("source_solved", "source_unsolved"), "told"),
    **dict.fromkeys(_PROMISES, "promises"),
    **dict.fromkeys(_SERVICE, "service"),
    **dict.fromkeys(("followup", "followup_answered", "followup_waiting"), "waiting"),
    **dict.fromkeys(_FIGURES, "figures"),
    **dict.fromkeys(_TALK, "talk"),
}
BASES = {
    "answered": "own",
    "deflected": "answered",
    "fast_no_help": "fast_judged",
    "last_public_word": "settled",
    **dict.fromkeys(("replied", "waiting", "helped"), "clocked"),
    **dict.fromkeys(("chased", "followup_asked", "followup_unasked", "asks_back"), "had_answer"),
    **dict.fromkeys(("service_replied", "service_waiting"), "service_clocked"),
    "service_helped": "service_help_clocked",
    **dict.fromkeys(("followup_answered", "followup_waiting"), "followup"),
    **dict.fromkeys(("service_followup_answered", "service_followup_waiting"), "service_followup"),
    **{f"promise-{state}": "promise_checked" for state in PROMISES},
    **dict.fromkeys(("promise_said", "promise-not_checkable", "promise-open"), "promise"),
    **{f"promise_kept-{kind}": f"promise_kind-{kind}" for kind in ("contact", "act")},
    "reached": "customer",
    "praise_answered": "praise",
    "complaint_answered": "complaint",
    "register_mismatch": "register_clear",
    "wrote_reply": "wrote",
    "reply_deflects": "reply",
    "signed": "reply_kept",
    "canned": "canned_known",
    **{name: "own" for name in FILTERS if name.startswith(("handling-", "so_far-"))},
    **{name: "judged" for name in FILTERS if name.startswith(("outcome-", "handled-"))},
    **dict.fromkeys(("deep", "reopened", "told"), "judged"),
    **{name: "answered" for name in FILTERS if name.startswith("target-")},
    **{name: "fated" for name in FILTERS if name.startswith("fate-")},
    **{name: "brand_spoke" for name in FILTERS if name.startswith("brand_says-")},
    **{name: "customer_spoke" for name in FILTERS if name.startswith("customer_says-")},
    **{name: "reply" for name in FILTERS if name.startswith("reply_target-")},
    **{name: "canned_known" for name in FILTERS if name.startswith("canned-")},
}
"""For a share the name of all over which it is counted, where that is not a whole week."""


def find_section(name: str) -> str:
    """Return the section of the page that shows a figure, to lead back there."""
    return SECTIONS.get(name.split("-")[0], "outcome")
