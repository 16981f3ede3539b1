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


def blank_out(rule: Rule, text: pl.Expr | None = None) -> pl.Expr:
    """Return the sentences in which each exception of the rule is one blank character."""
    text = pl.col("sentence") if text is None else text
    if rule.unless_pattern is None:
        return text
    return text.str.replace_all(rule.unless_pattern, BLANK)


def _matches(rule: Rule) -> pl.Expr:
    """Return whether a phrase matches; most sentences are sifted out by plain strings."""
    text = pl.col("sentence")
    if rule.needles:
        text = pl.when(text.str.contains_any(rule.needles)).then(text)
    return blank_out(rule, text).str.contains(rule.pattern).fill_null(value=False)


def _any(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(name) for name in names))
