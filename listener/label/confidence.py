"""How sure the labels of a post are, by what they rest on.

A phrase that says it in so many words errs seldom; weights that just reach their
threshold, a statement told by its form alone, or a label that the post before decided err
often. The steps below were ordered by reason and their shares of errors looked up on
labelled posts (`docs/reviews.md` has the table). People look at the unsure ones first.
"""

from collections.abc import Mapping

import polars as pl

from listener.label.cues import COMPLAINT, ENOUGH, PRAISE, SOLVED, UNSOLVED
from listener.label.labels import collect_flags, decide_sides, match_parts, prepare_posts
from listener.label.phrases import Phrases
from listener.label.signals import any_of, is_true

SURE = 0.98
_WEIGHED: Mapping[str, Mapping[str, int]] = {
    "complaint": COMPLAINT,
    "praise": PRAISE,
    "solved": SOLVED,
    "unsolved": UNSOLVED,
}
# By how far the weights are from the threshold: just there, just not, one and two further.
_GIVEN = (0.65, 0.75, 0.8)
_ABSENT = (0.7, 0.85, 0.95)


def rate_posts(posts: pl.DataFrame, phrases: Phrases) -> pl.DataFrame:
    """Tell of each post how likely all of its labels are right.

    Args:
        posts: As for `label_posts`.
        phrases: What they are read by.

    Returns:
        `post`, `confidence` between 0 and 1 (0 for a post in a language that is not read).
        It orders posts well and is no probability.
    """
    prepared = prepare_posts(posts, phrases.languages)
    flags = collect_flags(match_parts(prepared, phrases))
    rated = [
        found.select("post", confidence=_RATERS[side]())
        for side, found in decide_sides(prepared, flags).items()
    ]
    return (
        prepared.select("post")
        .join(pl.concat(rated), on="post", how="left", maintain_order="left")
        .with_columns(pl.col("confidence").fill_null(0.0))
    )


def _rate_customers() -> pl.Expr:
    """Rate a customer's post by the weights of its mood, and by why it calls for a reply."""
    weighed = [_rate_weights(label, cues) for label, cues in _WEIGHED.items()]
    plainly = any_of("asked", "asks") & ~any_of("thanks", "praise", "solved")
    need = (
        pl.when(is_true("need") & plainly)
        .then(SURE)
        .when(is_true("need") & any_of("unsolved", "complaint"))
        .then(0.9)
        .when(is_true("need"))
        .then(0.75)
        .when(any_of("thanks", "praise", "chat"))
        .then(0.9)
        .otherwise(0.7)
    )
    moved = pl.when(is_true("moved")).then(0.8).otherwise(SURE)
    return _combine(need, moved, *weighed)


def _rate_weights(label: str, cues: Mapping[str, int]) -> pl.Expr:
    # The label has replaced its own cue, known to be there only if the others are not enough.
    others = {name: weight for name, weight in cues.items() if name != label}
    score = pl.sum_horizontal(is_true(name).cast(pl.Int64) * n for name, n in others.items())
    own = pl.when(score < ENOUGH).then(cues[label]).otherwise(0)
    above = pl.when(is_true(label)).then(score + own - ENOUGH)
    below = ENOUGH - score
    return pl.coalesce(_step(above, _GIVEN), _step(below - 1, _ABSENT))


def _step(distance: pl.Expr, steps: tuple[float, ...]) -> pl.Expr:
    return (
        pl.when(distance.is_null())
        .then(None)
        .when(distance <= 0)
        .then(steps[0])
        .when(distance == 1)
        .then(steps[1])
        .otherwise(steps[2])
    )


def _rate_brands() -> pl.Expr:
    """Rate a brand's reply by how it came to tell something, and by what it commits to."""
    told, remarked = is_true("statement"), is_true("remark")
    answer = (
        pl.when(is_true("answer") & any_of("done", "advised"))
        .then(0.9)
        .when(is_true("answer") & told & remarked)
        .then(0.85)
        .when(is_true("answer"))
        .then(0.65)
        .when(told | remarked | is_true("link"))
        .then(0.75)
        .otherwise(0.95)
    )
    acts = pl.when(any_of("promise", "refusal")).then(0.75).otherwise(SURE)
    asks = pl.when(any_of("requested", "offered", "checkin")).then(0.8).otherwise(SURE)
    feels = pl.when(any_of("empathy", "handle", "form")).then(0.85).otherwise(SURE)
    return _combine(answer, acts, asks, feels)


def _combine(*parts: pl.Expr) -> pl.Expr:
    """Take the least sure label: all of them are to be right."""
    return pl.min_horizontal(*parts)


_RATERS = {"brand": _rate_brands, "customer": _rate_customers}
