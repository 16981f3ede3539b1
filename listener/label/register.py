"""Whether a post says "du" or "Sie": by the words that its language's file lists for it.

`docs/measures.md`, section 6. What is quoted is somebody else's address; handles,
links and hashtags are names. Languages without such lists have no register.
"""

import re
from collections.abc import Iterable, Mapping

import polars as pl

from listener.label.phrases import Language

REGISTER_FLAGS = ("familiar", "formal")
_QUOTED = r"[„“\"»«‚][^„“”\"»«‚‘\n]{1,500}[“”\"»«‘]"
_NAMES = r"(?:https?://|www\.)\S+|[@#][\p{L}\p{N}_.\-]*(?:@[\p{L}\p{N}.\-]+)?"
_WITHIN = r"[\p{L}\p{N},;&%)\]][ \t]+"
_OPENING = r"(?:^|[^\p{L}\p{N},;&%)\] \t])[ \t]*"
_BEFORE, _AFTER = r"(?:^|[^\p{L}\p{N}])", r"(?:$|[^\p{L}\p{N}])"
_SPECIAL = {"(": "(?:", ")": ")", "|": "|", "*": r"\p{L}+"}


def add_registers(
    labels: pl.DataFrame, posts: pl.DataFrame, languages: Mapping[str, Language]
) -> pl.DataFrame:
    """Return the labels with `familiar` and `formal`: whether the post addresses so.

    Both are null where the language of the post has no words for it.

    Args:
        labels: `post` and `language` as read, from `label_posts`.
        posts: `post` and `text`.
        languages: What is known of each language.
    """
    told = [code for code, language in languages.items() if _is_told(language)]
    texts = (
        labels.select("post", "language")
        .filter(pl.col("language").is_in(told))
        .join(posts.select("post", "text"), on="post", how="left", maintain_order="left")
        .with_columns(_strip(pl.col("text").fill_null("")).alias("text"))
    )
    found = [_find(texts.filter(language=code), languages[code]) for code in told]
    nothing = labels.select("post").clear()
    flags = (pl.lit(value=False).alias(name) for name in REGISTER_FLAGS)
    known = pl.concat([nothing.with_columns(flags), *found])
    return labels.join(known, on="post", how="left", maintain_order="left")


def _is_told(language: Language) -> bool:
    return bool(language.familiar or language.formal or language.formal_openings)


def _strip(text: pl.Expr) -> pl.Expr:
    """Take out what is quoted, and names."""
    return text.str.replace_all(_QUOTED, " … ").str.replace_all(_NAMES, " ")


def _find(texts: pl.DataFrame, language: Language) -> pl.DataFrame:
    text = pl.col("text")
    # Who shouts writes every word large: nothing follows from a capital.
    is_loud = text == text.str.to_uppercase()
    left = _blank_out(text, language.no_formal)
    within = _contains(left, _WITHIN, language.formal, _AFTER)
    opening = _contains(left, _OPENING, language.formal_openings, _AFTER)
    return texts.select(
        "post",
        _contains(text, f"(?i){_BEFORE}", language.familiar, _AFTER).alias("familiar"),
        ((within | opening) & ~is_loud).alias("formal"),
    )


def _contains(text: pl.Expr, before: str, phrases: Iterable[str], after: str) -> pl.Expr:
    listed = "|".join(map(_compile, phrases))
    return text.str.contains(f"{before}(?:{listed}){after}") if listed else pl.lit(value=False)


def _blank_out(text: pl.Expr, phrases: Iterable[str]) -> pl.Expr:
    listed = "|".join(map(_compile, phrases))
    return text.str.replace_all(rf"(?-u:\b)(?:{listed})(?-u:\b)", "…") if listed else text


def _compile(phrase: str) -> str:
    """Return the expression that finds a phrase: words, `(a | b)` and `*`."""
    spaced = re.sub(r"\s*([(|)])\s*", lambda found: _space(found, phrase), phrase)
    return "".join(
        _SPECIAL.get(part) or (r"\s+" if part.isspace() else re.escape(part))
        for part in re.findall(r"[()|*]|\s+|[^()|*\s]+", spaced)
    )


def _space(found: re.Match[str], phrase: str) -> str:
    """Keep the blank outside of brackets only."""
    before = " " if found[1] == "(" and found.start() > 0 else ""
    after = " " if found[1] == ")" and found.end() < len(phrase) else ""
    return f"{before}{found[1]}{after}"
