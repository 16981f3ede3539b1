"""What people said of posts and cases takes the place of what the program says.

`docs/reviews.md`. A review holds for the words that the person read: not for a post
that was edited since, nor for a case in which more was said.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from listener.figures import Method
from listener.measure.cases import Threads
from listener.posts import LABELS

BY_PERSON = "person"
BY_PROGRAM = "program"
OUTCOMES_TOLD = ("resolved", "unresolved", "claimed", "handed_over", "pending", "none")
"""What a person may say of a case; the program's other outcomes are kinds of `pending`."""

FINER_OUTCOMES: Mapping[str, str] = dict.fromkeys(
    ("unanswered", "brand_silent", "customer_silent"), "pending"
)
_NAME = re.compile(r"@[\w.…-]*(?:@[\w.-]+)?")
_DIGEST_BYTES = 16
_SHOWN_DIGEST_BYTES = 6
_SAID = ("platform", "post_id", "labels")
_LABELLED = ("brand", *_SAID, "labelled_by")
_JUDGED = ("brand", "case", "outcome", "outcome_rule")
_POSTS: Mapping[str, pl.DataType] = {
    "platform": pl.String(),
    "post_id": pl.String(),
    "reviewer": pl.String(),
    "labels": pl.List(pl.String),
    "digest": pl.String(),
    "reviewed_at": pl.Datetime("us", "UTC"),
}
_CASES: Mapping[str, pl.DataType] = {
    "case": pl.String(),
    "reviewer": pl.String(),
    "last_post_id": pl.String(),
    "outcome": pl.String(),
    "pick": pl.String(),
    "stratum": pl.String(),
    "reviewed_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Reviews:
    """What people said, the oldest first: all that the store keeps, or what of it holds."""

    posts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_POSTS))
    cases: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CASES))

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything."""
        return self.posts.is_empty() and self.cases.is_empty()


def digest_words(text: str) -> str:
    """Return what tells whether a post still has the words that somebody read.

    Spaces do not count, nor do handles: those of forgotten people are masked.
    """
    words = " ".join(_NAME.sub("@", text).split())
    return hashlib.blake2b(words.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def find_held_reviews(threads: Threads, reviews: Reviews) -> Reviews:
    """Return the reviews that hold, those of posts with their row numbers, `post`."""
    return Reviews(_find_held_posts(threads, reviews), _find_held_cases(threads, reviews))


def _find_held_posts(threads: Threads, reviews: Reviews) -> pl.DataFrame:
    known = threads.posts.filter(pl.col("deleted_at").is_null())
    found = reviews.posts.join(
        known.select("platform", "post_id", "post", "text"),
        on=["platform", "post_id"],
        maintain_order="left",
    )
    now = pl.Series("_now", [digest_words(text) for text in found["text"]], dtype=pl.String)
    return found.filter(pl.col("digest") == now).drop("text")


def _find_held_cases(threads: Threads, reviews: Reviews) -> pl.DataFrame:
    """Return the reviews of cases in which nothing was said or changed since."""
    posts = threads.posts.select("post", "edited_at", last="post_id")
    ends = (
        threads.members.join(reviews.cases.select("case").unique(), on="case", how="semi")
        .join(posts, on="post", how="left", maintain_order="left")
        .group_by("case")
        .agg(pl.col("last").last(), pl.col("edited_at").max())
    )
    same = (pl.col("last") == pl.col("last_post_id")) & (
        pl.col("edited_at").is_null() | (pl.col("edited_at") <= pl.col("reviewed_at"))
    )
    joined = reviews.cases.join(ends, on="case", maintain_order="left")
    return joined.filter(same).drop("last", "edited_at")


def override_labels(labels: pl.DataFrame, held: Reviews) -> pl.DataFrame:
    """Put the last person's labels in the place of the program's.

    Args:
        labels: From the labeller: `post`, `language` and one Boolean column a label.
        held: From `find_held_reviews`.

    Returns:
        The same, with `reviewed`; a post that a person has read counts as read.
    """
    last = held.posts.unique("post", keep="last").select(
        pl.col("post").cast(labels.schema["post"]), pl.col("labels").alias("_given")
    )
    joined = labels.join(last, on="post", how="left", maintain_order="left")
    given = pl.col("_given")
    return joined.with_columns(
        pl.when(given.is_not_null()).then(given.list.contains(label)).otherwise(label).alias(label)
        for label in LABELS
    ).select(
        *(pl.col(name) for name in labels.columns if name != "language"),
        pl.when(given.is_not_null())
        .then(pl.col("language").fill_null("und"))
        .otherwise("language")
        .alias("language"),
        given.is_not_null().alias("reviewed"),
    )


def override_outcomes(cases: pl.DataFrame, held: Reviews) -> pl.DataFrame:
    """Put what the last person said of a case in the place of the program's outcome.

    People judge words; whether silence may be believed, and whose it is, is measured.

    Args:
        cases: With `outcome` and all that silence is weighed by.
        held: From `find_held_reviews`.

    Returns:
        The same, with `reviewed`: a person went through the case.
    """
    if held.cases.is_empty():
        return cases.with_columns(pl.lit(value=False).alias("reviewed"))
    last = held.cases.unique("case", keep="last").select(
        pl.col("case").cast(cases.schema["case"]), pl.col("outcome").alias("_told")
    )
    went_through = pl.col("_told_of").fill_null(value=False)
    joined = cases.join(
        last.with_columns(pl.lit(value=True).alias("_told_of")),
        on="case",
        how="left",
        maintain_order="left",
    )
    kept = pl.col("outcome").replace(FINER_OUTCOMES)
    changed = (pl.col("_told") != kept).fill_null(value=False)
    by_person = pl.col("_told").is_not_null()
    return joined.with_columns(
        pl.when(changed).then(_weigh_silence()).otherwise("outcome").alias("outcome"),
        pl.when(by_person).then(pl.lit(BY_PERSON)).otherwise("outcome_rule").alias("outcome_rule"),
        pl.when(~changed).then("outcome_post").alias("outcome_post"),
        went_through.alias("reviewed"),
    ).drop("_told", "_told_of")


def stamp_reviews(
    method: Method, brand: str, cases: pl.DataFrame, posts: pl.DataFrame, replies: pl.DataFrame
) -> Method:
    """Return the method with how much of a brand's evidence rests on people, and a hash of it.

    Args:
        method: Without that.
        brand: Its key.
        cases: Evidence tables of this brand, or of others, too.
        posts: The same.
        replies: The same.
    """
    own, labelled = pl.col("brand") == brand, pl.col("labelled_by") == BY_PERSON
    # One after the other: what people said is little, and few rows are quickly looked through.
    said = pl.concat([frame.select(_LABELLED).filter(labelled) for frame in (posts, replies)])
    said = said.filter(own).select(_SAID).unique(_SAID[:2])
    judged = cases.select(_JUDGED).filter(pl.col("outcome_rule") == BY_PERSON).filter(own)
    reviewed = cases.select("brand", "reviewed").filter("reviewed").filter(own)
    told = sorted(map(str, [*said.iter_rows(), *judged.select("case", "outcome").iter_rows()]))
    digest = hashlib.blake2b("\n".join(told).encode(), digest_size=_SHOWN_DIGEST_BYTES)
    return replace(
        method,
        reviewed_cases=reviewed.height,
        reviewed_posts=said.height,
        reviews_digest=digest.hexdigest() if told else "",
    )


def _weigh_silence() -> pl.Expr:
    told = pl.col("_told")
    unseen = ~pl.col("settled") & (
        (told == "claimed") | (told == "pending") & pl.col("due") & pl.col("answered")
    )
    silent = (
        pl.when(pl.col("last_by") == "customer")
        .then(pl.lit("brand_silent"))
        .otherwise(pl.lit("customer_silent"))
    )
    return (
        pl.when((told == "claimed") & pl.col("recontacted_at").is_not_null())
        .then(pl.lit("unresolved"))
        .when(unseen)
        .then(pl.lit("not_revisited"))
        .when((told == "pending") & ~pl.col("answered"))
        .then(pl.lit("unanswered"))
        .when((told == "pending") & pl.col("settled"))
        .then(silent)
        .otherwise(told)
    )
