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
