"""What the labeller has to know of brands, as frames."""

from collections.abc import Sequence

import polars as pl

from listener.measure.threads import make_accounts
from listener.posts import Brand


def list_handles(brands: Sequence[Brand]) -> pl.DataFrame:
    """Return `brand` and `brand_handles`, the folded handles of its accounts."""
    return make_accounts(brands).group_by("brand").agg(pl.col("handle").alias("brand_handles"))


def list_languages(brands: Sequence[Brand]) -> pl.DataFrame:
    """Return `brand` and `brand_languages`, null where its posts are read in all."""
    rows = [(brand.key, list(brand.languages) or None) for brand in brands]
    schema = {"brand": pl.String(), "brand_languages": pl.List(pl.String())}
    return pl.DataFrame(rows, schema=schema, orient="row")
