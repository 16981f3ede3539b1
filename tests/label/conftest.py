import polars as pl
import pytest

from listener.label import load_phrases
from listener.resources import phrases_dir

INPUT = {
    "post": pl.UInt32,
    "side": pl.String,
    "language": pl.String,
    "text": pl.String,
    "previous": pl.UInt32,
    "author_handle": pl.String,
}


@pytest.fixture(scope="session")
def phrases():
    return load_phrases([phrases_dir()])


def make_input(*posts, language="en"):
    """Build a frame of (side, text) pairs, each answering the one before it."""
    rows = [
        (number, side, language, text, number - 1 if number else None, None)
        for number, (side, text) in enumerate(posts)
    ]
    return pl.DataFrame(rows, schema=INPUT, orient="row")


def list_labels(labelled):
    """Return the labels of each post, in the order of the frame."""
    names = [name for name, kind in labelled.schema.items() if kind == pl.Boolean]
    return [{name for name in names if row[name]} for row in labelled.iter_rows(named=True)]
