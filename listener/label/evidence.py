"""The words that led to each label, with their place in the original text."""

import itertools
from collections.abc import Iterator, Mapping

import polars as pl

from listener.label.folding import HIDDEN, restore_place
from listener.label.grammar import END, LINK, START
from listener.label.labels import (
    collect_flags,
    complete_rules,
    decide_labels,
    match_parts,
    prepare_posts,
)
from listener.label.matching import BLANK, blank_out, narrow_rule
from listener.label.phrases import Phrases, Rule
from listener.posts import LABELS

_MARGIN = f" \n\"'()*,;:/_~-{START}{END}"
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
_ASKED_BY = {"requested": "asks"}
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
_QUOTED = {name: kind for name, kind in _SCHEMA.items() if name != "label"}


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
    prepared = prepare_posts(posts, phrases.languages)
    parts = list(match_parts(prepared, phrases))
    labels = decide_labels(prepared, collect_flags(parts))
    chosen = labels if only is None else labels.filter(pl.col("post").is_in(only.implode()))
    pieces = [_quote_signatures(prepared, chosen)]
    for part in parts:
        rules = complete_rules(phrases.rules[part.language][part.side], part.side)
        rows = part.rows.filter(pl.col("post").is_in(chosen["post"].implode()))
        quoted = {
            name: _quote_section(rows, rules, name, part.side) for name in _list_sections(rows)
        }
        pieces.extend(_quote_part(rows, quoted, chosen))
        before = pl.concat(pieces, how="vertical_relaxed")
        pieces.extend(_quote_lesser(quoted, chosen, before))
    found = pl.concat([pl.DataFrame(schema=_SCHEMA), *pieces], how="vertical_relaxed")
    found = pl.concat([found, _quote_posts(prepared, chosen, found)], how="vertical_relaxed")
    return _restore(found, prepared).sort("post", "label", "start", "rule")


def _list_sections(rows: pl.DataFrame) -> Iterator[str]:
    """Yield the sections whose words are behind labels, as far as the sentences tell of them."""
    named = [_SUPPORT.get(label, (label,)) for label in LABELS if label != "signed"]
    wanted = dict.fromkeys(itertools.chain(*named, *_LESSER.values()))
    return (section for section in wanted if section in rows.columns)


def _quote_section(
    rows: pl.DataFrame, rules: Mapping[str, Rule], section: str, side: str
) -> pl.DataFrame:
    """Quote the words of a section, of whatever label they are; none where it has no phrases."""
    rule = rules.get(_ASKED_BY.get(section, section), Rule(section, ()))
    matched = rows.filter(pl.col(section))
    if matched.height and rule.phrases:
        rule = narrow_rule(rule, matched["sentence"].unique())
        if rule.phrases:
            return _quote_phrases(matched, rule, side)
    return pl.DataFrame(schema=_QUOTED)


