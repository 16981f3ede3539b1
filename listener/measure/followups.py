"""What happens after the first exchange: chases, follow-ups, reopened cases, recontacts.

`docs/measures.md`, sections 1 (recontact) and 4.
"""

import polars as pl

from listener.measure.runs import before, running_count

UNASKED_AFTER = pl.duration(hours=12)
RECONTACT_WITHIN = pl.duration(days=7)


def add_followups(spoken: pl.DataFrame) -> pl.DataFrame:
    """Mark posts that follow up.

    Args:
        spoken: Posts of cases in order, with labels, `turn` and `add_reply_kind`.

    Returns:
        The same rows with `chase` (the customer asks again: `unsolved` after a
        reply, or `need` though the brand's preceding turn asked nothing),
        `followup_unasked` (the brand returns after at least 12 hours without a
        word of the customer), `followup_asked` (its first reply after a chase)
        and `reopens` (a need after the customer had called it solved).
    """
    said = spoken.filter(~pl.col("automatic"))
    asked_back = said.group_by("case", (pl.col("turn") + 1).alias("turn")).agg(
        (pl.col("is_reply") & pl.col("question")).any().alias("_asked_back")
    )
    marked = (
        said.join(asked_back, on=["case", "turn"], how="left", maintain_order="left")
        .with_columns(_chase().alias("chase"), _reopens().alias("reopens"))
        .with_columns(
            (
                pl.col("is_reply")
                & (before("side", "case") == "brand")
                & (pl.col("created_at") - before("created_at", "case") >= UNASKED_AFTER)
            )
            .fill_null(value=False)
            .alias("followup_unasked"),
        )
    )
    chased = marked.group_by("case", (pl.col("turn") + 1).alias("turn")).agg(
        pl.col("chase").any().alias("_chased")
    )
    starts = pl.col("turn") != before("turn", "case")
    asked = pl.col("is_reply") & starts & pl.col("_chased")
    flags = marked.join(chased, on=["case", "turn"], how="left", maintain_order="left").select(
        "case",
        "order",
        "chase",
        "followup_unasked",
        asked.fill_null(value=False).alias("followup_asked"),
        "reopens",
    )
    joined = spoken.join(flags, on=["case", "order"], how="left", maintain_order="left")
    names = ("chase", "followup_unasked", "followup_asked", "reopens")
    return joined.with_columns(pl.col(name).fill_null(value=False) for name in names)


def _chase() -> pl.Expr:
    replied = running_count(pl.col("is_reply"), "case") > 0
    after_reply = replied & (pl.col("side") == "customer")
    unprompted = pl.col("need") & ~pl.col("_asked_back").fill_null(value=False)
    return after_reply & (pl.col("unsolved") | unprompted)


def _reopens() -> pl.Expr:
    solved_before = running_count(pl.col("solved"), "case") > pl.col("solved").cast(pl.Int64)
    asks = pl.any_horizontal("need", "unsolved") & (pl.col("side") == "customer")
    return asks & solved_before & ~pl.col("solved")


def find_recontacts(cases: pl.DataFrame) -> pl.DataFrame:
    """Pair a new case with the older one that it takes up again.

    A customer opens a new case with a need after the older one's first post
    and at most seven days after its last; of several older ones the latest is
    meant.

    Args:
        cases: `case`, `brand`, `platform`, `customer`, `opened_at`,
            `opened_by`, `has_need`, `last_post_at`.

    Returns:
        `case` and `recontact_of`.
    """
    person = ["brand", "platform", "customer"]
    rows = (
        cases.filter(pl.len().over(person) > 1)
        .sort(*person, "opened_at", "case")
        .with_columns(pl.lit(None, dtype=pl.String).alias("recontact_of"))
    )
    returns = (pl.col("opened_by") == "customer") & pl.col("has_need")
    earliest = pl.col("opened_at") - RECONTACT_WITHIN
    for distance in range(1, rows.height):
        older = {name: pl.col(name).shift(distance).over(person) for name in _OLDER}
        unsettled = returns & pl.col("recontact_of").is_null()
        reachable = pl.col("last_post_at").cum_max().shift(distance).over(person) >= earliest
        if not rows.select((unsettled & reachable).any()).item():
            break
        fits = (older["opened_at"] < pl.col("opened_at")) & (older["last_post_at"] >= earliest)
        rows = rows.with_columns(
            pl.when(unsettled & fits)
            .then(older["case"])
            .otherwise("recontact_of")
            .alias("recontact_of")
        )
    return rows.filter(pl.col("recontact_of").is_not_null()).select("case", "recontact_of")


_OLDER = ("case", "opened_at", "last_post_at")
