"""What the post before does, as far as it changes how a post is read."""

import polars as pl

from listener.label.signals import any_of

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
    author = pl.when(pl.col("side") == "brand").then(pl.col("author_handle").str.to_lowercase())
    replied = author.drop_nulls().unique().over("case_root", mapping_strategy="join")
    told = pl.col("brand_handles").list.eval(pl.element().str.to_lowercase())
    return posts.with_columns(
        handles=pl.coalesce(told, pl.when(replied.list.len() > 0).then(replied)),
        replied=(pl.col("side") == "brand").any().over("case_root"),
    )


def add_context(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with `previous_…` columns, null for a post that opens a case.

    The reader looks past one more post of the same side, as people write in parts.
    """
    brands = pl.col("side") == "brand"
    facts = posts.select(
        previous="post",
        before="previous",
        previous_side="side",
        previous_asks=pl.when(brands).then(any_of("question", "requested", "tried", "asked")),
        previous_moves=pl.when(brands).then(any_of("dm", "phone", "email", "form")),
        previous_checks=pl.when(brands).then(any_of("checkin")),
        previous_helps=pl.when(brands).then(any_of("statement", "remark", "done", "link")),
        previous_chats=pl.when(brands).then(
            any_of("thanks", "courtesy")
            & ~any_of("question", "asked", "requested", "dm", "form", "phone", "email")
            & ~any_of("statement", "promise", "checkin", "apology", "link", "handle")
        ),
        previous_calls=pl.when(~brands).then(
            any_of("complaint", "unsolved", "problem", "negated", "asked", "asks", "need")
        ),
        previous_content=pl.when(~brands).then(
            any_of("praise", "thanks", "solved")
            & ~any_of("complaint", "unsolved", "problem", "negated", "asked", "asks")
        ),
    )
    carried = {"previous", "before", "previous_side"}
    names = [name for name in facts.columns if name not in carried]
    for _ in range(_PARTS):
        facts = _look_past(facts, names)
    return posts.join(
        facts.select("previous", "previous_side", *names),
        on="previous",
        how="left",
        maintain_order="left",
    )


def _look_past(facts: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Add what the same side said just before, or the other one if it said nothing yet.

    A brand that asks in its first part and apologizes in its second has asked.
    """
    earlier = facts.select(
        before=pl.col("previous"),
        side_earlier="previous_side",
        **{f"{name}_earlier": pl.col(name) for name in names},
    )
    joined = facts.join(earlier, on="before", how="left", maintain_order="left")
    same = pl.col("side_earlier") == pl.col("previous_side")
    told = {
        name: pl.when(same & pl.lit(name in _OF_ANY_PART))
        .then(pl.max_horizontal(name, f"{name}_earlier"))
        .otherwise(pl.coalesce(name, f"{name}_earlier"))
        for name in names
    }
    return joined.with_columns(**told).select(facts.columns)
