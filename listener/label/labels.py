"""The labels of a frame of posts."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import polars as pl

from listener.cores import count_cores, map_on_cores
from listener.label import brand, customer
from listener.label.context import EXTRA_FLAGS, add_context, add_handles
from listener.label.folding import fold_text
from listener.label.languages import add_case_roots, read_languages
from listener.label.matching import match_rules
from listener.label.phrases import HINTS, SIDES, Language, Phrases, Rule
from listener.label.sentences import split_posts, split_sentences
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS, LABELS

_DECIDERS: Mapping[str, Any] = {"brand": brand, "customer": customer}
_PART_POSTS = 100_000
_WORTH_CORES = 100_000  # fewer are read before other processes have begun
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
    cores = count_cores() if posts.height >= _WORTH_CORES else 1
    count = cores * math.ceil(posts.height / (cores * _PART_POSTS))  # as many for each core
    if count < 2:
        return _label_cases(posts, phrases)
    label = partial(_label_cases, phrases=phrases)
    found = pl.concat(map_on_cores(label, divide_cases(posts, count), cores=cores))
    return posts.select("post").join(found, on="post", how="left", maintain_order="left")


def divide_cases(posts: pl.DataFrame, count: int) -> Iterator[pl.DataFrame]:
    """Yield parts of whole cases: memory holds what one part needs, whatever there is in all."""
    posts = add_case_roots(posts)
    numbers = posts["case_root"].hash(0) % count
    for number in range(count):
        part = posts.filter(numbers == number)
        if part.height:
            yield part


def _label_cases(posts: pl.DataFrame, phrases: Phrases) -> pl.DataFrame:
    """Label the posts of whole cases."""
    prepared = prepare_posts(posts, phrases.languages)
    labels = decide_labels(prepared, collect_flags(match_parts(prepared, phrases)))
    out = prepared.select("post", "side", "language").join(
        labels, on="post", how="left", maintain_order="left"
    )
    return out.with_columns(pl.col(name).fill_null(value=False) for name in LABELS)


def prepare_posts(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return the posts with their language as read, taken apart for the search."""
    rooted = posts if "case_root" in posts.columns else add_case_roots(posts)
    posts = _complete_columns(rooted).with_columns(folded=fold_text(pl.col("text").fill_null("")))
    posts = read_languages(posts, languages).drop("brand_languages")
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
        "post", "side", "language", "text", "previous", "case_root", *optional
    )


def match_parts(prepared: pl.DataFrame, phrases: Phrases) -> Iterator[Part]:
    """Yield, for each language and side, the sentences with what they do."""
    for language, side in product(phrases.languages, SIDES):
        chosen = prepared.filter((pl.col("language") == language) & (pl.col("side") == side))
        if chosen.height:
            rules = complete_rules(phrases.rules[language][side], side)
            decider = _DECIDERS[side]
            rows = match_rules(split_sentences(chosen), rules, decider.describe_wordings)
            yield Part(language, side, decider.decide_sentences(rows))


def collect_flags(parts: Iterable[Part]) -> dict[str, pl.DataFrame]:
    """Return for each side one row a post: whether any of its sentences has the flag."""
    found = {side: [_empty_flags(side)] for side in SIDES}
    for part in parts:
        flags = [name for name, kind in part.rows.schema.items() if kind == pl.Boolean]
        found[part.side].append(part.rows.group_by("post").agg(pl.col(flags).any()))
    return {side: pl.concat(flags, how="diagonal") for side, flags in found.items()}


def _empty_flags(side: str) -> pl.DataFrame:
    names = {*LABELS, *HINTS[side], *EXTRA_FLAGS}
    return pl.DataFrame(schema={"post": pl.UInt32, **dict.fromkeys(sorted(names), pl.Boolean)})


def decide_labels(prepared: pl.DataFrame, flags: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return `post` and the labels, decided with what the post before does."""
    decided = decide_sides(prepared, flags)
    labels = [posts.select("post", *_OF_SIDE[side]) for side, posts in decided.items()]
    return pl.concat(labels, how="diagonal").select("post", *LABELS)


def decide_sides(
    prepared: pl.DataFrame, flags: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return the posts of each side with their labels and everything that these rest on."""
    sides = {
        side: prepared.filter(pl.col("side") == side).join(
            flags[side], on="post", how="left", maintain_order="left"
        )
        for side in SIDES
    }
    return {
        side: _DECIDERS[side].decide_posts(posts.filter(pl.col("language").is_not_null()))
        for side, posts in add_context(sides).items()
    }


def complete_rules(rules: Mapping[str, Rule], side: str) -> dict[str, Rule]:
    """Return a rule for every section of the side, an empty one where a file has none."""
    names = (*_OF_SIDE[side], *HINTS[side])
    return {name: rules.get(name, Rule(name, ())) for name in names}
