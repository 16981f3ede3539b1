"""Explain one case: its posts, the words behind their labels, and why it was measured so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from listener.figures import Method
from listener.jobs.case_names import CaseFinder
from listener.jobs.evidence import quote_labels
from listener.jobs.measuring import Measured
from listener.label import Phrases
from listener.measure.case_reasons import explain_cases
from listener.measure.reasons import Reason
from listener.measure.reviewed import BY_PERSON
from listener.posts import OPEN_VISIBILITIES
from listener.report.people import make_handle_namer, name_customer
from listener.report.quotations import build_quotation, clean_text, has_safe_scheme

_TEXT_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Cue:
    """A label of a post, and what led to it.

    Attributes:
        quotes: Words of the post, and what they were found by: file, section and number of a
            phrase, or what else decided. Empty where a person set the label.
    """

    label: str
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedPost:
    """A post of the case as it may be shown; `text` is empty where it may not be quoted."""

    number: int
    side: str
    at: datetime
    author: str
    text: str
    url: str | None
    is_automatic: bool
    is_deleted: bool
    is_by_person: bool
    is_read: bool
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A case as a story: what was said, what each post does, and what follows from it."""

    case: str
    brand: str
    platform: str
    customer: str
    week: str
    zone: str
    posts: tuple[ExplainedPost, ...]
    reasons: tuple[Reason, ...]
    method: Method


def explain_case(
    measured: Measured, phrases: Phrases, name: str, *, handles: str = "initials"
) -> Explanation:
    """Explain a case.

    Args:
        measured: What was measured.
        phrases: What the posts were read by.
        name: The case, the beginning of its name, or the address or id of one of its posts.
        handles: `full` to name customers.

    Raises:
        ConfigError: If no case, or more than one, is meant.
    """
    case = CaseFinder(measured.tables).find(name)
    rows = measured.tables.case_posts.filter(pl.col("case") == case["case"]).sort("order")
    posts = rows.to_dicts()
    reasons = explain_cases(
        measured.tables, [case["case"]], settle_days=measured.observation.settle_days
    )
    speaker = _Speaker(measured, case, posts, full=handles == "full")
    cues = _find_cues(quote_labels(measured, rows["post"], phrases), speaker)
    return Explanation(
        case=case["case"],
        brand=case["brand"],
        platform=case["platform"],
        customer=speaker.customer,
        week=case["week"],
        zone=case["time_zone"],
        posts=tuple(
            _show_post(number, post, cues[post["post"]], speaker)
            for number, post in enumerate(posts, start=1)
        ),
        reasons=reasons[case["case"]],
        method=measured.method,
    )


class _Speaker:
    """Says who speaks, as far as it may be told."""

    def __init__(
        self,
        measured: Measured,
        case: Mapping[str, Any],
        posts: Sequence[Mapping[str, Any]],
        *,
        full: bool,
    ) -> None:
        self._name = make_handle_namer(measured.brands, full=full)
        first = next((post for post in posts if post["side"] == "customer"), {})
        self.customer = name_customer(
            case["platform"],
            case["customer"] or "",
            name=first.get("author_name") or "",
            handle=first.get("author_handle") or case["customer"] or "",
            full=full,
        )

    def tell_author(self, post: Mapping[str, Any]) -> str:
        if post["side"] == "customer":
            return self.customer
        return f"@{clean_text(post['author_handle'] or '')}"

    def quote(self, text: str) -> str:
        return build_quotation(text, limit=_TEXT_LENGTH, name_of=self._name)[0]


def _find_cues(evidence: pl.DataFrame, speaker: _Speaker) -> defaultdict[int, dict[str, Cue]]:
    """Return the labels of each post with the words and rules that led to them."""
    found: defaultdict[int, dict[str, Cue]] = defaultdict(dict)
    rows = evidence.sort("post", "label", "start")
    for (post, label), part in rows.group_by("post", "label", maintain_order=True):
        words = map(speaker.quote, part["words"])
        quotes = dict.fromkeys(zip(words, part["rule"], strict=True))
        found[int(str(post))][str(label)] = Cue(str(label), tuple(quotes))
    return found


def _show_post(
    number: int, post: Mapping[str, Any], found: Mapping[str, Cue], speaker: _Speaker
) -> ExplainedPost:
    open_ = post["visibility"] in OPEN_VISIBILITIES
    by_person = post["labelled_by"] == BY_PERSON
    silent = post["automatic"] or post["deleted"]
    labels = () if silent else post["labels"]
    return ExplainedPost(
        number=number,
        side=post["side"],
        at=post["at"],
        author=speaker.tell_author(post),
        text=speaker.quote(post["text"] or "") if open_ else "",
        url=post["url"] if has_safe_scheme(post["url"]) else None,
        is_automatic=bool(post["automatic"]),
        is_deleted=bool(post["deleted"]),
        is_by_person=by_person,
        is_read=post["read_as"] is not None,
        cues=tuple(Cue(label) if by_person else found.get(label, Cue(label)) for label in labels),
    )
