"""Phrases over a column of sentences: which sections match, and where."""

from collections.abc import Iterable, Mapping

import polars as pl

from listener.label.phrases import Rule

BLANK = "\ue000"


def match_rules(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Return `sentences` with one Boolean column for each rule.

    Service teams repeat themselves: each wording is searched once.
    """
    wordings = sentences.select(pl.col("sentence").unique())
    return sentences.join(
        _match_wordings(wordings, rules), on="sentence", how="left", maintain_order="left"
    )


def _match_wordings(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
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
    """Return whether a phrase matches.

    Plain strings sift out most sentences first; exceptions, which cost most, are
    looked for only where a phrase has been found. What is sifted out becomes an
    empty text: searches run over the values of nulls as well.
    """
    text = pl.col("sentence")
    if rule.needles:
        text = _keep(text, text.str.contains_any(rule.needles))
    found = text.str.contains(rule.pattern)
    if rule.unless_pattern is None:
        return found
    return blank_out(rule, _keep(text, found)).str.contains(rule.pattern)


def _keep(text: pl.Expr, wanted: pl.Expr) -> pl.Expr:
    return pl.when(wanted).then(text).otherwise(pl.lit(""))


def _any(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(name) for name in names))
