"""What the names of the measures are called on a page.

The English words here are also the keys of the translations; `_` only marks
them for extraction, `Language` translates when a page is rendered.
"""


def _(text: str) -> str:
    return text


HANDLING = {
    "public": _("helpful answer in public"),
    "public_then_moved": _("helpful answer, then sent elsewhere"),
    "moved": _("sent elsewhere, no help in public"),
    "linked": _("only a link"),
    "acknowledged": _("reply without help"),
    "reply_deleted": _("reply deleted later"),
    "unanswered": _("no public reply"),
}
OUTCOME = {
    "resolved": _("solved, by the customer’s words"),
    "claimed": _("answer or link given, customer said nothing more"),
    "handed_over": _("sent elsewhere, end unknown"),
    "pending": _("still open"),
    "brand_silent": _("the brand fell silent"),
    "customer_silent": _("the customer fell silent"),
    "not_revisited": _("not looked at again"),
    "unresolved": _("not solved"),
    "unanswered": _("no public reply"),
    "none": _("nothing to solve"),
}
# As outcomes stand in tables and drawings: solved first, the worst at the end.
OUTCOME_ORDER = (
    "resolved",
    "claimed",
    "handed_over",
    "pending",
    "brand_silent",
    "customer_silent",
    "not_revisited",
    "none",
    "unresolved",
    "unanswered",
)
TODO_OWN = {
    "answer": _("answer"),
    "promise": _("keep the promise"),
    "hand_over": _("ask how it ended"),
}
TODO_WATCHED = {
    "answer": _("waits for an answer"),
    "promise": _("promise is due"),
    "hand_over": _("sent elsewhere, then silence"),
}
SERVED = {
    "host": _("This name is not known here. The setting web.names has those that are."),
    "method": _("Here is nothing to change, only to read."),
    "password": _("A password is needed."),
    "nothing": _("Here is nothing."),
    "case": _("Nobody waits in this case any more, or there is none of this name."),
    "problem": _("The list could not be renewed: %(problem)s"),
}
TOLD = {"solved": _("told: solved"), "unsolved": _("told: not solved")}
FATE = {
    "solved": _("The customer said that it was solved"),
    "came_back": _("The customer came back: not solved, or asked again"),
    "brand_came_back": _("The brand came back in public, unasked"),
    "private_closed": _("In private it was brought to an end"),
    "silence": _("Silence: in public, nobody said how it ended"),
}
REGISTERS = {
    "familiar": _("du"),
    "formal": _("Sie"),
    "mixed": _("both"),
    "none": _("neither"),
}
PROMISES = {
    "kept": _("Kept: the brand came back by then"),
    "kept_late": _("The brand came back later"),
    "kept_after_chase": _("The brand came back after the customer had asked again"),
    "broken": _("The brand did not come back in public"),
}
PROMISE_STATES = {
    "kept": _("kept"),
    "kept_late": _("kept late"),
    "kept_after_chase": _("kept after being asked again"),
    "broken": _("broken"),
    "open": _("not yet due"),
    "not_checkable": _("cannot be checked"),
}
TARGETS = {
    "dm": _("direct message"),
    "phone": _("telephone"),
    "email": _("email"),
    "form": _("form, chat or shop"),
    "handle": _("another account"),
}
LABELS = {
    "dm": _("asks for a direct message"),
    "phone": _("refers to the telephone"),
    "email": _("refers to email"),
    "form": _("refers to a form, chat or shop"),
    "handle": _("refers to another account"),
    "link": _("gives a link"),
    "answer": _("gives an answer"),
    "question": _("asks a question"),
    "apology": _("apologises"),
    "empathy": _("shows understanding"),
    "promise": _("promises something"),
    "checkin": _("asks whether it is solved"),
    "refusal": _("refuses"),
    "done": _("says it is done"),
    "thanks": _("thanks"),
    "signed": _("is signed"),
    "need": _("calls for a reply"),
    "complaint": _("complains"),
    "praise": _("praises"),
    "solved": _("says it is solved"),
    "unsolved": _("says it is not solved"),
    "moved": _("has gone to the other channel"),
}
REASONS = {
    "fast_no_help": _("quick reply, no help"),
    "came_back": _("sent elsewhere, came back"),
    "chased": _("had to ask again"),
    "unresolved": _("not solved"),
    "unanswered": _("no public reply"),
    "resolved": _("solved"),
    "last_public_word": _("ends with a promise or a hand-over"),
    "moved": _("sent elsewhere"),
    "public": _("helped in public"),
    "other": _("other"),
}
MODES = {"watch": _("watched from outside"), "owner": _("seen with the brand’s own access")}
GRADES = {
    "complete": _("complete"),
    "partial": _("partial"),
    "unknown": _("unknown (imported file)"),
}
COVERAGE_REASONS = {
    "began_late": _("collection began after this period did"),
    "hole": _("a hole in the watch is longer than posts can be found again"),
    "stopped": _("collection ended before this period did"),
    "replies_missing": _("too few of the replies that the platform counts were collected"),
    "loss": _("posts are known to be lost"),
}
REASONS_OF = {
    "opening_unknown": _("Beginning unknown"),
    "proactive": _("Opened by the brand"),
    "untagged": _("Found by keyword"),
    "recontact": _("Asked again in a new case"),
    "has_need": _("Calls for a reply"),
    "first_reply": _("First reply"),
    "first_helpful_reply": _("First helpful reply"),
    "followup_reply": _("Reply to a later turn"),
    "service_time": _("In opening hours"),
    "fast_no_help": _("Quick reply, no help"),
    "handling": _("Handling"),
    "outcome": _("Outcome"),
    "fate": _("What came of the hand-over"),
    "last_public_word": _("Last public word"),
    "chases": _("Asked again"),
    "followups_unasked": _("The brand came back unasked"),
    "reopened": _("Solved, then open again"),
    "promise": _("Promise"),
    "told_elsewhere": _("Told from elsewhere"),
}
LAST_WORDS = {"hand_over": _("hand-over"), "promise": _("promise")}
COMPARED = {
    "first_reply": _("Median wait for the first public reply"),
    "first_helpful_reply": _("Median wait for the first helpful public reply"),
    "deflection_rate": _("Sent elsewhere"),
    "bare_deflection_rate": _("Sent elsewhere, no help in public"),
    "fast_no_help": _("Quick reply, no help"),
    "confirmed_share": _("Of the customers who said, solved"),
}
VERDICTS = {
    "higher": _("higher"),
    "lower": _("lower"),
    "longer": _("longer"),
    "shorter": _("shorter"),
    "different": _("different"),
    "chance": _("may be chance"),
    "among_many": _("unlikely by itself; among so many comparisons it may be chance"),
    "unreached": _("reached in neither week; the curves show no sure difference"),
}
GOAL_VERDICTS = {
    "reached": _("Goal reached"),
    "missed": _("Goal missed"),
    "chance": _("Goal: too close to tell"),
    "unseen": _("Goal: cannot be told"),
}
NO_COMPARISON = {
    "few_cases": _("too few cases"),
    "no_cases": _("one of the two weeks has no case"),
    "other_coverage": _("the two weeks were not seen in the same way: their coverage differs"),
    "words_gone": _("the words of the earlier week were erased in time, as the settings say"),
}
ALERTS = {
    "wave": _("Wave of complaints"),
    "unanswered": _("Unanswered for too long"),
    "promise": _("Promises due"),
    "answered": _("Answered after a long wait"),
    "silent": _("Not read for too long"),
    "budget": _("Budget nearly spent"),
}
PLATFORMS = {"x": "X", "mastodon": "Mastodon"}
AXIS_TICKS = {
    60: _("1 min"),
    300: _("5 min"),
    900: _("15 min"),
    3_600: _("1 h"),
    14_400: _("4 h"),
    86_400: _("1 d"),
    259_200: _("3 d"),
    604_800: _("7 d"),
}
QUOTED = {
    "none": _("Posts on Mastodon are not quoted here."),
    "indexable": _(
        "Posts on Mastodon are quoted only if they are public and their authors let themselves "
        "be found by searching."
    ),
    "unless_refused": _(
        "Posts on Mastodon are quoted only if they are public and their authors are known not to "
        "mind."
    ),
}
