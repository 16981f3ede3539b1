"""Cues of a customer's mood and matter, weighed against each other.

No single word decides whether somebody complains: a delay is told calmly or in anger.
Each cue adds its weight; a label holds when the weights reach `ENOUGH`. What counts 4 or 5
is enough by itself even against a doubt, what counts less needs company, what counts less
than 0 speaks against it. The weights were set by reason and compared on labelled posts.
"""

from collections.abc import Mapping

import polars as pl

from listener.label.signals import any_of, is_true, words_of

ENOUGH = 3
COMPLAINT: Mapping[str, int] = {
    "complaint": 4,
    "displeasure": 2,
    "unsolved": 1,
    "problem": 1,
    "stated": 1,
    "loud": 1,
    "frowning": 1,
    "going_on": 1,
    "lengthy": 1,
    "polite": -1,
    "answering": -1,
    "praise": -1,
    "solved": -1,
}
PRAISE: Mapping[str, int] = {
    "praise": 5,
    "pleased": 2,
    "cheerful": 1,
    "lengthy": -1,
    "displeasure": -1,
    "replying": -1,
    "inquiring": -1,
    "unsolved": -1,
    "complaint": -1,
}
SOLVED: Mapping[str, int] = {
    "solved": 5,
    "relief": 2,
    "thanks": 1,
    "helped": 1,
    "opening": -1,
    "inquiring": -1,
    "lengthy": -1,
    "asks": -1,
}
UNSOLVED: Mapping[str, int] = {
    "unsolved": 4,
    "setback": 1,
    "problem": 1,
    "helped": 1,
    "checked": 2,
    "solved": -3,
    "thanks": -1,
    "informing": -1,
    "opening": -1,
}

_SHOUTED = r"[!?]{2,}|!.*!|(?:^|\s)[A-Z]{4,}(?:[\s!?.,]|$)"
_FROWN = r"(?:^|\s)[:;=]'?-?[(/\\]+(?:\s|$)"
_CHEERFUL = r"!"
_CARRIED_WORDS = 8
_LENGTHY = 16


def add_cues(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with the cues that are no phrases: tone and place in the case."""
    after_brand = (pl.col("previous_side") == "brand").fill_null(value=False)
    answering = is_true("previous_asks") & after_brand
    words = words_of(pl.col("body"))
    polite = is_true("polite")
    inquiring = pl.col("body").str.contains("?", literal=True)
    return posts.with_columns(
        answering=answering,
        replying=after_brand,
        opening=pl.col("previous").is_null(),
        inquiring=inquiring,
        polite=polite,
        stated=~inquiring & ~polite & ~answering & (words >= _CARRIED_WORDS - 3),
        lengthy=words > _LENGTHY,
        loud=pl.col("text").str.contains(_SHOUTED).fill_null(value=False),
        cheerful=pl.col("body").str.contains(_CHEERFUL),
        going_on=is_true("previous_own_complaint") & (words >= _CARRIED_WORDS),
        helped=after_brand & (is_true("previous_helps") | is_true("previous_moves")),
        frowning=pl.col("folded").str.contains(_FROWN),
        informing=answering & ~is_true("previous_checks"),
        checked=after_brand & is_true("previous_checks") & any_of("problem", "setback"),
    )


def weigh_cues(cues: Mapping[str, int]) -> pl.Expr:
    """Return whether the cues of a post, added up, are enough."""
    return pl.sum_horizontal(is_true(name).cast(pl.Int8) * n for name, n in cues.items()) >= ENOUGH
