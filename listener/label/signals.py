"""Small expressions that the decisions of both sides are made of."""

import polars as pl

from listener.label.grammar import LINK


def is_true(name: str) -> pl.Expr:
    """Return the flag, false where it is unknown."""
    return pl.col(name).fill_null(value=False)


def any_of(*names: str) -> pl.Expr:
    """Return whether one of the flags is set."""
    return pl.any_horizontal(is_true(name) for name in names)


def words_of(text: pl.Expr) -> pl.Expr:
    """Return the number of words, links left out."""
    return text.str.replace_all(LINK, "").str.count_matches(r"(?-u:\b)[a-z][a-z']*(?-u:\b)")
