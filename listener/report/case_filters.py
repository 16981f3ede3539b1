"""Name the figures that count a case, so that each figure can show its cases."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import product
from string import ascii_lowercase
from typing import Any
from zoneinfo import ZoneInfo

from listener.figures import Rhythm
from listener.measure.dialogue import DEEP_TURNS
from listener.measure.handling import MOVED
from listener.measure.rhythm import BLOCK_HOURS, HOURS, WEEKDAYS
from listener.report.filter_words import FILTERS
from listener.report.hours import list_weekdays
from listener.report.language import Language
from listener.report.listed_posts import PostGroup
from listener.report.weekly import CaseRow

FAST_SECONDS = 3_600
# Of no single figure, but of all cases that bear a mark of both kinds: those that went the same
# way, that ended so and were told to end so, that began, or waited, at the same time of the week.
WAY, SEEN, BEGAN, WAITED = "way", "seen", "began", "waited"
PAIRS = {
    WAY: ("handled", "outcome"),
    SEEN: ("outcome", "told"),
    BEGAN: ("day", "hour"),
    WAITED: ("day", "block"),
}
_TIMES = ("day-", "hour-", "block-")
CLEAR = {"familiar", "formal"}
OPEN_ENDS = ("pending", "brand_silent", "customer_silent")
_NAMES = (
    *FILTERS,
    *(f"day-{day}" for day in range(1, WEEKDAYS + 1)),
    *(f"hour-{hour}" for hour in range(HOURS)),
    *(f"block-{hour}" for hour in range(0, HOURS, BLOCK_HOURS)),
)
# Two characters instead of a name, for a page can hold ten thousand rows; a letter comes first.
CODES = dict(zip(_NAMES, map("".join, product(ascii_lowercase, ascii_lowercase)), strict=False))


def find_response_filters(case: Mapping[str, Any]) -> list[str]:
    """Return the names of the period's own figures that count this case."""
    deflected = case["handling"] in MOVED
    is_clocked = case["first_reply_seconds"] is not None
    fast = (
        is_clocked
        and bool(case["first_reply_observed"])
        and case["first_reply_seconds"] <= FAST_SECONDS
    )
    service = _judge_service_waits(case)
    brand, customer = case["register_brand"], case["register_customer"]
    flags = {
        "own": True,
        "answered": case["answered"],
        "clocked": is_clocked,
        "replied": is_clocked and case["first_reply_observed"],
        "waiting": is_clocked and not case["first_reply_observed"],
        "deflected": deflected,
        "fast": fast,
        "helped": bool(case["first_helpful_observed"]),
        "opening_unknown": case["opening_unknown"],
        "register_mismatch": is_mismatch(case),
        "register_clear": {brand, customer} <= CLEAR,
        "brand_spoke": brand is not None,
        "customer_spoke": customer is not None,
        f"brand_says-{brand}": brand is not None,
        f"customer_says-{customer}": customer is not None,
    }
    targets = [f"target-{target}" for target in case["targets"] or ()]
    return [f"handling-{case['handling']}", *targets, *_set(flags | service)]


def _judge_service_waits(case: Mapping[str, Any]) -> dict[str, bool]:
    """Tell which waits in opening hours alone count this case."""
    is_clocked = case["first_reply_service_seconds"] is not None
    is_help_clocked = case["first_helpful_service_seconds"] is not None
    replied = bool(case["first_reply_observed"])
    return {
        "service_clocked": is_clocked,
        "service_replied": is_clocked and replied,
        "service_waiting": is_clocked and not replied,
        "service_help_clocked": is_help_clocked,
        "service_helped": is_help_clocked and bool(case["first_helpful_observed"]),
    }


def find_early_filters(case: Mapping[str, Any]) -> list[str]:
    """Return the names by which cases are found whose outcome is too early to say."""
    return [f"so_far-{case['outcome']}"]


def find_outcome_filters(case: Mapping[str, Any]) -> list[str]:
    """Return the names of the settled period's figures that count this case."""
    answered = bool(case["answered"])
    flags = {
        "judged": True,
        "had_answer": answered,
        "fast_judged": case["fast_no_help"] is not None,
        "fast_no_help": case["fast_no_help"],
        "last_public_word": case["settled"] and case["last_public_word"] is not None,
        "chased": answered and case["chases"] > 0,
        "followup_asked": answered and case["followups_asked"] > 0,
        "followup_unasked": answered and case["followups_unasked"] > 0,
        "reopened": case["reopened"],
        "deep": min(case["customer_turns"], case["brand_turns"]) >= DEEP_TURNS,
        "asks_back": answered and case["asks_back"],
        "settled": case["settled"],
        "open_end": case["outcome"] in OPEN_ENDS,
        "fated": case["fate"] is not None,
    }
    fate = [f"fate-{case['fate']}"] if case["fate"] else []
    way = [f"handled-{case['handling']}", f"outcome-{case['outcome']}"]
    return [*way, *fate, *_set(flags)]


