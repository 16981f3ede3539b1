"""Dialogue or monologue: does the brand talk with people, and with which of them?

`docs/measures.md`, section 7. What is measured of a single case stands in the
evidence; the shares are computed from there.
"""

import polars as pl

from listener.figures import MIN_CASES_FOR_A_RATE, Dialogue, Selective, Share
from listener.measure.selection import count_where
from listener.measure.statistics import make_share, measure_difference

DEEP_TURNS = 2
_READ = (
    *("platform", "customer", "has_need", "answered"),
    *("asks_back", "customer_turns", "brand_turns"),
)
PRAISE, COMPLAINT = "praise", "complaint"
# An unknown post answers somebody, but nobody can tell whether that was a customer.
_KNOWN_KINDS = ("reply", "broadcast", "to_brand")


def measure_dialogues(spoken: pl.DataFrame) -> pl.DataFrame:
    """Measure how each case went to and fro.

    Args:
        spoken: Posts of cases in order, with labels, `turn` and `add_reply_kind`.

    Returns:
        One row a case: `case`, `customer_turns`, `brand_turns` and `asks_back` (one of
        the brand's replies asks something).
    """
    return spoken.group_by("case", maintain_order=True).agg(
        _count_turns("customer"),
        _count_turns("brand"),
        (pl.col("is_reply") & pl.col("question")).any().alias("asks_back"),
    )


def _count_turns(side: str) -> pl.Expr:
    turns = pl.col("turn").filter(pl.col("side") == side).drop_nulls().n_unique()
    return turns.cast(pl.Int64).alias(f"{side}_turns")


def measure_dialogue(written: pl.DataFrame, settled: pl.DataFrame) -> Dialogue:
    """Measure one brand's dialogue.

    Args:
        written: The brand's posts of the period, rows of `replies`.
        settled: Its cases of the outcome week, rows of `cases` that no keyword alone found,
            with a need or without.
    """
    needy = settled.select(_READ).filter("has_need")
    is_deep = pl.min_horizontal("customer_turns", "brand_turns") >= DEEP_TURNS
    asks_back = pl.col("answered") & pl.col("asks_back")
    counts = count_where(needy, deep=is_deep, answered="answered", asks_back=asks_back)
    return Dialogue(
        reply_share=measure_reply_share(written),
        reach=measure_reach(needy),
        depth=make_share(counts["deep"], needy.height),
        asks_back=make_share(counts["asks_back"], counts["answered"]),
        selective=measure_selective(settled),
    )


def measure_reply_share(written: pl.DataFrame) -> Share:
    """Measure `reply_share`: replies over all posts of the brand.

    Automatic and deleted posts are in neither, nor are answers of which nobody
    can tell whom they answer.
    """
    replies = is_own_word() & (pl.col("kind") == "reply")
    counts = count_where(written, replies=replies, posts=is_own_word())
    return make_share(counts["replies"], counts["posts"], "posts")


def is_own_word() -> pl.Expr:
    """Return whether a row of `replies` is a post over which `reply_share` is counted."""
    return ~pl.col("automatic") & ~pl.col("deleted") & pl.col("kind").is_in(_KNOWN_KINDS)


def measure_reach(needy: pl.DataFrame) -> Share:
    """Measure `reach`: of the customers with a need, those answered in at least one case."""
    customers = needy.group_by("platform", "customer").agg(pl.col("answered").any())
    return make_share(int(customers["answered"].sum()), customers.height, "customers")


def opens_with(what: str) -> pl.Expr:
    """Return whether a case is known to open with praise, or with a complaint, and not both."""
    other = COMPLAINT if what == PRAISE else PRAISE
    is_known = (pl.col("opened_by") == "customer") & ~pl.col("opening_unknown")
    return is_known & pl.col(f"opening_{what}") & ~pl.col(f"opening_{other}")


def measure_selective(cases: pl.DataFrame) -> Selective:
    """Measure `selective`: how much sooner praise is answered than a complaint.

    A case counts with or without a need, if its first post is known and the customer's.
    One that praises and complains at once counts on neither side.
    """
    opened = {what: opens_with(what) for what in (PRAISE, COMPLAINT)}
    answered = {f"answered_{what}": own & pl.col("answered") for what, own in opened.items()}
    counts = count_where(cases, **opened, **answered)
    praise, complaint = (make_share(counts[f"answered_{what}"], counts[what]) for what in opened)
    is_enough = min(praise.total, complaint.total) >= MIN_CASES_FOR_A_RATE
    difference = measure_difference(praise, complaint) if is_enough else None
    return Selective(praise=praise, complaint=complaint, difference=difference)
