"""What people said of posts and cases, as tables of a report's evidence, and back.

Who said it stays in the database: people are numbered anew for each post.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from listener.jobs.measuring import Measured
from listener.measure.brand_week import Proof
from listener.measure.reviewed import Reviews
from listener.measure.tables import Tables
from listener.posts import Brand

TABLES = ("program_cases", "program_posts", "reviewed_posts", "reviewed_cases")
_CASE_COLUMNS = ("case", "outcome", "pick", "stratum")


def list_review_tables(measured: Measured, brand: Brand) -> dict[str, pl.DataFrame]:
    """Return what the program alone says of a brand's cases, and what people say instead.

    Nothing, if nobody has said anything of this brand.
    """
    own = pl.col("brand") == brand.key
    cases, posts = measured.said.cases.filter(own), measured.said.case_posts.filter(own)
    held = measured.reviews
    by_post = held.posts.join(posts, on="post", how="semi", maintain_order="left")
    by_case = held.cases.join(cases, on="case", how="semi", maintain_order="left")
    if by_post.is_empty() and by_case.is_empty():
        return {}
    return {
        "program_cases": cases,
        "program_posts": posts.select("case", "post", "read_as", "labels"),
        "reviewed_posts": _number_people(by_post),
        "reviewed_cases": by_case.select(_CASE_COLUMNS),
    }


def _number_people(reviews: pl.DataFrame) -> pl.DataFrame:
    """Tell people apart by numbers that mean nothing beyond one post, the last word last."""
    first = reviews.select("post", "reviewer").unique(maintain_order=True)
    numbers = first.with_columns(pl.int_range(1, pl.len() + 1).over("post").alias("person"))
    joined = reviews.join(numbers, on=["post", "reviewer"], how="left", maintain_order="left")
    return joined.select("post", "person", "labels")


def build_proof(tables: Tables, found: Mapping[str, pl.DataFrame]) -> Proof:
    """Return what figures are made from, out of the tables that were exported."""
    if not found:
        return Proof(tables, tables)
    spoken = tables.case_posts
    own = found["program_posts"].with_columns(pl.col("post").cast(spoken.schema["post"]))
    said = replace(
        tables,
        cases=found["program_cases"],
        case_posts=spoken.drop("read_as", "labels").join(
            own, on=["case", "post"], how="left", maintain_order="left"
        ),
    )
    held = Reviews(
        found["reviewed_posts"].with_columns(
            pl.col("post").cast(spoken.schema["post"]), pl.col("person").alias("reviewer")
        ),
        found["reviewed_cases"],
    )
    return Proof(tables, said, held)
