"""The labels of a frame of posts."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import polars as pl

from listener.label import brand, customer
from listener.label.context import EXTRA_FLAGS, add_context, add_handles
from listener.label.folding import fold_text
from listener.label.languages import add_case_roots, read_languages
from listener.label.matching import match_rules
from listener.label.phrases import HINTS, SIDES, Language, Phrases, Rule
from listener.label.sentences import split_posts, split_sentences
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS, LABELS

_DECIDERS: Mapping[str, Any] = {"brand": brand, "customer": customer}
_WORTH_DIVIDING = 20_000
_OF_SIDE = {"brand": BRAND_LABELS, "customer": CUSTOMER_LABELS}


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences of one language and side, with what each of them does."""

    language: str
    side: str
    rows: pl.DataFrame


def label_posts(posts: pl.DataFrame, phrases: Phrases) -> pl.DataFrame:
    """Label each post on its own words, read in the light of the post before it.

    `posts` has `post`, `side`, `language`, `text`, `previous` and, where known,
    `author_handle`, `brand_handles` (the brand's accounts, a list) and `brand_languages`
    (those in which its posts are read, a list).

    Returns:
        `post`, `side`, `language` as read (null: not read), one column a label.
    """
    cores = pl.thread_pool_size()
    if posts.height < _WORTH_DIVIDING or cores == 1:
        return _label_cases(posts, phrases)
    with ThreadPoolExecutor(cores) as pool:
        labelled = pool.map(lambda part: _label_cases(part, phrases), _divide(posts, cores))
        found = pl.concat(labelled)
    return posts.select("post").join(found, on="post", how="left", maintain_order="left")


def _divide(posts: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """Divide posts into parts of whole cases, one for each core: a search takes one only."""
    roots = add_case_roots(posts.select("post", "previous"))["case_root"]
    numbered = posts.with_columns(_part=roots.hash(0) % count)
    return numbered.partition_by("_part", include_key=False, maintain_order=True)


def _label_cases(posts: pl.DataFrame, phrases: Phrases) -> pl.DataFrame:
    """Label the posts of whole cases."""
    prepared = prepare_posts(posts, phrases.languages)
    parts = [collect_flags(part.rows) for part in match_parts(prepared, phrases)]
    labels = decide_labels(prepared, parts)
    out = prepared.select("post", "side", "language").join(
        labels, on="post", how="left", maintain_order="left"
    )
    return out.with_columns(pl.col(name).fill_null(value=False) for name in LABELS)


def prepare_posts(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return the posts with their language as read, taken apart for the search."""
    posts = _complete_columns(posts).with_columns(folded=fold_text(pl.col("text").fill_null("")))
    posts = read_languages(add_case_roots(posts), languages).drop("brand_languages")
    return split_posts(add_handles(posts), languages)


def _complete_columns(posts: pl.DataFrame) -> pl.DataFrame:
    lists = ("brand_handles", "brand_languages")
    optional = {"author_handle": pl.String(), **dict.fromkeys(lists, pl.List(pl.String()))}
    missing = [
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in optional.items()
        if name not in posts.columns
    ]
    return posts.with_columns(missing).select(
        "post", "side", "language", "text", "previous", *optional
    )


def match_parts(prepared: pl.DataFrame, phrases: Phrases) -> list[Part]:
    """Return, for each language and side, the sentences with what they do."""
    parts = []
    for language, side in product(phrases.languages, SIDES):
        chosen = prepared.filter((pl.col("language") == language) & (pl.col("side") == side))
        if chosen.height:
            rules = complete_rules(phrases.rules[language][side], side)
            rows = match_rules(split_sentences(chosen), rules)
            parts.append(Part(language, side, _DECIDERS[side].decide_sentences(rows)))
    return parts


def collect_flags(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a post: whether any of its sentences has the flag."""
    flags = [name for name, kind in rows.schema.items() if kind == pl.Boolean]
    return rows.group_by("post").agg(pl.col(flags).any())


def decide_labels(prepared: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return `post` and the labels, decided with what the post before does."""
    decided = decide_sides(prepared, parts)
    labels = [posts.select("post", *_OF_SIDE[side]) for side, posts in decided.items()]
    return pl.concat(labels, how="diagonal").select("post", *LABELS)


def decide_sides(prepared: pl.DataFrame, parts: list[pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the posts of each side with their labels and everything that these rest on."""
    flags = pl.concat([_empty_flags(), *parts], how="diagonal")
    posts = add_context(prepared.join(flags, on="post", how="left", maintain_order="left"))
    read = posts.filter(pl.col("language").is_not_null())
    return {
        side: _DECIDERS[side].decide_posts(read.filter(pl.col("side") == side)) for side in SIDES
    }


def _empty_flags() -> pl.DataFrame:
    names = {*LABELS, *(name for hints in HINTS.values() for name in hints), *EXTRA_FLAGS}
    return pl.DataFrame(schema={"post": pl.UInt32, **dict.fromkeys(sorted(names), pl.Boolean)})


def complete_rules(rules: Mapping[str, Rule], side: str) -> dict[str, Rule]:
    """Return a rule for every section of the side, an empty one where a file has none."""
    names = (*_OF_SIDE[side], *HINTS[side])
    return {name: rules.get(name, Rule(name, ())) for name in names}
