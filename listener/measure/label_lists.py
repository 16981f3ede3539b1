"""Labels that hold, as lists of their names."""

from collections.abc import Sequence

import polars as pl


def list_labels(frame: pl.DataFrame, labels: Sequence[str], prefix: str = "") -> pl.Series:
    """Return for each row the names of the labels that hold.

    Args:
        frame: With one Boolean column for each label, without nulls.
        labels: At most 32, in the order in which they are listed.
        prefix: What stands before them in names of columns.
    """
    holds = [pl.col(f"{prefix}{label}") for label in labels]
    code = pl.sum_horizontal(each.cast(pl.UInt32) * 2**n for n, each in enumerate(holds))
    codes = frame.select(code.cast(pl.UInt32).alias("code"), *holds)
    named = [pl.when(each).then(pl.lit(label)) for each, label in zip(holds, labels, strict=True)]
    # A few hundred lists are made, and then told again.
    lists = codes.unique("code").select("code", labels=pl.concat_list(named).list.drop_nulls())
    told = codes.select("code").join(lists, on="code", how="left", maintain_order="left")
    return told["labels"]
