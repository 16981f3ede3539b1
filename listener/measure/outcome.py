"""What really came of a case: by what people said, not by an agent's click.

`docs/measures.md`, section 4. Rules a to d are tried in this order; the rule
and the post that decided travel with each outcome.
"""

import polars as pl

from listener.posts import BRAND_LABELS, COURTESIES

OUTCOMES = (
    "resolved",
    "unresolved",
    "claimed",
    "handed_over",
    "pending",
    "brand_silent",
    "customer_silent",
    "not_revisited",
    "unanswered",
    "none",
)
SUBSTANCE = tuple(label for label in BRAND_LABELS if label not in COURTESIES)


def measure_outcomes(spoken: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Judge each case's outcome.

    Args:
        spoken: Posts of cases in order, with labels and `add_reply_kind`.
        ages: `case`, `settled` (the conversation was visited at least
            `settle_days` after its last post), `due` (that many days have
            passed, visited or not) and `recontacted_at` (the customer's last
            recontact, null if none).

    Returns:
        One row a case: `case`, `outcome`, `outcome_rule` (such as `4b`) and
        `outcome_order` (which post decided; null for silence).
    """
    facts = _gather(spoken).join(ages, on="case", how="left", maintain_order="left")
    return _judge(facts).select(
        "case",
        _with_time(pl.col("outcome")).alias("outcome"),
        "outcome_rule",
        "outcome_order",
    )


def _gather(spoken: pl.DataFrame) -> pl.DataFrame:
    """Gather what the rules ask: the last word, and what customers said after it."""
    order = pl.col("order")
    said = spoken.filter(~pl.col("automatic"))
    has_substance = pl.col("is_reply") & pl.any_horizontal(SUBSTANCE)
    last_word = order.filter(has_substance).max()
    anchored = said.with_columns(
        last_word.over("case").alias("_last_word"),
        order.filter(pl.col("is_reply")).max().over("case").alias("_last_reply"),
    )
    after = (pl.col("side") == "customer") & (order > pl.coalesce("_last_word", "_last_reply"))
    telling = after & pl.any_horizontal("solved", "unsolved", "complaint", "need")
    unhappy = after & pl.any_horizontal("unsolved", "complaint")
    word = order == pl.col("_last_word")
    solved_at = order.filter(pl.col("solved")).max()
    reopened_at = order.filter(pl.any_horizontal("need", "unsolved") & ~pl.col("solved")).max()
    by_customer = pl.col("side") == "customer"
    asked = by_customer & pl.any_horizontal("need", "unsolved", "solved")
    return anchored.group_by("case", maintain_order=True).agg(
        pl.col("is_reply").any().alias("_answered"),
        (by_customer.any() & ~asked.any()).alias("_nothing_asked"),
        pl.col("_last_word").first(),
        order.filter(telling).last().alias("_told_at"),
        *(pl.col(label).filter(telling).last().alias(f"_{label}") for label in ("solved", "need")),
        order.filter(unhappy).last().alias("_unhappy_at"),
        order.filter(after & pl.col("solved")).last().alias("_settled_at"),
        order.filter(after & pl.any_horizontal("thanks", "praise")).last().alias("_thanked_at"),
        (after & pl.col("moved")).any().alias("_moved"),
        solved_at.alias("_solved_at"),
        (reopened_at > solved_at).fill_null(value=False).alias("_reopened"),
        pl.col("side").last().alias("_last_side"),
        pl.col("created_at").filter(word).last().alias("_word_at"),
        (pl.col("is_reply") & ~pl.col("deleted")).any().alias("_kept"),
        *(
            pl.any_horizontal(labels).filter(word).any().alias(f"_word_{name}")
            for name, labels in _LAST_WORDS.items()
        ),
    )


_LAST_WORDS = {
    "refuses": ("refusal",),
    "deflects": ("deflects",),
    "waits": ("question", "promise"),
    "serves": ("helps", "link"),
}


def _list_rules() -> list[tuple[pl.Expr, str, str, str | None]]:
    """Return the rules in the order in which they are tried, by the words alone.

    Each is a condition, the outcome, the name of the rule, and the column of the post that decides.
    """
    thanked = pl.col("_thanked_at").is_not_null() & ~pl.col("_moved")
    solved_before = (
        pl.col("_solved_at").is_not_null() & ~pl.col("_reopened") & ~pl.col("_word_deflects")
    )
    # A question behind a grumble, in a post of its own, is not a need alone.
    unresolved = pl.col("_unhappy_at") > pl.coalesce("_settled_at", pl.lit(-1))
    return [
        (pl.col("_nothing_asked"), "none", "4", None),
        (~pl.col("_answered"), "unanswered", "4", None),
        (pl.col("_solved"), "resolved", "4a", "_told_at"),
        (unresolved, "unresolved", "4a", "_unhappy_at"),
        (pl.col("_need"), "pending", "4a", "_told_at"),
        (thanked & pl.col("_word_deflects"), "handed_over", "4b", "_thanked_at"),
        (thanked & pl.col("_word_serves"), "resolved", "4b", "_thanked_at"),
        (solved_before, "resolved", "4c", "_solved_at"),
        (pl.col("_word_refuses"), "unresolved", "4d", "_last_word"),
        (pl.col("_word_deflects"), "handed_over", "4d", "_last_word"),
        (pl.col("_word_waits"), "pending", "4d", "_last_word"),
        (pl.col("_word_serves"), "claimed", "4d", "_last_word"),
        (pl.lit(value=True), "pending", "4d", "_last_word"),
    ]


def _judge(facts: pl.DataFrame) -> pl.DataFrame:
    """Add `outcome`, before silence is weighed, `outcome_rule` and `outcome_order`."""
    conditions, outcomes, names, deciding = zip(*_list_rules(), strict=True)
    holds = [
        pl.when(condition).then(pl.lit(number, dtype=pl.UInt8))
        for number, condition in enumerate(conditions)
    ]
    rule, numbers = pl.col("_rule"), range(len(conditions))
    decided = [
        pl.when(rule == number).then(pl.col(post).cast(pl.Int64))
        for number, post in enumerate(deciding)
        if post is not None
    ]
    return facts.with_columns(pl.coalesce(holds).alias("_rule")).with_columns(
        rule.replace_strict(numbers, outcomes, return_dtype=pl.String).alias("outcome"),
        rule.replace_strict(numbers, names, return_dtype=pl.String).alias("outcome_rule"),
        pl.coalesce(decided).alias("outcome_order"),
    )


def _with_time(outcome: pl.Expr) -> pl.Expr:
    """Weigh silence: it holds only when somebody looked again, and a recontact breaks it.

    Where all replies were deleted nobody knows what they said, so that no
    silence is laid to anybody's charge.
    """
    silent = (
        pl.when(pl.col("_last_side") == "customer")
        .then(pl.lit("brand_silent"))
        .otherwise(pl.lit("customer_silent"))
    )
    claimed = outcome == "claimed"
    pending = (outcome == "pending") & pl.col("_kept")
    came_back = (pl.col("recontacted_at") > pl.col("_word_at")).fill_null(value=False)
    return (
        pl.when(claimed & came_back)
        .then(pl.lit("unresolved"))
        .when(claimed & ~pl.col("settled"))
        .then(pl.lit("not_revisited"))
        .when(pending & pl.col("settled"))
        .then(silent)
        .when(pending & pl.col("due"))
        .then(pl.lit("not_revisited"))
        .otherwise(outcome)
    )
