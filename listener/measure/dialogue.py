"""Dialogue or monologue: does the brand talk with people, and with which of them?

`docs/measures.md`, section 7. What is measured of a single case stands in the
evidence; the shares are computed from there.
"""

import polars as pl

from listener.figures import MIN_CASES_FOR_A_RATE, Dialogue, Selective, Share
from listener.measure.statistics import make_share, measure_difference

DEEP_TURNS = 2
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
    needy = settled.filter("has_need")
    answered = needy.filter("answered")
    return Dialogue(
        reply_share=measure_reply_share(written),
        reach=measure_reach(needy),
        depth=_share(needy, pl.min_horizontal("customer_turns", "brand_turns") >= DEEP_TURNS),
        asks_back=_share(answered, pl.col("asks_back")),
        selective=measure_selective(settled),
    )


def measure_reply_share(written: pl.DataFrame) -> Share:
    """Measure `reply_share`: replies over all posts of the brand.

    Automatic and deleted posts are in neither, nor are answers of which nobody
    can tell whom they answer.
    """
    return _share(written.filter(is_own_word()), pl.col("kind") == "reply", unit="posts")


def is_own_word() -> pl.Expr:
    """Return whether a row of `replies` is a post over which `reply_share` is counted."""
    return ~pl.col("automatic") & ~pl.col("deleted") & pl.col("kind").is_in(_KNOWN_KINDS)


def measure_reach(needy: pl.DataFrame) -> Share:
    """Measure `reach`: of the customers with a need, those answered in at least one case."""
    customers = needy.group_by("platform", "customer").agg(pl.col("answered").any())
    return _share(customers, pl.col("answered"), unit="customers")


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
    praise, complaint = (
        _share(cases.filter(opens_with(what)), pl.col("answered")) for what in (PRAISE, COMPLAINT)
    )
    is_enough = min(praise.total, complaint.total) >= MIN_CASES_FOR_A_RATE
    difference = measure_difference(praise, complaint) if is_enough else None
    return Selective(praise=praise, complaint=complaint, difference=difference)


def _share(frame: pl.DataFrame, condition: pl.Expr, unit: str = "cases") -> Share:
    count = frame.select(condition.sum()).item() if frame.height else 0
    return make_share(int(count or 0), frame.height, unit)
