"""Tell what became of promises, and list those after which nothing more was said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from listener.posts import OPEN_VISIBILITIES
from listener.report.dialogue import TalkRow
from listener.report.language import Language
from listener.report.privacy import Privacy
from listener.report.quotations import clean_text
from listener.report.weekly import BrandWeek, BrokenPromise
from listener.report.wording import show_share


@dataclass(frozen=True, slots=True)
class PromiseNotes:
    """What stands beside the table of promises, in sentences."""

    made: str
    unchecked: str = ""
    open: str = ""


def find_broken(
    promises: pl.DataFrame, posts: pl.DataFrame, customers: Mapping[str, str], privacy: Privacy
) -> tuple[BrokenPromise, ...]:
    """Return the promises of some cases that nobody kept in public, the oldest first.

    Args:
        promises: Evidence of the brand's promises.
        posts: Posts of its cases.
        customers: How the customer of each case is called; other cases are left out.
        privacy: What may be seen of them.
    """
    public = pl.col("visibility").is_in(OPEN_VISIBILITIES)
    broken = promises.filter((pl.col("state") == "broken") & public).sort("at", "case", "post")
    authors = posts.select("case", "post", "side", "deleted", "author_handle")
    told = broken.join(authors, on=["case", "post"], how="left", maintain_order="left")
    return tuple(
        _make_row(row, customers[row["case"]], privacy)
        for row in told.iter_rows(named=True)
        if row["case"] in customers
    )


def _make_row(row: Mapping[str, Any], customer: str, privacy: Privacy) -> BrokenPromise:
    # What a brand names as a time is a few words long.
    has_words = row["due_said"] and privacy.limit_words(row)
    return BrokenPromise(
        case=row["case"],
        customer=customer,
        at=row["at"],
        due_at=row["due_at"],
        words=clean_text(row["due_words"] or "") if has_words else "",
        url=privacy.find_link(row),
    )


def list_promise_rows(week: BrandWeek, language: Language) -> tuple[TalkRow, ...]:
    """Return the shares of what became of promises, over those of which anybody can tell."""
    told, say = week.figures.promises, language.gettext
    rows = [
        TalkRow(language.word("PROMISES", state), show_share(language, share), f"promise-{state}")
        for state, share in told.states.items()
    ]
    kinds = {
        "contact": say("Of promises to come back: kept"),
        "act": say("Of other promises by a time: kept"),
    }
    rows += [
        TalkRow(kinds[kind], show_share(language, share), f"promise_kept-{kind}")
        for kind, share in told.kept_by_kind.items()
        if 0 < share.total < told.checked
    ]
    return tuple(rows)


def tell_promises(week: BrandWeek, language: Language) -> PromiseNotes:
    """Return how many promises were made, and of how many nobody can tell."""
    told = week.figures.promises
    made = language.ngettext(
        "%(count)s promise was made to come back, or to do something by a time; %(said)s of "
        "them named a time.",
        "%(count)s promises were made to come back, or to do something by a time; %(said)s of "
        "them named a time.",
        told.total,
    )
    unchecked = language.ngettext(
        "Of %(count)s nobody can tell: the talk went on in private, or was not looked at again.",
        "Of %(count)s nobody can tell: the talk went on in private, or was not looked at again.",
        told.not_checkable,
    )
    still = language.ngettext(
        "%(count)s was not yet due.", "%(count)s were not yet due.", told.open
    )
    return PromiseNotes(
        made % {"count": language.number(told.total), "said": language.number(told.due_said)},
        unchecked % {"count": language.number(told.not_checkable)} if told.not_checkable else "",
        still % {"count": language.number(told.open)} if told.open else "",
    )
