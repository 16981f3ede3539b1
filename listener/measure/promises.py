"""Promises: what a brand said that it would do, by when, and whether it came back.

`docs/measures.md`, section 4. Measured are promises to come back to the customer, and
promises of anything else by a time that was named.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from listener.figures import Promises
from listener.measure.due import UNTOLD_DAYS, make_due_calendar
from listener.measure.known import add_known
from listener.measure.statistics import make_share
from listener.posts import HELPS, Brand

PROMISE_STATES = ("kept", "kept_late", "kept_after_chase", "broken", "not_checkable", "open")
CHECKED_STATES = PROMISE_STATES[:4]
_KEEPING = (*HELPS, "checkin")
_SOON = pl.duration(hours=1)
_MOMENT = pl.Datetime("us", "UTC")
SAID_SCHEMA = {
    "post": pl.UInt32,
    "contact": pl.Boolean,
    "aside": pl.Boolean,
    "beside": pl.Boolean,
    "due_kind": pl.String,
    "due_amount": pl.Int64,
    "due_words": pl.String,
}
_KEY = ["case", "post"]


def measure_promises(
    spoken: pl.DataFrame, said: pl.DataFrame | None, cases: pl.DataFrame, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Measure when each promise was due, and what became of it.

    Args:
        spoken: Posts of cases in order, with labels, `turn`, `add_reply_kind` and `chase`.
        said: What promises say, from `label_promises`; None if nobody has read any.
        cases: `case`, `observed_until`, and `proved_until`: up to when it is known that
            nothing more was said, null if it never was.
        brands: For their calendars.

    Returns:
        One row a promise in a case: `case`, `brand`, `platform`, `post`, `order`, `at`, `kind`
        (`contact`, or `act` for anything else by a time), `aside`, `due_said`, `due_words`,
        `due_at`, `state` (one of `PROMISE_STATES`), `unchecked` (why it is `not_checkable`:
        `aside`, `moved`, `reply_deleted` or `not_observed`) and `decided_order` (the post that kept
        it, or by which the customer asked again).
    """
    told = pl.DataFrame(schema=SAID_SCHEMA) if said is None else said
    made = spoken.filter(pl.col("is_reply") & pl.col("promise")).select(
        *_KEY, "brand", "platform", "order", "turn", pl.col("created_at").alias("at")
    )
    due = _choose_due(_find_dues(made.join(told, on="post"), brands))
    later = _look_after(made.join(due, on=_KEY, maintain_order="left"), spoken)
    seen = cases.select("case", "observed_until", "proved_until")
    watched = later.join(seen, on="case", how="left", maintain_order="left")
    judged = watched.with_columns(_unchecked().alias("_unchecked")).with_columns(
        _state().alias("state")
    )
    return judged.select(_COLUMNS)


def _find_dues(made: pl.DataFrame, brands: Sequence[Brand]) -> pl.DataFrame:
    """Add `due`: when each time that was named is over; null where none was, or it cannot be."""
    parts = [made.head(0).with_columns(due=pl.lit(None, dtype=_MOMENT))]
    for brand in brands:
        own = made.filter(pl.col("brand") == brand.key)
        if own.is_empty():
            continue
        since, until = own.select(pl.col("at").min().alias("since"), pl.col("at").max()).row(0)
        calendar = make_due_calendar(brand, since, until)
        dues = [
            None if kind is None else calendar.find_due(kind, amount, at)
            for kind, amount, at in own.select("due_kind", "due_amount", "at").iter_rows()
        ]
        parts.append(own.with_columns(pl.Series("due", dues, dtype=_MOMENT)))
    return pl.concat(parts)


def _choose_due(dues: pl.DataFrame) -> pl.DataFrame:
    """Choose the latest time of each promise, and keep what is one.

    A time that stands beside the promise may only put it off: it may be that of something else.
    """
    inside = pl.col("due").is_not_null() & ~pl.col("beside").fill_null(value=True)
    untold = pl.col("at") + timedelta(days=UNTOLD_DAYS)
    ends = dues.with_columns(
        inside.alias("due_said"),
        pl.when(inside).then("due").otherwise(pl.max_horizontal("due", untold)).alias("due_at"),
    )
    latest = ends.sort(*_KEY, "due_said", "due_at", maintain_order=True).group_by(
        _KEY, maintain_order=True
    )
    chosen = latest.agg(
        pl.col("contact", "aside").any(),
        pl.col("due_said", "due_at").last(),
        pl.when(pl.col("due_at") == pl.col("due")).then("due_words").last().alias("due_words"),
        pl.col("at").first().alias("_at"),
    )
    # What comes within the hour belongs to the same reply, and keeps nothing.
    soonest = pl.col("_at") + _SOON
    return (
        chosen.filter(pl.col("contact") | pl.col("due_said"))
        .with_columns(
            pl.when("contact").then(pl.lit("contact")).otherwise(pl.lit("act")).alias("kind"),
            pl.max_horizontal("due_at", soonest).alias("due_at"),
        )
        .drop("contact", "_at")
    )


