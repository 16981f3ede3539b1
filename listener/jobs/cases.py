"""List cases as a person wants to read them: the newest, or what is still to be done."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from listener.jobs.measuring import Measured
from listener.measure.held import find_measured_since
from listener.measure.open_cases import find_open_cases
from listener.measure.reviewed import BY_PERSON, BY_PROGRAM
from listener.measure.told import find_last_told
from listener.posts import OPEN_VISIBILITIES
from listener.report.people import make_handle_namer, name_customer
from listener.report.quotations import build_quotation

SORTS = ("opened", "waiting", "first-reply")
QUOTE_LENGTH = 200
_SHOWN = (
    "case",
    "brand",
    "week",
    "opened_at",
    "platform",
    "who",
    "handling",
    "outcome",
    "outcome_by",
    "told",
    "told_by",
    "first_reply_seconds",
    "first_reply_observed",
    "first_helpful_seconds",
    "first_helpful_observed",
    "replies",
    "chases",
    "fate",
    "todo",
    "waiting_since",
    "waiting_seconds",
    "opening_url",
    "quote",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases are wanted, and in which order.

    Attributes:
        is_open: Only cases in which somebody waits for the brand.
        sort: `opened` (newest first), `waiting` or `first-reply` (longest first).
    """

    brands: tuple[str, ...] = ()
    week: str | None = None
    handling: str | None = None
    outcome: str | None = None
    is_open: bool = False
    sort: str = "opened"
    limit: int | None = None


def list_cases(
    measured: Measured, wanted: CaseFilter, *, handles: str = "initials"
) -> pl.DataFrame:
    """Return the cases with a need that fit, one row each.

    Columns: `case`, `brand`, `week`, `opened_at`, `platform`, `who`, `handling`,
    `outcome`, `outcome_by` (`person` or `program`), `told` and `told_by` (what was told from
    elsewhere, and by which source), `first_reply_seconds`, `first_reply_observed`,
    `first_helpful_seconds`, `first_helpful_observed`, `replies`, `chases`,
    `fate`, `todo` (`answer`, `promise`, `hand_over` or null), `waiting_since`,
    `waiting_seconds`, `opening_url` and `quote`, the opening with what could
    identify a person masked.
    """
    open_cases = find_open_cases(measured.tables, as_of=measured.observation.as_of)
    waiting = open_cases.select("case", "todo", "waiting_since", "waiting_seconds")
    cases = _select_measured(measured).filter("has_need").join(waiting, on="case", how="left")
    chosen = cases.filter(*_conditions(wanted)).sort(*_order(wanted.sort), nulls_last=True)
    if wanted.limit is not None:
        chosen = chosen.head(wanted.limit)
    by_person = pl.col("outcome_rule") == BY_PERSON
    by_whom = pl.when(by_person).then(pl.lit(BY_PERSON)).otherwise(pl.lit(BY_PROGRAM))
    told = find_last_told(measured.tables.told).select("case", told="outcome", told_by="source")
    chosen = chosen.with_columns(by_whom.alias("outcome_by")).join(
        told, on="case", how="left", maintain_order="left"
    )
    return _add_words(chosen, measured, full=handles == "full").select(_SHOWN)


def _select_measured(measured: Measured) -> pl.DataFrame:
    """Leave out cases of whose time words are gone: nobody knows what was in them."""
    cases = measured.tables.cases
    if measured.texts_since is None:
        return cases
    return cases.filter(pl.col("opened_at") >= find_measured_since(measured.texts_since))


def _conditions(wanted: CaseFilter) -> list[pl.Expr]:
    conditions = [pl.lit(value=True)]
    if wanted.brands:
        conditions.append(pl.col("brand").is_in(list(wanted.brands)))
    for column in ("week", "handling", "outcome"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(pl.col(column) == value)
    if wanted.is_open:
        conditions.append(pl.col("todo").is_not_null())
    return conditions


def _order(sort: str) -> list[pl.Expr]:
    longest = {"waiting": "waiting_seconds", "first-reply": "first_reply_seconds"}
    column = -pl.col(longest[sort]) if sort in longest else -pl.col("opened_at").dt.epoch("us")
    return [column, pl.col("case")]


def _add_words(cases: pl.DataFrame, measured: Measured, *, full: bool) -> pl.DataFrame:
    """Add who asked and the first words, both as they may be shown."""
    posts = measured.tables.case_posts.join(cases.select("case"), on="case", how="semi")
    written = posts.filter(pl.col("side") == "customer").sort("case", "order")
    first = written.group_by("case").agg(
        pl.col("author_name", "author_handle", "text", "visibility").first()
    )
    rows = cases.select("case", "platform", "customer").join(
        first, on="case", how="left", maintain_order="left"
    )
    name_of = make_handle_namer(measured.brands, full=full)
    told = [_tell(row, name_of, full=full) for row in rows.iter_rows(named=True)]
    return cases.with_columns(
        pl.Series("who", [who for who, _ in told], dtype=pl.String),
        pl.Series("quote", [quote for _, quote in told], dtype=pl.String),
    )


def _tell(
    row: dict[str, str | None], name_of: Callable[[str], str], *, full: bool
) -> tuple[str, str | None]:
    handle = row["author_handle"] or row["customer"] or ""
    who = name_customer(
        row["platform"] or "",
        row["customer"] or "",
        name=row["author_name"] or "",
        handle=handle,
        full=full,
    )
    if row["text"] is None or row["visibility"] not in OPEN_VISIBILITIES:
        return who, None
    quote, _ = build_quotation(row["text"], limit=QUOTE_LENGTH, name_of=name_of)
    return who, quote
