"""What the post before does, as far as it changes how a post is read."""

import polars as pl

from listener.label.signals import any_of

EXTRA_FLAGS = ("asked", "linked", "statement", "plain")


def add_context(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with `previous_…` columns, null for a post that opens a case.

    The reader looks past one more post of the same side, as people write in parts.
    """
    brands = pl.col("side") == "brand"
    facts = posts.select(
        previous="post",
        before="previous",
        previous_side="side",
        previous_asks=pl.when(brands).then(any_of("question", "asks", "asked")),
        previous_moves=pl.when(brands).then(any_of("dm", "phone", "email", "form")),
        previous_helps=pl.when(brands).then(any_of("states", "statement", "done")),
        previous_complaint=pl.when(~brands).then(any_of("complaint", "unsolved", "problem")),
        previous_content=pl.when(~brands).then(
            any_of("praise", "thanks", "solved")
            & ~any_of("complaint", "unsolved", "problem", "asked", "asks")
        ),
    )
    names = [name for name in facts.columns if name not in {"previous", "before", "previous_side"}]
    earlier = facts.select(
        before=pl.col("previous"), **{f"{name}_earlier": pl.col(name) for name in names}
    )
    facts = facts.join(earlier, on="before", how="left").with_columns(
        pl.coalesce(name, f"{name}_earlier").alias(name) for name in names
    )
    return posts.join(
        facts.select("previous", "previous_side", *names),
        on="previous",
        how="left",
        maintain_order="left",
    )
