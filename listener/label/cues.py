"""Cues of a customer's mood and matter, weighed against each other.

No single word decides whether somebody complains: a delay is told calmly or in anger.
Each cue adds its weight; a label holds when the weights reach `ENOUGH`. What counts 5 to 7
is enough by itself even against a doubt, what counts less needs company, what counts less
than 0 speaks against it. The weights were set by reason and compared on labelled posts;
one more or less of any of them changes little.
"""

from collections.abc import Mapping

import polars as pl

from listener.label.signals import any_of, is_true, words_of

ENOUGH = 4
COMPLAINT: Mapping[str, int] = {
    "complaint": 7,
    "displeasure": 3,
    "going_on": 3,
    "stated": 2,
    "unsolved": 1,
    "denying": 1,
    "refusing": 1,
    "lasting": 2,
    "dealings": 2,
    "upset": 2,
    "loud": 1,
    "frowning": 1,
    "lengthy": 1,
    "polite": -1,
    "courteous": -1,
    "technical": -2,
    "calm": -1,
    "praise": -3,
    "solved": -1,
    "answering": -2,
    "thanks": -2,
    "moved": -3,
    "wordless": -4,
    "toneless": -4,
}
PRAISE: Mapping[str, int] = {
    "praise": 6,
    "pleased": 3,
    "cheerful": 1,
    "untroubled": 1,
    "thanks": -1,
    "lengthy": -1,
    "displeasure": -2,
    "replying": -2,
    "inquiring": -1,
    "unsolved": -2,
    "complaint": -1,
}
SOLVED: Mapping[str, int] = {
    "solved": 6,
    "relief": 3,
    "affirmed": 4,
    "thanks": 1,
    "helped": 1,
    "opening": -1,
    "inquiring": -1,
    "lengthy": -1,
    "asks": -1,
    "contrast": -1,
}
UNSOLVED: Mapping[str, int] = {
    "unsolved": 5,
    "setback": 2,
    "problem": 1,
    "helped": 1,
    "checked": 4,
    "rebutting": 1,
    "solved": -3,
    "thanks": -1,
    "informing": -1,
}

_MOODS = ("going_on", "upset", "calm")
_SHOUTED = r"[!?]{2,}|!.*!|(?:^|\s)[A-Z]{4,}(?:[\s!?.,]|$)"
_FROWN = r"(?:^|\s)[:;=]'?-?[(/\\]+(?:\s|$)"
_CHEERFUL = (
    r"!|[😊😁😃😄🤗👍💪🎉😎☺👏🙌😋👌😍❤💕💗💖💙💚💜🥰🤩💯🥳😀😆☀🌟⭐✨🙏]|(?:^|\s)[:;=8]'?-?[)D]"
)
_SIGNS = ("displeasure", "unsolved", "setback", "problem", "negated", "dealings")
# A calm account has none of these, however long it is and however often it says no.
_TONES = ("complaint", "displeasure", "dealings", "lasting", "loud", "frowning")
_TROUBLES = ("problem", "negated", "displeasure", "complaint", "unsolved", "asks")
_CARRIED_WORDS = 8
_LENGTHY = 16
_REMARK = 4


def add_cues(posts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the posts with the cues that are no phrases: tone and place in the case.

    `body_words` is how many words a post has, links and what stands in front left out.
    """
    after_brand = (pl.col("previous_side") == "brand").fill_null(value=False)
    answering = is_true("previous_asks") & after_brand
    words = pl.col("body_words")
    polite = is_true("polite")
    inquiring = pl.col("body").str.contains("?", literal=True)
    named = pl.col("folded").str.contains("@", literal=True) | (pl.col("lead") != "")
    addressed = named | pl.col("replied") | pl.col("previous").is_not_null()
    posts = posts.with_columns(body_words=words_of(pl.col("body"))).with_columns(
        answering=answering,
        replying=after_brand,
        opening=pl.col("previous").is_null(),
        inquiring=inquiring,
        polite=polite,
        wordless=~any_of("complaint", *_SIGNS) & ~pl.col("folded").str.contains(_FROWN),
        refusing=is_true("negated") & ~inquiring,
        lasting=is_true("lapse") & any_of("problem", "negated", "displeasure", "unsolved"),
        denying=is_true("negated") & is_true("dealings") & ~inquiring,
        stated=addressed & ~inquiring & ~polite & ~answering & (words >= _CARRIED_WORDS - 3),
        lengthy=words > _LENGTHY,
        loud=pl.col("text").str.contains(_SHOUTED).fill_null(value=False),
        cheerful=pl.col("text").str.contains(_CHEERFUL).fill_null(value=False),
        untroubled=~inquiring & (words >= _REMARK) & ~any_of(*_TROUBLES),
        helped=after_brand & (is_true("previous_helps") | is_true("previous_moves")),
        frowning=pl.col("folded").str.contains(_FROWN),
        informing=answering & ~is_true("previous_checks"),
    )
    return _add_answers(posts)


def _add_answers(posts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the posts with what they say to what the brand has just done."""
    plain = ~pl.col("inquiring")
    checked = pl.col("replying") & is_true("previous_checks")
    kind = is_true("thanks") & ~any_of(*_TROUBLES, "ahead", "moved")
    return posts.with_columns(
        toneless=~any_of(*_TONES),
        checked=checked & any_of("negated", "setback"),
        affirmed=checked & pl.col("answering") & kind & plain,
        rebutting=pl.col("helped") & is_true("negated") & plain & ~pl.col("answering"),
    )


def weigh_cues(cues: Mapping[str, int]) -> pl.Expr:
    """Return whether the cues of a post, added up, are enough."""
    return pl.sum_horizontal(is_true(name).cast(pl.Int8) * n for name, n in cues.items()) >= ENOUGH


def add_mood(posts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the posts with the mood of the customer's own post before.

    `going_on`: it complains by itself, and nobody spoke in between; `upset`: it complains
    and the brand has spoken since; `calm`: it does not complain. `own_before` is its place.
    """
    weights = {
        name: weight for name, weight in COMPLAINT.items() if name not in (*_MOODS, "toneless")
    }
    before = weigh_cues(weights).gather("own_before")
    minded = before.fill_null(value=False)
    return posts.with_columns(
        going_on=before & ~pl.col("replying"),
        upset=before & pl.col("replying"),
        wordless=pl.col("wordless") & ~(minded & ~pl.col("replying")),
        toneless=pl.col("toneless") & ~minded,
        calm=~before,
    )
