"""Looking to neighbours in frames whose groups lie together.

Window functions that keep every row cost a call a group; with a hundred
thousand cases that is most of the time. Where the rows of a group stand one
after another, the same can be said of whole columns.
"""

import polars as pl


def before(column: str | pl.Expr, group: str) -> pl.Expr:
    """Return the value one row earlier in the same group, null at its first row."""
    values = pl.col(column) if isinstance(column, str) else column
    return pl.when(pl.col(group) == pl.col(group).shift(1)).then(values.shift(1))


def after(column: str, group: str) -> pl.Expr:
    """Return the value one row later in the same group, null at its last row."""
    return pl.when(pl.col(group) == pl.col(group).shift(-1)).then(pl.col(column).shift(-1))


def running_count(flag: pl.Expr, group: str) -> pl.Expr:
    """Count, in each group, the rows up to and with this one for which the flag holds."""
    marks = flag.fill_null(value=False).cast(pl.Int64)
    so_far = marks.cum_sum()
    is_first = (pl.col(group) != pl.col(group).shift(1)).fill_null(value=True)
    return so_far - pl.when(is_first).then(so_far - marks).forward_fill()


def put_back(frame: pl.DataFrame, chosen: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    """Add what was found for the chosen rows, in their order; null at the others.

    Args:
        frame: All rows.
        chosen: Which of them were looked at.
        found: The new columns, one row for each chosen one.
    """
    place = pl.select(pl.when(chosen).then(chosen.cast(pl.UInt32).cum_sum() - 1)).to_series()
    return frame.with_columns(column.gather(place) for column in found)


def number_groups(frame: pl.DataFrame, key: tuple[str, ...], name: str) -> pl.DataFrame:
    """Add a number for each group, the same for any order in which groups were joined.

    Args:
        frame: Rows in a fixed order; the first row of a group gives its number.
        key: The columns that make a group.
        name: The new column.
    """
    return (
        frame.with_row_index("_row")
        .with_columns(pl.col("_row").min().over(key).alias(name))
        .drop("_row")
    )


def number_rows(frame: pl.DataFrame, group: str, name: str) -> pl.DataFrame:
    """Add the place of each row in its group, from 1."""
    row = pl.int_range(pl.len())
    is_first = (pl.col(group) != pl.col(group).shift(1)).fill_null(value=True)
    first = pl.when(is_first).then(row).forward_fill()
    return frame.with_columns((row - first + 1).alias(name))
