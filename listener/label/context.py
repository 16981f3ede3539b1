"""What the post before does, as far as it changes how a post is read."""

from collections.abc import Mapping

import polars as pl

from listener.label.signals import any_of, is_true

EXTRA_FLAGS = (
    "asked",
    "tagged",
    "requested",
    "linked",
    "statement",
    "remark",
    "advised",
    "offered",
    "tried",
    "firm",
    "loose",
    "plain",
    "long",
    "wordy",
)

_OF_ANY_PART = ("previous_asks", "previous_moves", "previous_checks", "previous_helps")
_PARTS = 2  # people write in parts


def add_handles(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with `handles`, the folded names of the brand's accounts.

    Where nobody told them, the authors of the case's replies are the brand.
    """
    by_brand = pl.col("side") == "brand"
    answered = posts.filter(by_brand)["case_root"].unique()
    told = pl.col("brand_handles").list.eval(pl.element().str.to_lowercase())
    posts = posts.with_columns(handles=told, replied=pl.col("case_root").is_in(answered.implode()))
    if not posts["handles"].null_count():
        return posts
    author = pl.when(by_brand).then(pl.col("author_handle").str.to_lowercase())
    names = author.drop_nulls().unique().over("case_root", mapping_strategy="join")
    return posts.with_columns(
        handles=pl.coalesce("handles", pl.when(names.list.len() > 0).then(names))
    )


def add_context(sides: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the posts of each side with `previous_…` columns, null for one that opens a case.

    The reader looks past one more post of the same side, as people write in parts.
    """
    facts = pl.concat(
        [_tell_brands(sides["brand"]), _tell_customers(sides["customer"])], how="diagonal"
    )
    places = facts.select("post").with_row_index("place")
    before = facts.select(post="previous").join(
        places, on="post", how="left", maintain_order="left"
    )["place"]
    facts = facts.drop("post", "previous")
    for _ in range(_PARTS):
        facts = _look_past(facts, facts.select(pl.all().gather(before)))
    told = facts.select(pl.all().gather(before))
    height = sides["brand"].height
    parts = {"brand": told.slice(0, height), "customer": told.slice(height)}
    return {side: sides[side].hstack(part) for side, part in parts.items()}


def _tell_brands(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what replies do, as far as it changes how the posts behind them are read."""
    return posts.select(
        "post",
        "previous",
        previous_side="side",
        previous_asks=any_of("question", "requested", "tried", "asked"),
        previous_moves=any_of("dm", "phone", "email", "form"),
        previous_checks=any_of("checkin"),
        previous_helps=any_of("statement", "remark", "done", "link"),
        previous_chats=any_of("thanks", "courtesy")
        & ~any_of("question", "asked", "requested", "dm", "form", "phone", "email")
        & ~any_of("statement", "promise", "checkin", "apology", "link", "handle"),
    )


def _tell_customers(posts: pl.DataFrame) -> pl.DataFrame:
    minds = any_of("complaint", "unsolved", "problem", "negated", "asked", "asks")
    return posts.select(
        "post",
        "previous",
        previous_side="side",
        previous_calls=minds | is_true("need"),
        previous_content=any_of("praise", "thanks", "solved") & ~minds,
    )


def _look_past(facts: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Add what the same side said just before, or the other one if it said nothing yet.

    A brand that asks in its first part and apologizes in its second has asked.
    """
    names = [name for name in facts.columns if name != "previous_side"]
    joined = facts.hstack(earlier.rename(lambda name: f"{name}_earlier"))
    same = pl.col("previous_side_earlier") == pl.col("previous_side")
    told = {
        name: pl.when(same & pl.lit(name in _OF_ANY_PART))
        .then(pl.max_horizontal(name, f"{name}_earlier"))
        .otherwise(pl.coalesce(name, f"{name}_earlier"))
        for name in names
    }
    return joined.select("previous_side", **told)