def find_time_filters(case: Mapping[str, Any], rhythm: Rhythm, time_zone: str) -> list[str]:
    """Return the names by which the maps of weekdays and hours find this case."""
    at: datetime = case["opened_at"]
    if rhythm.since is None or rhythm.until is None or not rhythm.since <= at < rhythm.until:
        return []
    if case["opened_by"] != "customer" or case["opening_unknown"]:
        return []
    local = at.astimezone(ZoneInfo(time_zone))
    names = [f"day-{local.isoweekday()}", f"hour-{local.hour}"]
    if case["first_reply_seconds"] is not None:
        names.append(f"block-{local.hour // BLOCK_HOURS * BLOCK_HOURS}")
    return names


def count_filters(rows: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """Return how many cases each figure counts, and each way from a handling to an outcome.

    Args:
        rows: The names of each case.
    """
    counts = Counter[str]()
    for names in rows:
        counts.update(name for name in names if not name.startswith(_TIMES))
        counts.update(_list_pairs(names))
    return dict(counts)


def add_posts(filters: Mapping[str, int], groups: Iterable[PostGroup]) -> dict[str, int]:
    """Return how many cases and single posts each figure counts."""
    counts = Counter(filters)
    for group in groups:
        counts.update(dict.fromkeys(group.filters, len(group.posts)))
    return dict(counts)


def _list_pairs(names: Iterable[str]) -> list[str]:
    """Return the names that stand for two marks of this case."""
    marks = dict(name.split("-", 1) for name in names if "-" in name)
    return [
        f"{pair}-{marks[one]}-{other}"
        for pair, (one, kind) in PAIRS.items()
        if one in marks and (other := marks.get(kind))
    ]


def name_filter(language: Language, name: str) -> str:
    """Return what a figure counts, in words."""
    if name in FILTERS:
        return language.gettext(FILTERS[name])
    kind, handling, outcome = name.split("-")
    if kind == SEEN:
        return f"{language.word('OUTCOME', handling)}; {language.word('TOLD', outcome)}"
    if kind != WAY:
        hours = 1 if kind == BEGAN else BLOCK_HOURS
        return _name_time(language, int(handling), int(outcome), hours)
    return f"{language.word('HANDLING', handling)} → {language.word('OUTCOME', outcome)}"


def _name_time(language: Language, day: int, hour: int, hours: int) -> str:
    text = language.gettext("began on a %(day)s between %(since)s:00 and %(until)s:00")
    name = list_weekdays(language, "wide")[day - 1]
    return text % {"day": name, "since": hour, "until": hour + hours}


def make_filter_rules(names: Iterable[str]) -> str:
    """Return the style rules by which a figure's link hides all other cases, without scripts.

    With scripts `page.js` does it: a browser takes seconds for so many rules and rows.
    """
    rules = "\n".join(
        f"#show-{name}:target~* [data-f]:not({marks}),"
        f"#show-{name}:target~.group:not(:has({marks})){{display:none}}"
        for name, marks in ((name, _select(name)) for name in names)
    )
    return f"@media (scripting: none) {{\n{rules}\n}}"


def make_label_rules(language: Language) -> str:
    """Return the style rules that name the waits of a row in brief.

    Written once in the style instead of ten thousand times in the rows.
    """
    names = {5: language.gettext("first reply"), 6: language.gettext("first helpful")}
    return "\n".join(
        f".cases > li > p:nth-of-type({place})::before{{content:{_quote(name)}}}"
        for place, name in names.items()
    )


def _quote(text: str) -> str:
    """Return a text as a string of CSS, whatever is in it."""
    safe = "".join(char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in text)
    return f'"{safe}"'


def _select(name: str) -> str:
    return "".join(f"[data-f~={mark}]" for mark in list_marks(name))


def list_marks(name: str) -> list[str]:
    """Return the marks of the cases behind a figure; a way from here to there has two."""
    if name in FILTERS:
        return [CODES[name]]
    pair, *values = name.split("-")
    kinds = PAIRS[pair]
    return [CODES[f"{kind}-{value}"] for kind, value in zip(kinds, values, strict=True)]


def make_sort_keys(row: CaseRow) -> str:
    """Return by what a page sorts a case: when it began, in minutes, and the wait in seconds."""
    wait = row.first_reply.seconds
    seconds = -1 if wait is None else round(wait)
    return f"{int(row.opened_at.timestamp() // 60)} {seconds}"


def is_mismatch(case: Mapping[str, Any]) -> bool:
    """Return whether one side of a case says "du" and the other one "Sie"."""
    return {case["register_brand"], case["register_customer"]} == CLEAR


def _set(flags: Mapping[str, object]) -> list[str]:
    return [name for name, holds in flags.items() if holds]
