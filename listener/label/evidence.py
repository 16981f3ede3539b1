"""The words that led to each label, with their place in the original text."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
import polars.selectors as cs

from listener.label.folding import HIDDEN, restore_place
from listener.label.labels import (
    Part,
    collect_flags,
    complete_rules,
    decide_labels,
    divide_cases,
    match_parts,
    prepare_posts,
)
from listener.label.phrases import Phrases
from listener.label.quoting import QUOTED, quote_section, quote_sentences
from listener.posts import LABELS

_PART_POSTS = 60_000  # so many are read at once: memory holds what reading a part needs
_SUPPORT: Mapping[str, tuple[str, ...]] = {
    "handle": ("handle", "elsewhere"),
    "answer": ("done", "steps", "advice", "reasons", "states", "how"),
    "question": ("requested", "question"),
    "promise": ("promise", "later"),
    "thanks": ("thanks", "courtesy"),
    "need": ("need", "asks", "problem"),
    "moved": ("moved", "sent", "ahead"),
    "complaint": ("complaint", "displeasure", "unsolved", "problem", "lapse"),
    "praise": ("praise", "pleased"),
    "solved": ("solved", "relief"),
    "unsolved": ("unsolved", "setback", "problem"),
}
# Words that only add to others say enough where there are no others.
_LESSER: Mapping[str, tuple[str, ...]] = {"complaint": ("negated", "dealings")}
_WHOLE_SENTENCES = {
    "answer": ("statement", "remark"),
    "question": ("question", "tried"),
    "need": ("asked", "plain"),
    "link": ("link",),
}
_SCHEMA: Mapping[str, pl.DataType] = {
    "post": pl.UInt32(),
    "label": pl.String(),
    "words": pl.String(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "rule": pl.String(),
}
_SECTIONS = dict.fromkeys(
    itertools.chain(
        *(_SUPPORT.get(label, (label,)) for label in LABELS if label != "signed"),
        *_LESSER.values(),
    )
)
_SENTENCE_FLAGS = dict.fromkeys(itertools.chain(*_WHOLE_SENTENCES.values()))


def label_evidence(
    posts: pl.DataFrame, phrases: Phrases, only: pl.Series | None = None
) -> pl.DataFrame:
    """Quote the words behind the labels of posts.

    `posts` are as for `label_posts`, with the posts before; `only` names the
    `post` numbers to quote.

    Returns:
        `post`, `label`, `words`, `start` and `end` (characters of the original
        text), `rule`: file, section and number of the phrase, or what else decided.
    """
    found = iter_evidence(posts, phrases, only)
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *found]).sort("post", maintain_order=True)


def iter_evidence(
    posts: pl.DataFrame,
    phrases: Phrases,
    only: pl.Series | None = None,
    labels: pl.DataFrame | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield what `label_evidence` returns label by label, so that not all of it has to be held.

    Labels come by their names, and the quotations of each in the order of posts and places.

    Args:
        posts: As for `label_posts`, with the posts before.
        phrases: What they are read by.
        only: The `post` numbers to quote.
        labels: Where they are known, `post` and `labels` of all posts that are to be quoted: then
            no others have to be read.
    """
    height = posts.height if labels is None else labels.height
    count = math.ceil(height / _PART_POSTS)
    parts = divide_cases(posts, count) if count > 1 else [posts]
    read = _unite([_read_cases(part, phrases, only, labels) for part in parts])
    quoted = _quote_sections(read.sentences, phrases)
    for label in sorted(LABELS):
        if read.labels[label].any():
            found = _restore(_quote_label(label, read, quoted), label, read.posts)
            yield found.sort("post", "start", "rule")


@dataclass(frozen=True, slots=True)
class _Read:
    """Posts that are to be quoted, and no more of them than quoting needs.

    Attributes:
        posts: With their texts, taken apart.
        labels: Of these posts.
        sentences: Of these posts, with what each of them does.
    """

    posts: pl.DataFrame
    labels: pl.DataFrame
    sentences: list[Part]


def _read_cases(
    posts: pl.DataFrame, phrases: Phrases, only: pl.Series | None, known: pl.DataFrame | None
) -> _Read:
    """Read the posts of whole cases, and keep what is to be quoted."""
    prepared = prepare_posts(posts, phrases.languages)
    if known is None:
        parts = list(match_parts(prepared, phrases))
        labels = decide_labels(prepared, collect_flags(parts))
    else:
        labels = _spread_labels(known.join(prepared, on="post", how="semi"))
        prepared = prepared.join(labels, on="post", how="semi", maintain_order="left")
        parts = list(match_parts(prepared, phrases))
    if only is not None:
        labels = labels.filter(pl.col("post").is_in(only.implode()))
    chosen = pl.col("post").is_in(labels["post"].implode())
    flags = cs.by_name(*_SECTIONS, *_SENTENCE_FLAGS, require_all=False)
    return _Read(
        prepared.filter(chosen).select(
            "post",
            "folded",
            "offset",
            "signature",
            text=pl.col("text").fill_null(""),
            hides=pl.col("text").str.contains(HIDDEN).fill_null(value=False),
        ),
        labels,
        [
            replace(part, rows=part.rows.select("post", "start", "sentence", flags).filter(chosen))
            for part in parts
        ],
    )


