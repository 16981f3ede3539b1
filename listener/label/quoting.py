"""Where the words of a section stand in sentences, and where whole sentences do."""

from collections.abc import Mapping

import polars as pl

from listener.label.grammar import END, LINK, START
from listener.label.matching import BLANK, blank_out, narrow_rule
from listener.label.phrases import Rule

_MARGIN = f" \n\"'()*,;:/_~-{START}{END}"
_ASKED_BY = {"requested": "asks"}
QUOTED: Mapping[str, pl.DataType] = {
    "post": pl.UInt32(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "rule": pl.String(),
}
"""Where words stand in the folded text of a post, and by which phrase they were found."""


def quote_section(
    rows: pl.DataFrame, rules: Mapping[str, Rule], section: str, side: str
) -> pl.DataFrame:
    """Quote the words of a section, of whatever label they are; none where it has no phrases."""
    rule = rules.get(_ASKED_BY.get(section, section), Rule(section, ()))
    matched = rows.filter(pl.col(section))
    if matched.height and rule.phrases:
        rule = narrow_rule(rule, matched["sentence"].unique())
        if rule.phrases:
            return _quote_phrases(matched, rule, side)
    return pl.DataFrame(schema=QUOTED)


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


def quote_sentences(rows: pl.DataFrame, flag: str) -> pl.DataFrame:
    """Quote sentences as a whole, of a link the address alone."""
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
        start=start.cast(pl.Int64),
        end=(start + text.str.len_chars()).cast(pl.Int64),
        rule=pl.lit(f"sentence/{flag}"),
    )
