"""Which language a post is read in: the platform's word, the post's own, its case's.

Only languages with a phrase file are read, and of those the ones that the brand's settings
name. A post in another language stays unread (null): its labels are never guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from listener.label.phrases import Language

_OTHER = (
    "que|para|por|los|las|una|del|con|como|esta|het|een|niet|voor|dat|ik|jullie|avec|pour|vous|nous|est|"
    "dans|pas|les|des|une|mais|della|che|non|il|sono|nao|voce|uma|isso|saya|tidak|yang|untuk|nak|"
    "de|la|le|el|en|et|je|tu|ce|sur|qui|merci|gracias|hola|obrigado|ciao|grazie|mijn|bij|op|ook|jest|nie|"
    "sie|na|jeg|og|det|ikke|till|och|att|jag|inte|som|bir|ve|bu|icin"
)
_FOREIGN_SCRIPT = (
    r"[\p{Cyrillic}\p{Arabic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Hebrew}\p{Thai}"
    r"\p{Devanagari}\p{Greek}]"
)
_STEPS = 40
_PLENTY = 5


_STRONG = 4
_NO_WORD = ("", "un", "zx")  # "und" and "zxx": the platform cannot tell


def read_languages(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return `posts` with `language` as read (a code of `languages`, or null).

    Args:
        posts: With `folded`, `case_root`, the platform's `language`, and
            `brand_languages` (a list, or null for all).
        languages: What is known of the languages that have phrases, by code.
    """
    scored = _count_words(posts, languages)
    scored = scored.lazy().with_columns(own=_decide_own(tuple(languages))).collect()
    found: pl.Expr
    found = told = pl.when(pl.col("own").is_in(tuple(languages))).then("own")
    unsure = scored.filter(pl.col("own") == "?").select("case_root").unique()
    if unsure.height:
        cases = (
            scored.join(unsure, on="case_root", how="semi")
            .group_by("case_root")
            .agg(of_case=told.drop_nulls().mode().min())
        )
        scored = scored.join(cases, on="case_root", how="left", maintain_order="left")
        found = pl.when(pl.col("own") == "?").then("of_case").otherwise(told)
    read = pl.col("brand_languages").list.contains(found).fill_null(value=True)
    return posts.with_columns(scored.select(language=pl.when(read).then(found)).to_series())