def _spread_labels(listed: pl.DataFrame) -> pl.DataFrame:
    """Return `post` and one column for each label."""
    return listed.select(
        "post", **{label: pl.col("labels").list.contains(label) for label in LABELS}
    )


def _unite(parts: Sequence[_Read]) -> _Read:
    sentences: dict[tuple[str, str], list[pl.DataFrame]] = {}
    for part in itertools.chain(*(read.sentences for read in parts)):
        sentences.setdefault((part.language, part.side), []).append(part.rows)
    return _Read(
        pl.concat([read.posts for read in parts]),
        pl.concat([read.labels for read in parts]),
        [Part(*which, pl.concat(rows)) for which, rows in sentences.items()],
    )


def _quote_sections(sentences: Sequence[Part], phrases: Phrases) -> dict[str, list[pl.DataFrame]]:
    """Return, for each section, where its words stand in sentences that hold by it."""
    quoted: dict[str, list[pl.DataFrame]] = {}
    for part in sentences:
        rules = complete_rules(phrases.rules[part.language][part.side], part.side)
        for section in _SECTIONS:
            if section in part.rows.columns:
                found = quote_section(part.rows, rules, section, part.side)
                quoted.setdefault(section, []).append(found)
    return quoted


def _quote_label(
    label: str, read: _Read, quoted: Mapping[str, Sequence[pl.DataFrame]]
) -> pl.DataFrame:
    """Quote what is behind a label: words; else words that only add to others; else whole posts."""
    posts = read.labels.filter(label)["post"]
    if label == "signed":
        pieces = [_quote_signatures(read.posts, posts)]
    else:
        pieces = [
            *_pick(quoted, _SUPPORT.get(label, (label,)), posts),
            *_quote_sentences(read.sentences, _WHOLE_SENTENCES.get(label, ()), posts),
        ]
    found = pl.concat([pl.DataFrame(schema=QUOTED), *pieces])
    lesser = _pick(quoted, _LESSER.get(label, ()), _leave_out(posts, found))
    found = pl.concat([found, *lesser])
    return pl.concat([found, _quote_posts(read.posts, _leave_out(posts, found))])


def _pick(
    quoted: Mapping[str, Sequence[pl.DataFrame]], sections: Iterable[str], posts: pl.Series
) -> Iterator[pl.DataFrame]:
    for section in sections:
        for rows in quoted.get(section, ()):
            yield rows.filter(pl.col("post").is_in(posts.implode()))


def _leave_out(posts: pl.Series, found: pl.DataFrame) -> pl.Series:
    return posts.filter(~posts.is_in(found["post"].implode()))


def _quote_sentences(
    sentences: Sequence[Part], flags: Iterable[str], posts: pl.Series
) -> Iterator[pl.DataFrame]:
    for flag in flags:
        for part in sentences:
            if flag in part.rows.columns:
                of_label = pl.col("post").is_in(posts.implode())
                yield quote_sentences(part.rows.filter(of_label & pl.col(flag)), flag)


def _quote_signatures(prepared: pl.DataFrame, posts: pl.Series) -> pl.DataFrame:
    rows = prepared.filter(pl.col("post").is_in(posts.implode()))
    words = pl.col("signature").str.extract(r"^(?:\([a-zA-Z]+\)|\S+(?: \p{Lu}\p{L}*\b)?)", 0)
    start = pl.col("folded").str.len_chars().cast(pl.Int64) - pl.col("signature").str.len_chars()
    return rows.select(
        "post",
        start=start.cast(pl.Int64),
        end=(start + words.str.len_chars()).cast(pl.Int64),
        rule=pl.lit("shape/signature"),
    )


def _quote_posts(prepared: pl.DataFrame, posts: pl.Series) -> pl.DataFrame:
    """Quote the whole post where the post before decided the label."""
    return prepared.filter(pl.col("post").is_in(posts.implode())).select(
        "post",
        start=pl.col("offset").cast(pl.Int64),
        end=pl.col("folded").str.len_chars().cast(pl.Int64),
        rule=pl.lit("context/previous"),
    )


def _restore(found: pl.DataFrame, label: str, prepared: pl.DataFrame) -> pl.DataFrame:
    """Turn places in folded text into places in the original, and quote from there."""
    rows = found.join(prepared.select("post", "text", "hides"), on="post", how="left")
    plain, hiding = rows.filter(~pl.col("hides")), rows.filter("hides")
    moved = [
        (restore_place(text, start), restore_place(text, end - 1) + 1 if end > start else start)
        for text, start, end in hiding.select("text", "start", "end").iter_rows()
    ]
    hiding = hiding.with_columns(
        start=pl.Series([place[0] for place in moved], dtype=pl.Int64),
        end=pl.Series([place[1] for place in moved], dtype=pl.Int64),
    )
    rows = pl.concat([plain, hiding])
    length = (pl.col("end") - pl.col("start")).clip(lower_bound=0)
    words = pl.col("text").str.slice(pl.col("start"), length)
    return rows.with_columns(words=words, label=pl.lit(label)).select(_SCHEMA.keys())
