"""Write the figures and the evidence behind them as files that others can read."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from listener.figures import Share, WeekFigures
from listener.posts import OPEN_VISIBILITIES, Statement
from listener.report.people import CODE_LENGTH, make_long_codes
from listener.report.quotations import clean_text, mask_text

JSON_VERSION = 1
_PERSONAL = ("author_handle", "author_name", "customer_handle")
_WORDS = ("text",)
# A spreadsheet would take such a cell for a formula; an apostrophe before it makes it text.
# One that is there already gets another, so that the first one can be taken off again.
_FORMULA_STARTS = r"^['=+\-@\t\r]"


def figures_to_json(figures: WeekFigures) -> dict[str, Any]:
    """Return every figure under the names of `docs/measures.md`; shares with their rates."""
    return {"json_version": JSON_VERSION, **_convert_fields(figures)}


def dump_figures(
    figures: WeekFigures, *, brand_name: str, statements: Sequence[Statement] = ()
) -> bytes:
    """Return the figures as JSON with a line break at its end.

    Args:
        figures: What was measured.
        brand_name: As the settings have it.
        statements: What the brand says to this report.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    told = {"brand_name": brand_name, "statements": [_tell_statement(each) for each in statements]}
    return orjson.dumps({**figures_to_json(figures), **told}, option=options)


def _tell_statement(said: Statement) -> dict[str, Any]:
    return {"said_on": said.said_on, "text": clean_text(said.text), "url": said.url or None}


def save_evidence(
    folder: Path, tables: Mapping[str, pl.DataFrame], *, handles: str = "initials"
) -> list[Path]:
    """Write each table as Parquet and as CSV.

    Texts of posts and private posts stay out, and customers are given by their codes unless
    handles may be shown in full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        shown = hide_words_and_people(table, handles=handles)
        parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
        shown.write_parquet(parquet)
        flatten_table(shown).write_csv(csv, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        paths += [parquet, csv]
    return paths


def hide_words_and_people(
    table: pl.DataFrame, *, handles: str = "initials", codes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Leave texts and private posts out, and names too unless handles are shown in full.

    Args:
        table: What is to be shown.
        handles: How customers are shown.
        codes: Those of all customers, from `list_codes`, if the table has some of them only.
    """
    table = _drop_words(table)
    return table if handles == "full" else _hide_people(table, codes)


def _convert(value: Any) -> Any:  # noqa: ANN401 - any field of a figure
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _convert_fields(value)
    if isinstance(value, Mapping):
        return {key: _convert(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_convert(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _convert_fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any frozen result
    fields = {
        field.name: _convert(getattr(value, field.name)) for field in dataclasses.fields(value)
    }
    if isinstance(value, Share):
        fields["rate"] = value.rate
    return fields


def _drop_words(table: pl.DataFrame) -> pl.DataFrame:
    """Leave texts out, and private posts altogether."""
    table = table.drop(name for name in _WORDS if name in table.columns)
    if "visibility" not in table.columns:
        return table
    is_open = table["visibility"].is_in(OPEN_VISIBILITIES)
    return table if is_open.all(ignore_nulls=False) else table.filter(is_open)  # rarely a copy


def _hide_people(table: pl.DataFrame, codes: pl.DataFrame | None) -> pl.DataFrame:
    table = table.drop(name for name in _PERSONAL if name in table.columns)
    if "customer" not in table.columns:
        return table
    if codes is None:
        codes = list_codes(table.select("platform", "customer").unique())
    joined = table.join(
        codes, on=["platform", "customer"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.with_columns(pl.col("_code").alias("customer")).drop("_code")


def list_codes(people: pl.DataFrame) -> pl.DataFrame:
    """Add `_code` to `platform` and `customer`.

    It is another one for each account: figures count customers by it.
    """
    long = make_long_codes(people["platform"], people["customer"])
    short = long.str.head(CODE_LENGTH)
    return people.with_columns(_code=short.set(short.is_duplicated(), None).fill_null(long))


def flatten_table(table: pl.DataFrame) -> pl.DataFrame:
    """Turn lists into text, and keep spreadsheets from running what people wrote."""
    lists = {name: kind for name, kind in table.schema.items() if isinstance(kind, pl.List)}
    table = table.with_columns(
        pl.col(name).list.join(";", ignore_nulls=True)
        if kind.inner == pl.String
        else _join_records(table[name])
        for name, kind in lists.items()
    )
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    return table.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA_STARTS))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )


def _join_records(lists: pl.Series) -> pl.Series:
    """Return lists of records as JSON; what is said again and again is cleaned once."""
    each = pl.element().struct.json_encode()
    inside = pl.col(lists.name).list.eval(each).list.join(",")
    told = lists.to_frame().select(pl.lit("[") + inside + pl.lit("]")).to_series()
    clean = lru_cache(maxsize=None)(lambda text: mask_text(clean_text(text)))
    cleaned = [text if text is None else clean(text) for text in told]
    return pl.Series(lists.name, cleaned, dtype=pl.String)