def _count_words(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return the posts with the number of common words of each language, and of others.

    Nothing has to be counted where a post has a word of the language that the platform says.
    """
    sure = posts.select(_confirms(languages)).to_series()
    unsure = posts.select("post", "language", "text", "folded").filter(~sure)
    folded = pl.col("folded")
    is_ascii = folded.str.len_bytes() == folded.str.len_chars()
    other_letters = pl.when(is_ascii).then(pl.lit("")).otherwise(folded)
    foreign = other_letters.str.count_matches(_FOREIGN_SCRIPT)
    numbers = [*map(_name, languages), "other"]
    scored = posts.select("post", "case_root", "language", "brand_languages", foreign=foreign)
    if unsure.is_empty():  # to make the expressions takes longer than to search some posts
        none = dict.fromkeys(numbers, pl.lit(0, dtype=pl.Int32))
        return scored.with_columns(**none, by_letters=pl.lit(None, dtype=pl.String))
    counted = _count_unsure(unsure, languages).select("post", *numbers, "by_letters")
    scored = scored.join(counted, on="post", how="left", maintain_order="left")
    return scored.with_columns(pl.col(numbers).fill_null(0))


def _count_unsure(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Count words; who writes many words that only one language has writes in it."""
    scored = posts.with_columns(left=pl.lit(value=True))
    left = pl.when("left").then("folded")
    for code, language in languages.items():
        elsewhere = {
            word for other, known in languages.items() for word in known.common if other != code
        }
        shared = [word for word in language.common if word in elsewhere]
        own = [word for word in language.common if word not in elsewhere]
        name = _name(code)
        scored = scored.with_columns(_count(own, left).alias(name))
        open_ = (pl.col(name) < _PLENTY) | pl.col("language").is_not_null()
        scored = scored.with_columns(left=pl.col("left") & open_)
        scored = scored.with_columns(pl.col(name) + _count(shared, left))
    known = {word for language in languages.values() for word in language.common}
    others = [word for word in _OTHER.split("|") if word not in known]
    return scored.with_columns(other=_count(others, left), by_letters=_tell_by_letters(languages))


def _confirms(languages: Mapping[str, Language]) -> pl.Expr:
    """Whether a post has a word of the language that the platform says."""
    given = _given()
    # An empty text is not searched, while one that is null is.
    said = {code: pl.when(given == code).then("folded").otherwise(pl.lit("")) for code in languages}
    return pl.any_horizontal(
        said[code].str.contains(_any_word(language.common)) for code, language in languages.items()
    )


def _given() -> pl.Expr:
    return pl.col("language").str.to_lowercase().str.slice(0, 2)


def _any_word(words: Iterable[str]) -> str:
    return rf"(?-u:\b)(?:{'|'.join(map(re.escape, words))})(?-u:\b)"


def _tell_by_letters(languages: Mapping[str, Language]) -> pl.Expr:
    """Return the language whose letters a post has, if it has none of anyone else's."""
    silent = pl.col("left") & (_most(tuple(languages)) == 0)
    text = pl.when(silent).then("text").str.to_lowercase()
    found = [
        pl.when(
            text.str.contains(f"[{letters}]") & ~text.str.contains(rf"[\p{{L}}--[a-z{letters}]]")
        ).then(pl.lit(code))
        for code, language in languages.items()
        if (letters := "".join(map(re.escape, language.letters)))
    ]
    return pl.coalesce(pl.lit(None, dtype=pl.String), *found)


def _most(codes: Sequence[str]) -> pl.Expr:
    return pl.max_horizontal(_name(code) for code in codes)


def _name(code: str) -> str:
    return f"words_{code}"


def _count(words: Sequence[str], text: pl.Expr) -> pl.Expr:
    count = text.str.count_matches(_any_word(words)) if words else text.str.len_chars() * 0
    return count.cast(pl.Int32).fill_null(0)


def _decide_own(codes: Sequence[str]) -> pl.Expr:
    """Decide by the post alone: a code, "-" (another language) or "?" (cannot say)."""
    most = _most(codes)
    other, script = pl.col("other"), pl.col("foreign")
    given = _given()
    foreign = (script >= 3) | ((other > most) & (other >= 2))
    detected = pl.when(foreign).then(pl.lit("-")).otherwise(_find_leading(codes, most))
    # The platform errs too: many words of one language and none of the other overrule it.
    contradicts = (script >= 10) | pl.any_horizontal(
        (given == code) & (pl.col(_name(code)) == 0) & (most >= _STRONG) for code in codes
    )
    return (
        pl.when(given.is_in(codes) & ~contradicts)
        .then(given)
        .when(given.is_null() | given.is_in(_NO_WORD) | contradicts)
        .then(detected)
        .when((most >= _STRONG) & ~foreign)
        .then(detected)
        .otherwise(pl.lit("-"))
    )


def _find_leading(codes: Sequence[str], most: pl.Expr) -> pl.Expr:
    """Return the language with the most words, or else that of the letters; "?" if none leads."""
    leads = [pl.col(_name(code)) == most for code in codes]
    alone = pl.sum_horizontal(lead.cast(pl.Int8) for lead in leads) == 1
    leading = pl.coalesce(
        pl.when(lead).then(pl.lit(code)) for code, lead in zip(codes, leads, strict=True)
    )
    by_letters = pl.when(pl.col("other") == 0).then("by_letters")
    return pl.when(alone & (most >= 1)).then(leading).otherwise(by_letters.fill_null("?"))


def add_case_roots(posts: pl.DataFrame) -> pl.DataFrame:
    """Return `posts` with `case_root`: the first post that `previous` leads to.

    Pointers are doubled at each step, so that long cases cost few joins; a loop
    in the data ends after a bounded number of steps.
    """
    places = posts.select("post").with_row_index("place")
    links = posts.select(post="previous").join(places, on="post", how="left", maintain_order="left")
    before = links["place"]
    up = before.fill_null(places["place"])
    for _ in range(_STEPS):
        higher = up.gather(up)
        if higher.equals(up):
            break
        up = higher
    roots = posts.select(
        pl.when(before.is_null()).then(pl.coalesce("previous", "post")).otherwise("post").gather(up)
    )
    return posts.with_columns(case_root=roots.to_series())
