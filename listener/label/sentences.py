"""Posts into sentences, with the place of each in the original text.

A post is taken apart into what stands in front (mentions), its words, and its
end (signature and what follows it); only the words are searched for phrases.
"""

import re
from collections.abc import Mapping

import polars as pl

from listener.label.grammar import END, START
from listener.label.phrases import Language, list_words
from listener.label.shapes import add_signatures

_LEAD = r"^(?:[ \n.\">:,-]|rt |@[a-z0-9_][a-z0-9_.@-]*|__[a-z]+__|re: [^-.!?\n]{1,40} - )*"
# A reply often does two things in one sentence; each half is read by itself. The
# blank before the second half becomes a line break, so that all places stay the same.
_TURN = r"([a-z0-9)\"',]) ((?:{words}),? )"
_REQUEST = r"([a-z0-9)\"'](?:[,;]| -)) ((?:{words}) )"
_AFTER_LINK = r"((?:https?://|www\.)[!-~]+|<link>|__url__) ((?:{words}) )"
# "If you need help, please …": a condition stays with what depends on it.
_CONDITION = (
    r"((?:^|[.!?\n] ?)[^a-z.!?\n]*(?:[a-z]{{2,5}} [a-z]+, )?(?:{conditions})[ ,][^.!?\n]*[,;])"
    r"\n((?:{requests}) )"
)
_DIVIDERS = {"turns": _TURN, "requests": _REQUEST, "openings": _AFTER_LINK}
_SENTENCE = (
    r"(?:(?:https?://|www\.)[^ \n]*[^ \n.!?,;:)]|[^.!?\n]|\.+[a-z0-9@/_-])+[.!?\n]*[ \n]*"
    r"|[.!?\n]+[ \n]*"
)


def split_posts(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return the posts with `lead`, `body`, `signature` and `offset`.

    Args:
        posts: With `text`, `folded`, `language` (as read), `side` and `handles` (list of
            the case's handles).
        languages: What is known of the languages that are read.
    """
    posts = _add_leads(add_signatures(posts, languages))
    length = pl.col("folded").str.len_chars()
    offset = pl.col("lead").str.len_chars()
    tail = pl.col("signature").str.len_chars().fill_null(0)
    size = (length.cast(pl.Int64) - offset - tail).clip(lower_bound=0)
    posts = posts.with_columns(body=pl.col("folded").str.slice(offset, size), offset=offset)
    by_brand = pl.col("side") == "brand"
    reply = posts.select(pl.when(by_brand).then("body").otherwise(pl.lit(""))).to_series()
    clauses = _divide(pl.lit(reply), languages)
    return posts.with_columns(body=pl.when(by_brand).then(clauses).otherwise("body"))


def _divide(body: pl.Expr, languages: Mapping[str, Language]) -> pl.Expr:
    """Put a line break between the parts of a sentence that do different things."""
    words = {name: _join(languages, name) for name in (*_DIVIDERS, "conditions")}
    for name, divider in _DIVIDERS.items():
        if words[name]:
            body = body.str.replace_all(divider.format(words=words[name]), "${1}\n${2}")
    if words["conditions"] and words["requests"]:
        body = body.str.replace_all(_CONDITION.format(**words), "${1} ${2}")
    return body


def _join(languages: Mapping[str, Language], trait: str) -> str:
    words = list_words(languages, trait)
    return "|".join(re.escape(word).replace("'", "'?") for word in words)


def split_sentences(posts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a sentence: `post`, `start` (characters), `sentence`, `last`.

    The first sentence begins with the mark of a post's start, the last one ends
    with the mark of its end.
    """
    pieces = posts.select(
        "post",
        pl.col("offset").cast(pl.Int64),
        sentence=pl.col("body").str.extract_all(_SENTENCE),
    ).filter(pl.col("sentence").list.len() > 0)
    rows = pieces.explode("sentence", empty_as_null=False)
    length = pl.col("sentence").str.len_chars().cast(pl.Int64)
    rows = rows.with_columns(
        passed=length.cum_sum() - length,
        first=pl.col("post") != pl.col("post").shift(1, fill_value=None).fill_null(2**32 - 1),
        last=pl.col("post") != pl.col("post").shift(-1).fill_null(2**32 - 1),
    )
    before = pl.col("passed") - pl.when("first").then("passed").forward_fill()
    rows = rows.with_columns(start=pl.col("offset") + before)
    opening = pl.when("first").then(pl.lit(START)).otherwise(pl.lit(""))
    closing = pl.when("last").then(pl.lit(END)).otherwise(pl.lit(""))
    return rows.with_columns(
        sentence=opening + pl.col("sentence") + closing,
        start=pl.col("start") - pl.col("first").cast(pl.Int64),
    ).drop("offset", "passed")


def _add_leads(posts: pl.DataFrame) -> pl.DataFrame:
    lead = pl.col("folded").str.extract(_LEAD, 0).fill_null("")
    rest = pl.col("folded").str.slice(lead.str.len_chars())
    first_word = rest.str.extract(r"^([a-z0-9_]+)[ :,]", 1)
    known = pl.col("handles").list.contains(first_word).fill_null(value=False)
    named = first_word.is_not_null() & known
    word = pl.when(named).then(first_word + pl.lit(" ")).otherwise(pl.lit(""))
    return posts.lazy().with_columns(lead=lead + word).collect()  # parts are worked out once
