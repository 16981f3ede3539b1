"""Keep, withdraw and list outcomes that were told from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from listener.errors import ConfigError
from listener.jobs.case_names import CaseFinder
from listener.jobs.measuring import Measured
from listener.measure.told import OUTCOMES_TOLD, place_told
from listener.posts import Brand
from listener.report.quotations import clean_text, mask_text
from listener.store.store import Store
from listener.store.told import ToldCounts, ToldOutcome

MAX_SOURCE = 60
MAX_NOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody says was told of a case, as it was typed or written into a file.

    Attributes:
        case: A name, the beginning of one, or the address or id of a post.
        at: When it was told; None for now, unless the source has said the same before.
    """

    case: str
    outcome: str
    source: str
    at: datetime | None = None
    note: str = ""


class ToldDesk:
    """Turns what people write into told outcomes of cases."""

    def __init__(self, store: Store, measured: Measured, *, now: datetime) -> None:
        """Look among these cases; what was told before is known from the store."""
        self._store, self._now = store, now
        self._finder = CaseFinder(measured.tables)
        self._posts = measured.tables.case_posts
        self._before = _list_last(store.load_told_outcomes(), self._posts)

    def check(self, told: Told, *, whole: bool = False) -> ToldOutcome:
        """Return what is to be kept.

        Args:
            told: What was said.
            whole: The case is named in full.

        Raises:
            ConfigError: With a line for each mistake.
        """
        problems = [*_check_words(told)]
        case: dict[str, Any] = {}
        try:
            case = self._finder.find(told.case, whole=whole)
        except ConfigError as error:
            problems += error.problems
        if told.at is not None:
            problems += _check_time(told.at, case, self._now)
        if problems:
            raise ConfigError(*problems)
        return self._make(told, case)

    def _make(self, told: Told, case: dict[str, Any]) -> ToldOutcome:
        source = _clean(told.source)
        known = self._before.get((case["case"], source))
        at = told.at
        if at is None and known is not None and known["outcome"] == told.outcome:
            at = known["told_at"]
        anchor = known if known is not None and at == known["told_at"] else self._anchor(case)
        return ToldOutcome(
            brand=case["brand"],
            platform=case["platform"],
            post_id=anchor["post_id"],
            source=source,
            told_at=(at or self._now).astimezone(UTC),
            case=case["case"],
            outcome=told.outcome,
            note=_clean(told.note),
            saved_at=self._now,
        )

    def _anchor(self, case: dict[str, Any]) -> dict[str, Any]:
        """Return the customer's first post of a case, on which what is told of it hangs."""
        posts = self._finder.list_posts(case["case"]).select("post_id", "side", "deleted")
        rows = posts.filter(~pl.col("deleted")).to_dicts() or posts.to_dicts()
        return next((row for row in rows if row["side"] == "customer"), rows[0])

    def save(self, checked: Sequence[ToldOutcome]) -> ToldCounts:
        """Keep all of them, or none if the database fails."""
        return self._store.save_told_outcomes(checked)

    def withdraw(self, name: str, *, source: str | None = None) -> int:
        """Take back what was told of a case, by one source or by all; return how much it was.

        Raises:
            ConfigError: If no case, or more than one, is meant.
        """
        case = self._finder.find(name)
        ids = self._finder.list_posts(case["case"])["post_id"]
        return self._store.withdraw_told_outcomes(
            case["brand"], case["platform"], ids, source=source
        )


def list_told(store: Store, measured: Measured, brands: Sequence[Brand]) -> pl.DataFrame:
    """Return everything that was told of these brands' cases, the oldest first.

    Args:
        store: Where it is kept.
        measured: For the cases, and what was seen of them.
        brands: Whose cases.

    Returns:
        `case` (empty where it is not there any more), `brand`, `platform`, `told_at`, `outcome`,
        `source`, `observed` and `note`.
    """
    keys = [brand.key for brand in brands]
    told = store.load_told_outcomes().filter(pl.col("brand").is_in(keys))
    placed = place_told(told, measured.tables.case_posts)
    seen = measured.tables.cases.select(now="case", observed="outcome")
    return placed.join(seen, on="now", how="left", maintain_order="left").select(
        pl.col("now").alias("case"),
        "brand",
        "platform",
        "told_at",
        "outcome",
        "source",
        "observed",
        "note",
    )


def _list_last(told: pl.DataFrame, posts: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the last word of each source on each case, with the post that it hangs on."""
    rows = place_told(told, posts).filter(pl.col("now").is_not_null()).iter_rows(named=True)
    return {(row["now"], row["source"]): row for row in rows}


def _clean(text: str) -> str:
    return " ".join(clean_text(text).split())


def _check_words(told: Told) -> list[str]:
    source, note = _clean(told.source), _clean(told.note)
    problems = []
    if told.outcome not in OUTCOMES_TOLD:
        choices = " or ".join(OUTCOMES_TOLD)
        problems.append(f'there is no outcome "{told.outcome}"; say {choices}')
    if not source:
        problems.append("no source; say where it was told, such as crm or letters")
    elif len(source) > MAX_SOURCE:
        problems.append(f"the source is longer than {MAX_SOURCE} characters; name it in short")
    elif mask_text(source) != source:
        problems.append(
            "the source holds an address or a number as of a person; name only where it was told"
        )
    if len(note) > MAX_NOTE:
        problems.append(f"the note is longer than {MAX_NOTE} characters")
    return problems


def _check_time(at: datetime, case: dict[str, Any], now: datetime) -> list[str]:
    if at > now:
        return [f"{at:%Y-%m-%d} has not come yet"]
    # A day without a time is its first moment, and the case may have begun later on it.
    if case and at + timedelta(days=1) <= case["opened_at"]:
        return [f"{at:%Y-%m-%d} lies before the case began ({case['opened_at']:%Y-%m-%d})"]
    return []
