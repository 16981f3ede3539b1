"""What each figure counts, in words: by these names its cases and posts are marked on a page.

As in `words`, `_` only marks the texts for extraction.
"""

from listener.measure.voice import CLUSTERS, REGISTERS
from listener.report.words import FATE, HANDLING, OUTCOME, TARGETS
from listener.report.words import REGISTERS as REGISTER_WORDS


def _(text: str) -> str:
    return text


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
    "clocked": _("with a known first post"),
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
    "not_read": _("posts in neither English nor German"),
}
POST_FILTERS = frozenset(_POSTS)
FILTERS = {**_CASES, **_POSTS}