def _quote_part(
    rows: pl.DataFrame, quoted: Mapping[str, pl.DataFrame], labels: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    for label in LABELS:
        posts = labels.filter(pl.col(label)).get_column("post")
        of_label = pl.col("post").is_in(posts.implode())
        if label == "signed" or posts.is_empty():
            continue
        for section in _SUPPORT.get(label, (label,)):
            if section in quoted:
                yield _name_label(quoted[section].filter(of_label), label)
        for flag in _WHOLE_SENTENCES.get(label, ()):
            if flag in rows.columns:
                yield _quote_sentences(rows.filter(of_label & pl.col(flag)), label, flag)


def _quote_lesser(
    quoted: Mapping[str, pl.DataFrame], labels: pl.DataFrame, found: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """Quote words that only add to others, of the posts of which nothing else was quoted."""
    for label, sections in _LESSER.items():
        told = found.filter(pl.col("label") == label)
        lacking = labels.filter(label).join(told, on="post", how="anti")["post"]
        for section in sections:
            if section in quoted:
                of_label = quoted[section].filter(pl.col("post").is_in(lacking.implode()))
                yield _name_label(of_label, label)


def _name_label(quoted: pl.DataFrame, label: str) -> pl.DataFrame:
    return quoted.with_columns(label=pl.lit(label)).select(_SCHEMA.keys())


def _quote_phrases(rows: pl.DataFrame, rule: Rule, side: str) -> pl.DataFrame:
    place = pl.col("blanked").str.find(rule.pattern)
    rows = rows.with_columns(blanked=blank_out(rule)).with_columns(
        match=pl.col("blanked").str.extract(rule.pattern, 0),
        before=pl.col("blanked").cast(pl.Binary).bin.slice(0, place).cast(pl.String),
    )
    rows = rows.filter(pl.col("match").is_not_null())
    numbers = _number_phrases(rows.get_column("match"), rule, side)
    words = pl.col("match").str.strip_chars(_MARGIN)
    margin = (
        pl.col("match").str.len_chars()
        - pl.col("match").str.strip_chars_start(_MARGIN).str.len_chars()
    )
    start = pl.col("start") + pl.col("before").str.len_chars() + margin + _blanked_length(rule)
    return rows.join(numbers, on="match", how="left").select(
        "post",
        words=words,
        start=start.cast(pl.Int64),
        end=(start + words.str.len_chars()).cast(pl.Int64),
        rule="rule",
    )


def _blanked_length(rule: Rule) -> pl.Expr:
    """Return how much longer the exceptions before the match were than their blanks."""
    if rule.unless_pattern is None:
        return pl.lit(0)
    blanks = pl.col("before").str.count_matches(BLANK).cast(pl.Int64)
    exceptions = pl.col("sentence").str.extract_all(rule.unless_pattern).list.head(blanks)
    return exceptions.list.eval(pl.element().str.len_chars()).list.sum().cast(pl.Int64) - blanks


def _number_phrases(matches: pl.Series, rule: Rule, side: str) -> pl.DataFrame:
    unique = matches.unique()
    ids = [
        pl.when(pl.col("match").str.contains(rf"\A(?:{phrase.pattern})\z")).then(
            pl.lit(rule.name_phrase(side, phrase))
        )
        for phrase in rule.phrases
    ]
    fallback = pl.lit(f"phrases/{side}.{rule.name}")
    return unique.to_frame("match").with_columns(rule=pl.coalesce(*ids, fallback))


def _quote_sentences(rows: pl.DataFrame, label: str, flag: str) -> pl.DataFrame:
    text = pl.col("sentence").str.strip_chars(_MARGIN)
    margin = (
        pl.col("sentence").str.len_chars()
        - pl.col("sentence").str.strip_chars_start(_MARGIN).str.len_chars()
    )
    start = pl.col("start") + margin
    if flag == "link":
        text = pl.col("sentence").str.extract(LINK, 0)
        start = (
            pl.col("start")
            + pl.col("sentence")
            .cast(pl.Binary)
            .bin.slice(0, pl.col("sentence").str.find(LINK))
            .cast(pl.String)
            .str.len_chars()
        )
    return rows.filter(text.is_not_null() & (text != "")).select(
        "post",
        label=pl.lit(label),
        words=text,
        start=start.cast(pl.Int64),
        end=(start + text.str.len_chars()).cast(pl.Int64),
        rule=pl.lit(f"sentence/{flag}"),
    )


def _quote_signatures(prepared: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    signed = labels.filter(pl.col("signed")).get_column("post")
    rows = prepared.filter(pl.col("post").is_in(signed.implode()))
    words = pl.col("signature").str.extract(r"^(?:\([a-zA-Z]+\)|\S+(?: \p{Lu}\p{L}*\b)?)", 0)
    start = pl.col("folded").str.len_chars().cast(pl.Int64) - pl.col("signature").str.len_chars()
    return rows.select(
        "post",
        label=pl.lit("signed"),
        words=words,
        start=start.cast(pl.Int64),
        end=(start + words.str.len_chars()).cast(pl.Int64),
        rule=pl.lit("shape/signature"),
    )


def _quote_posts(prepared: pl.DataFrame, labels: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Quote the whole post where the post before decided the label."""
    wanted = labels.unpivot(LABELS, index="post", variable_name="label").filter(pl.col("value"))
    missing = wanted.join(found, on=["post", "label"], how="anti")
    length = pl.col("folded").str.len_chars().cast(pl.Int64)
    start = pl.col("offset").cast(pl.Int64)
    return missing.join(prepared, on="post", how="left").select(
        "post",
        "label",
        words=pl.col("folded").str.slice(start),
        start=start,
        end=length,
        rule=pl.lit("context/previous"),
    )


def _restore(found: pl.DataFrame, prepared: pl.DataFrame) -> pl.DataFrame:
    """Turn places in folded text into places in the original, and quote from there."""
    texts = prepared.select(
        "post", text=pl.col("text").fill_null(""), hides=pl.col("text").str.contains(HIDDEN)
    )
    rows = found.join(texts, on="post", how="left")
    plain = rows.filter(~pl.col("hides").fill_null(value=False))
    hiding = rows.filter(pl.col("hides").fill_null(value=False))
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
    return rows.with_columns(words=pl.col("text").str.slice(pl.col("start"), length)).select(
        _SCHEMA.keys()
    )
