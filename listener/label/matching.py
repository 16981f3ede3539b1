"""Phrases over a column of sentences: which sections match, and where."""

from collections.abc import Iterable, Mapping

import polars as pl

from listener.label.phrases import Rule

BLANK = "\ue000"


def match_rules(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Return `sentences` with one Boolean column for each rule."""
    raw = sentences.with_columns(
        **{name: _matches(rule) for name, rule in rules.items() if rule.phrases},
        **{name: pl.lit(value=False) for name, rule in rules.items() if not rule.phrases},
    )
    return raw.with_columns(
        **{
            name: pl.col(name) & ~_any(other for other in rule.not_with if other in rules)
            for name, rule in rules.items()
            if rule.not_with
        }
    )


def blank_out(rule: Rule) -> pl.Expr:
    """Return the sentences in which each exception of the rule is one blank character."""
    if rule.unless_pattern is None:
        return pl.col("sentence")
    return pl.col("sentence").str.replace_all(rule.unless_pattern, BLANK)


def _matches(rule: Rule) -> pl.Expr:
    return blank_out(rule).str.contains(rule.pattern)


def _any(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(name) for name in names))