def _look_after(promises: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Add what was said in the case: the post that keeps a promise, the chase, a hand-over."""
    said = spoken.select(
        "case",
        pl.col("order").alias("_order"),
        pl.col("turn").alias("_turn"),
        pl.col("created_at").alias("_said_at"),
        "chase",
        (pl.col("is_reply") & pl.any_horizontal(_KEEPING)).alias("_keeps"),
        (pl.col("deflects") | (pl.col("moved") & (pl.col("side") == "customer"))).alias("_moves"),
        (pl.col("is_reply") & pl.col("deleted")).alias("_gone"),
    )
    order, later = pl.col("_order"), pl.col("_order") > pl.col("order")
    apart = (pl.col("_turn") > pl.col("turn")) | (pl.col("_said_at") - pl.col("at") >= _SOON)
    keeps = later & apart & pl.col("_keeps")
    in_time = pl.col("_said_at") <= pl.col("due_at")
    found = (
        promises.join(said, on="case", maintain_order="left")
        .group_by(_KEY, maintain_order=True)
        .agg(
            order.filter(keeps).min().alias("_kept_order"),
            pl.col("_said_at").filter(keeps).first().alias("_kept_at"),
            order.filter(later & pl.col("chase")).min().alias("_chase_order"),
            (in_time & pl.col("_moves")).any().alias("_moved"),
            (later & in_time & pl.col("_gone")).any().alias("_gone"),
        )
    )
    return promises.join(found, on=_KEY, how="left", maintain_order="left")


def _unchecked() -> pl.Expr:
    """Return why nobody can tell whether a promise without a keeping post was kept, or null."""
    proved = (pl.col("proved_until") >= pl.col("due_at")).fill_null(value=False)
    return (
        pl.when("aside")
        .then(pl.lit("aside"))
        .when("_moved")
        .then(pl.lit("moved"))
        .when("_gone")
        .then(pl.lit("reply_deleted"))
        .when(~proved)
        .then(pl.lit("not_observed"))
    )


def _state() -> pl.Expr:
    kept = pl.col("_kept_order").is_not_null()
    chased = (pl.col("_chase_order") < pl.col("_kept_order")).fill_null(value=False)
    return (
        pl.when(kept & chased)
        .then(pl.lit("kept_after_chase"))
        .when(kept & (pl.col("_kept_at") <= pl.col("due_at")))
        .then(pl.lit("kept"))
        .when(kept)
        .then(pl.lit("kept_late"))
        .when(pl.col("due_at") > pl.col("observed_until"))
        .then(pl.lit("open"))
        .when(pl.col("_unchecked").is_not_null())
        .then(pl.lit("not_checkable"))
        .otherwise(pl.lit("broken"))
    )


_COLUMNS = (
    *("case", "brand", "platform", "post", "order", "at", "kind", "aside"),
    *("due_said", "due_words", "due_at", "state"),
    pl.when(pl.col("state") == "not_checkable").then("_unchecked").alias("unchecked"),
    pl.coalesce("_kept_order", "_chase_order").alias("decided_order"),
)


def list_promises(
    measured: pl.DataFrame, posts: pl.DataFrame, spoken: pl.DataFrame
) -> pl.DataFrame:
    """Return the evidence: promises with the addresses of their posts, and the post that decided.

    Args:
        measured: From `measure_promises`.
        posts: All posts, for ids and addresses.
        spoken: Posts of cases, for their places.
    """
    shown = posts.select("post", "post_id", "url", "visibility")
    own = spoken.join(measured.select("case"), on="case", how="semi")
    decided = own.select(
        "case", pl.col("order").alias("decided_order"), pl.col("post").alias("decided_post")
    )
    return (
        add_known(measured, shown)
        .join(decided, on=["case", "decided_order"], how="left", maintain_order="left")
        .drop("order", "decided_order")
    )


def measure_promise_figures(promises: pl.DataFrame, cases: pl.DataFrame, week: str) -> Promises:
    """Measure the promises that were made in some cases.

    Args:
        promises: Rows of the table of promises.
        cases: The cases of the outcome week.
        week: Its name.
    """
    own = promises.join(cases.select("case"), on="case", how="semi")
    counts = {
        kind: dict(own["state"].filter(own["kind"] == kind).value_counts().iter_rows())
        for kind in ("contact", "act")
    }
    states = {state: sum(by.get(state, 0) for by in counts.values()) for state in PROMISE_STATES}
    checked = {
        kind: sum(by.get(state, 0) for state in CHECKED_STATES) for kind, by in counts.items()
    }
    total = sum(checked.values())
    shares = {state: make_share(states[state], total, "promises") for state in CHECKED_STATES}
    kept = {
        kind: make_share(by.get("kept", 0), checked[kind], "promises")
        for kind, by in counts.items()
    }
    return Promises(
        week=week,
        total=own.height,
        due_said=int(own["due_said"].sum()),
        states=shares,
        kept_by_kind=kept,
        not_checkable=states["not_checkable"],
        open=states["open"],
    )
